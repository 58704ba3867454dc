//! The keys that sign tokens and check them.
//!
//! Invariant: one key signs; those before it are taken for as long as a token that they signed may live, so that a change of keys
//! fails no request. What signs is kept encrypted, and every node reads the keys from the database.

use std::{
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use domain::{Clock, Stopwatch, Timestamp};
use ed25519_dalek::{SigningKey, VerifyingKey};
use futures_util::future::BoxFuture;
use platform::{
    audit::Draft,
    http::Problem,
    rotation::{Fault, Rotates, Standing, by_itself},
    secrets::random_name,
    vault::{Place, Vault},
};
use store::{
    Db,
    token::{self, TokenKey},
};

use super::claims::MOST_SECONDS;

/// What they are called where secrets are replaced.
const NAME: &str = "tokens";
const PURPOSE: &str = "token_key.secret";
/// How long what was read is believed.
const READ_EVERY: Duration = Duration::from_secs(30);
/// How long it is believed while the database does not answer.
const STALE: Duration = Duration::from_secs(15 * 60);
/// A token of an unknown key makes us look again, at most so often.
const ASKED_EVERY: Duration = Duration::from_secs(1);

#[derive(Clone, Default)]
struct Read {
    keys: Vec<TokenKey>,
    since: Option<Stopwatch>,
    signing: Option<(String, Arc<SigningKey>)>,
}

/// The keys of a database. Cheap to clone.
#[derive(Clone)]
pub struct TokenKeys {
    db: Db,
    clock: Arc<dyn Clock>,
    vault: Vault,
    read: Arc<RwLock<Read>>,
}

impl TokenKeys {
    /// The keys of that database.
    pub fn new(db: Db, clock: Arc<dyn Clock>, vault: Vault) -> TokenKeys {
        TokenKeys { db, clock, vault, read: Arc::default() }
    }

    /// The key of that name, when it is taken now.
    pub(crate) async fn checking(&self, id: &str) -> Result<Option<VerifyingKey>, Problem> {
        let now = self.clock.now();
        let known = self.known(READ_EVERY).await?;
        match serving(&known.keys, id, now) {
            Some(key) => Ok(Some(key)),
            // Another node may have made one meanwhile.
            None => Ok(serving(&self.known(ASKED_EVERY).await?.keys, id, now)),
        }
    }

    /// The key of that name, when it was taken when the keys were last read; nobody is asked.
    pub(crate) fn remembered(&self, id: &str) -> Option<VerifyingKey> {
        let now = self.clock.now();
        let read = self.read.read().unwrap_or_else(PoisonError::into_inner);
        serving(&read.keys, id, now)
    }

    /// The key that signs, with its name; the first one is made when it is needed.
    pub(crate) async fn signing(&self) -> Result<(String, Arc<SigningKey>), Problem> {
        let known = self.known(READ_EVERY).await?;
        let Some(newest) = known.keys.iter().find(|key| key.serves_until.is_none()) else {
            return self.rotate(by_itself(NAME)).await;
        };
        if let Some((id, key)) = known.signing.filter(|(id, _)| *id == newest.id) {
            return Ok((id, key));
        }
        let place = Place { purpose: PURPOSE, subject: &newest.id };
        let opened = self.vault.get(place, "tokens").await?;
        let bytes = opened.as_ref().and_then(|secret| <[u8; 32]>::try_from(secret.bytes()).ok());
        let bytes = bytes.ok_or_else(|| Problem::bug(format_args!("the token key {} cannot be opened", newest.id)))?;
        Ok(self.remember(&newest.id, SigningKey::from_bytes(&bytes)))
    }

    /// Makes another key sign from now on. Tokens of the one before are taken until they end. `told` is written into the audit log
    /// with it.
    pub async fn rotate(&self, told: Draft) -> Result<(String, Arc<SigningKey>), Problem> {
        let now = self.clock.now();
        let mut secret = [0; 32];
        getrandom::fill(&mut secret).map_err(|error| Problem::internal(&error))?;
        let signing = SigningKey::from_bytes(&secret);
        let id = random_name().map_err(|error| Problem::internal(&error))?;
        let public_key = signing.verifying_key().to_bytes();
        let key = TokenKey { id: id.clone(), public_key, created_at: now, serves_until: None };
        let mut tx = self.db.write().await?;
        self.vault.put(&mut tx, Place { purpose: PURPOSE, subject: &id }, &secret).await?;
        token::add_key(&mut tx, &key, now.plus_seconds(MOST_SECONDS)).await?;
        told.detail("key", &id).write(&mut tx, now).await?;
        tx.commit().await?;
        *self.read.write().unwrap_or_else(PoisonError::into_inner) = Read::default();
        Ok(self.remember(&id, signing))
    }

    fn remember(&self, id: &str, key: SigningKey) -> (String, Arc<SigningKey>) {
        let signing = (id.to_owned(), Arc::new(key));
        self.read.write().unwrap_or_else(PoisonError::into_inner).signing = Some(signing.clone());
        signing
    }

    async fn known(&self, fresh: Duration) -> Result<Read, Problem> {
        let known = self.read.read().unwrap_or_else(PoisonError::into_inner).clone();
        if known.since.is_some_and(|since| since.elapsed() < fresh) {
            return Ok(known);
        }
        let keys = match token::keys(&self.db, self.clock.now()).await {
            Ok(keys) => keys,
            // A key that served a moment ago serves while nobody can be asked; when it ends by itself is known.
            Err(error) if error.is_outage() && known.since.is_some_and(|since| since.elapsed() < STALE) => {
                return Ok(known);
            }
            Err(error) => return Err(error.into()),
        };
        let mut read = self.read.write().unwrap_or_else(PoisonError::into_inner);
        (read.keys, read.since) = (keys, Some(Stopwatch::start()));
        Ok(read.clone())
    }
}

/// The key of that name, when it serves then.
fn serving(keys: &[TokenKey], id: &str, now: Timestamp) -> Option<VerifyingKey> {
    let serves = |key: &&TokenKey| key.id == id && key.serves_until.is_none_or(|end| now < end);
    keys.iter().find(serves).and_then(|key| VerifyingKey::from_bytes(&key.public_key).ok())
}

impl Rotates for TokenKeys {
    fn name(&self) -> &'static str {
        NAME
    }

    fn standing(&self) -> BoxFuture<'_, Result<Standing, Fault>> {
        Box::pin(async {
            let keys = token::keys(&self.db, self.clock.now()).await?;
            let earlier = keys.iter().filter(|key| key.serves_until.is_some()).count();
            let made_at = keys.iter().find(|key| key.serves_until.is_none()).map(|key| key.created_at);
            let under_way = (earlier > 0).then(|| format!("tokens of {earlier} earlier keys are still taken"));
            Ok(Standing { made_at, ends_at: None, under_way })
        })
    }

    fn rotate(&self) -> Option<BoxFuture<'_, Result<(), Fault>>> {
        Some(Box::pin(async {
            TokenKeys::rotate(self, by_itself(NAME)).await?;
            Ok(())
        }))
    }
}
