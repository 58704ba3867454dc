//! Keys that sign: their secrets, encrypted, and the nonces they used.
//!
//! Invariant: the secret of a key that signs is kept, because a signature cannot be checked without it, but only encrypted; that of
//! any other key is not kept at all.

use domain::Timestamp;
use futures_util::{FutureExt, future::BoxFuture};
use platform::{
    http::{
        Problem,
        auth::{Nonces, Signer, Signers},
    },
    secret::Secret,
    secrets::KeyText,
    vault::{Place, Vault},
};
use store::{
    Db, Tx,
    api_key::{self, ApiKey},
    nonce, sealed,
};

use super::{StoredKeys, stored::principal_of};

/// What is kept encrypted.
const PURPOSE: &str = "api_key.secret";

/// Where the secret of that hash is kept. The hash tells two secrets of one key apart, and nothing of either.
fn subject(id: &str, hash: &[u8; 32]) -> String {
    let digits = hash[..8].iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    format!("{id}/{digits}")
}

/// Keeps the secret of a key that signs.
pub(super) async fn keep(vault: &Vault, tx: &mut Tx, text: &KeyText) -> Result<(), Problem> {
    let subject = subject(text.id(), &text.secret_hash());
    let place = Place { purpose: PURPOSE, subject: &subject };
    Ok(vault.put(tx, place, text.expose_secret().as_bytes()).await?)
}

/// Takes away a secret that serves no more.
pub(super) async fn drop_secret(tx: &mut Tx, id: &str, hash: &[u8; 32]) -> Result<(), Problem> {
    sealed::remove(tx, PURPOSE, &subject(id, hash)).await?;
    Ok(())
}

/// The keys of a database that sign.
#[derive(Clone)]
pub struct StoredSigners {
    keys: StoredKeys,
    vault: Vault,
}

impl StoredSigners {
    /// Those of `keys`, whose secrets the vault opens.
    pub fn new(keys: StoredKeys, vault: Vault) -> StoredSigners {
        StoredSigners { keys, vault }
    }

    async fn signer(&self, id: &str) -> Result<Option<Signer>, Problem> {
        let now = self.keys.now();
        let found = api_key::find(self.keys.db(), id).await?;
        let Some(key) = found.filter(|key| key.is_valid(now) && key.limits.require_signature) else { return Ok(None) };
        let mut secrets = Vec::new();
        secrets.extend(self.secret(&key, &key.secret_hash, None).await?);
        if let Some(previous) = key.previous.as_ref().filter(|previous| now < previous.until) {
            secrets.extend(self.secret(&key, &previous.hash, Some(previous.until)).await?);
        }
        self.keys.note(&key, now);
        Ok(Some(Signer { principal: principal_of(&key)?, secrets }))
    }

    async fn secret(
        &self,
        key: &ApiKey,
        hash: &[u8; 32],
        until: Option<Timestamp>,
    ) -> Result<Option<(Secret, Option<Timestamp>)>, Problem> {
        let subject = subject(&key.id, hash);
        let opened = self.vault.get(Place { purpose: PURPOSE, subject: &subject }, "signatures").await?;
        let Some(opened) = opened else { return Ok(None) };
        let secret = Secret::new(opened.text()?);
        Ok(Some((secret, until)))
    }
}

impl Signers for StoredSigners {
    fn find<'s>(&'s self, id: &'s str) -> BoxFuture<'s, Result<Option<Signer>, Problem>> {
        self.signer(id).boxed()
    }
}

/// Nonces remembered in the database.
#[derive(Clone)]
pub struct StoredNonces(Db);

impl StoredNonces {
    /// In that database.
    pub fn new(db: Db) -> StoredNonces {
        StoredNonces(db)
    }

    /// Forgets those that need not be remembered any more; how many.
    pub async fn purge(&self, now: Timestamp) -> store::Result<u64> {
        let mut tx = self.0.write().await?;
        let gone = nonce::purge(&mut tx, now).await?;
        tx.commit().await?;
        Ok(gone)
    }
}

impl Nonces for StoredNonces {
    fn remember<'n>(&'n self, key: &'n str, nonce: &'n str, until: Timestamp) -> BoxFuture<'n, Result<bool, Problem>> {
        async move {
            let mut tx = self.0.write().await?;
            let new = nonce::remember(&mut tx, key, nonce, until).await?;
            tx.commit().await?;
            Ok(new)
        }
        .boxed()
    }
}
