//! Signing keys of the program itself, several at once, so that one takes another's place without anybody being turned away.
//!
//! Invariant: the newest key signs; every key that has not ended proves. A key is told apart by its id, which goes into what it
//! signs. Secrets are kept by the vault; those of ended keys are forgotten.
//!
//! A ring is of one purpose (tokens of people, the roles among themselves). What a key is, a seed of Ed25519 or a key of HMAC, is
//! its user's affair: here it is 32 random bytes and what is public of them.

mod cache;

use std::{fmt, sync::Arc, time::Duration};

use domain::{Clock, Timestamp, ledger::canonical::hex};
use sha2::{Digest, Sha256};
use store::{Db, ring};
use zeroize::Zeroizing;

use crate::vault::{self, Place, Vault};
use cache::Cache;

/// What a ring is for and how its keys are.
#[derive(Debug, Clone, Copy)]
pub struct Spec {
    /// Its name in the database and on the command line.
    pub name: &'static str,
    /// Where its secrets are kept: `ring.NAME`.
    pub purpose: &'static str,
    /// How long a key proves after another took its place: longer than anything it signed may live.
    pub overlap: Duration,
    /// The public part of 32 random bytes; nothing when there is none.
    pub public: fn(&[u8; 32]) -> Vec<u8>,
}

/// A signing key.
pub struct RingKey {
    /// What names it in what it signs.
    pub id: Arc<str>,
    /// Its place in the order of the ring.
    pub number: i64,
    /// Its public part.
    pub public: Vec<u8>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends, once another has taken its place.
    pub ends_at: Option<Timestamp>,
    secret: Zeroizing<[u8; 32]>,
}

impl RingKey {
    /// The 32 bytes.
    pub fn expose(&self) -> &[u8; 32] {
        &self.secret
    }

    fn is_valid(&self, at: Timestamp) -> bool {
        self.ends_at.is_none_or(|end| at < end)
    }
}

impl fmt::Debug for RingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RingKey({}, ***)", self.id)
    }
}

/// The keys of one purpose. Cheap to clone.
#[derive(Clone)]
pub struct KeyRing(Arc<Inner>);

struct Inner {
    spec: Spec,
    db: Db,
    vault: Vault,
    clock: Arc<dyn Clock>,
    cache: Cache,
}

impl fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyRing({})", self.0.spec.name)
    }
}

impl KeyRing {
    /// The ring of that purpose; nothing is read or made yet.
    pub fn new(spec: Spec, db: Db, vault: Vault, clock: Arc<dyn Clock>) -> KeyRing {
        KeyRing(Arc::new(Inner { spec, db, vault, clock, cache: Cache::default() }))
    }

    /// Its name.
    pub fn name(&self) -> &'static str {
        self.0.spec.name
    }

    /// The key to sign with. The first is made when there is none. While the database is away the one known last goes on.
    pub async fn signing(&self) -> Result<Arc<RingKey>, vault::Error> {
        if self.0.cache.is_old() {
            self.look().await?;
        }
        match self.newest() {
            Some(key) => Ok(key),
            None => self.first().await,
        }
    }

    /// The key of that id, unless it has ended. An unknown id is looked for in the database, though not for every request that
    /// invents one.
    pub async fn proving(&self, id: &str) -> Result<Option<Arc<RingKey>>, vault::Error> {
        let known = || self.0.cache.keys().into_iter().find(|key| &*key.id == id && key.is_valid(self.0.clock.now()));
        match known() {
            // Ended early by another process is heard of here.
            Some(key) if !self.0.cache.is_old() => Ok(Some(key)),
            None if self.0.cache.is_fresh() => Ok(None),
            _ => {
                self.look().await?;
                Ok(known())
            }
        }
    }

    /// Every key that proves, oldest first.
    pub async fn all(&self) -> Result<Vec<Arc<RingKey>>, vault::Error> {
        self.look().await?;
        Ok(self.0.cache.keys())
    }

    /// Puts a new key in the place of the one that signs, which goes on proving for the overlap, or for nothing at all when it
    /// may be in wrong hands.
    pub async fn rotate(&self, overlap: Overlap) -> Result<Arc<RingKey>, vault::Error> {
        let (spec, now) = (self.0.spec, self.0.clock.now());
        let ends_at = match overlap {
            Overlap::Usual => now.plus_seconds(i64::try_from(spec.overlap.as_secs()).unwrap_or(i64::MAX)),
            Overlap::None => now,
        };
        let mut tx = self.0.db.write().await?;
        let number = ring::last_number(&mut tx, spec.name).await? + 1;
        self.add(&mut tx, number, now).await?;
        ring::end_before(&mut tx, spec.name, number, ends_at).await?;
        self.forget_ended(&mut tx, now).await?;
        tx.commit().await?;
        self.look().await?;
        self.newest().ok_or(vault::Error::Damaged)
    }

    /// Forgets the secrets of keys that have ended. Best called now and then.
    pub async fn tidy(&self) -> Result<(), vault::Error> {
        let mut tx = self.0.db.write().await?;
        self.forget_ended(&mut tx, self.0.clock.now()).await?;
        Ok(tx.commit().await?)
    }

    fn newest(&self) -> Option<Arc<RingKey>> {
        self.0.cache.keys().pop()
    }

    async fn first(&self) -> Result<Arc<RingKey>, vault::Error> {
        let mut tx = self.0.db.write().await?;
        // Where there was one there is one: a key ends only when another takes its place. Another node was faster, then.
        if ring::last_number(&mut tx, self.0.spec.name).await? > 0 {
            tx.rollback().await?;
        } else {
            match self.add(&mut tx, 1, self.0.clock.now()).await {
                Ok(()) => tx.commit().await?,
                Err(vault::Error::Store(error)) if error.is_race() => tx.rollback().await?,
                Err(error) => return Err(error),
            }
        }
        self.look().await?;
        self.newest().ok_or(vault::Error::Damaged)
    }

    async fn add(&self, tx: &mut store::Tx, number: i64, now: Timestamp) -> Result<(), vault::Error> {
        let (spec, secret) = (self.0.spec, vault::random::<32>()?);
        let public = (spec.public)(&secret);
        let id =
            hex(&Sha256::new().chain_update(b"gondola ring key\0").chain_update(secret.as_slice()).finalize()[..8]);
        let row = ring::RingKey { number, id: id.clone(), public, created_at: now, ends_at: None };
        ring::add(tx, spec.name, &row).await?;
        self.0.vault.put(tx, Place { purpose: spec.purpose, subject: &id }, secret.as_slice()).await
    }

    async fn forget_ended(&self, tx: &mut store::Tx, now: Timestamp) -> Result<(), vault::Error> {
        let Spec { name, purpose, .. } = self.0.spec;
        for id in ring::ended(tx, name, purpose, now).await? {
            vault::remove(tx, Place { purpose, subject: &id }).await?;
        }
        Ok(())
    }

    /// Reads the ring again; secrets that are known are not opened again.
    async fn look(&self) -> Result<(), vault::Error> {
        let Inner { spec, db, vault, clock, cache } = &*self.0;
        let rows = match ring::valid(db, spec.name, clock.now()).await {
            Ok(rows) => rows,
            Err(error) if error.is_outage() && !cache.keys().is_empty() => {
                tracing::warn!(ring = spec.name, %error, "the keys known last go on");
                return Ok(());
            }
            Err(error) => return Err(error.into()),
        };
        let (known, mut keys) = (cache.keys(), Vec::with_capacity(rows.len()));
        for row in rows {
            let before = known.iter().find(|key| *key.id == row.id).map(|key| key.secret.clone());
            let secret = match before {
                Some(secret) => Some(secret),
                None => self.secret(vault, &row.id).await?,
            };
            // Without its secret it was ended and forgotten between two statements.
            let Some(secret) = secret else { continue };
            let ring::RingKey { number, id, public, created_at, ends_at } = row;
            keys.push(Arc::new(RingKey { id: id.into(), number, public, created_at, ends_at, secret }));
        }
        cache.set(keys);
        Ok(())
    }

    async fn secret(&self, vault: &Vault, id: &str) -> Result<Option<Zeroizing<[u8; 32]>>, vault::Error> {
        let Some(plain) = vault.get(Place { purpose: self.0.spec.purpose, subject: id }, "key ring").await? else {
            return Ok(None);
        };
        let bytes: [u8; 32] = plain.bytes().try_into().map_err(|_| vault::Error::Damaged)?;
        Ok(Some(Zeroizing::new(bytes)))
    }
}

/// How long what was replaced goes on proving.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Overlap {
    /// As long as what it signed may live.
    Usual,
    /// Not at all: it may be in wrong hands.
    None,
}

#[cfg(test)]
mod tests;
