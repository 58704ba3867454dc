//! Values that are kept encrypted: e-mails, phones, secrets of second factors and integrations.
//!
//! Invariant: what was sealed opens to the very same bytes in its place with its key, or it is an error; never to anything else.
//! Each opening is told with who asked for it. Values live in the table `sealed` (see [`Vault::put`]), so that a change of keys finds
//! all of them; [`Vault::seal`] and [`Vault::open`] are for what lives outside the database.
//!
//! A value is under a key of the database (AES-256-GCM), named by its number in the value; such a key is kept only wrapped by
//! the master key, which the operator keeps. So the master key changes without touching a value, and values move to a new key one
//! by one, while both serve.

mod cipher;
mod error;
mod master;
mod renewal;

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, OnceLock, PoisonError, RwLock},
};

use domain::{Clock, audit::Action};
use store::{Db, Tx, sealed};
use zeroize::Zeroizing;

use crate::{
    audit::{self, Audit, Draft},
    http::context,
};

pub use error::Error;
pub(crate) use master::LEAST_PASSPHRASE;
pub use master::{MasterKey, Source};
pub use renewal::{Reseal, Standing};

use cipher::{Key, random};
use master::Master;

/// What a value is and whose it is. A value opens only in the place it was sealed for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place<'p> {
    /// What it is: table and column of its owner, such as `user.email`. Not secret.
    pub purpose: &'p str,
    /// Whose it is: the identity of the row. Not secret.
    pub subject: &'p str,
}

/// A value that was opened; its memory is overwritten when it goes.
pub struct Plain(Zeroizing<Vec<u8>>);

impl Plain {
    /// Its bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// Its text.
    pub fn text(&self) -> Result<&str, Error> {
        std::str::from_utf8(&self.0).map_err(|_| Error::Damaged)
    }
}

impl fmt::Debug for Plain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// The keys of a database, opened by its master key. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Vault(Arc<Inner>);

struct Inner {
    db: Db,
    master: OnceLock<Master>,
    keys: RwLock<BTreeMap<u32, Key>>,
    /// Who hears of each opening besides the program's log.
    told: OnceLock<(Audit, Arc<dyn Clock>)>,
}

impl fmt::Debug for Inner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Vault").field("master", &self.master).field("keys", &self.keys).finish_non_exhaustive()
    }
}

impl Vault {
    /// The vault of a database, unlocked.
    pub async fn load(db: &Db, source: &Source, clock: &dyn Clock) -> Result<Vault, Error> {
        let vault = Vault::closed(db);
        vault.unlock(source, clock).await?;
        Ok(vault)
    }

    /// A vault without a key: it opens nothing, until it is unlocked.
    pub fn closed(db: &Db) -> Vault {
        let (master, told) = (OnceLock::new(), OnceLock::new());
        Vault(Arc::new(Inner { db: db.clone(), master, keys: RwLock::default(), told }))
    }

    /// Takes its keys from the database. The first time, the first one is made. Without a master key it goes on opening nothing, and
    /// fails when there is something to open; with a master key that is not the database's it fails.
    pub async fn unlock(&self, source: &Source, clock: &dyn Clock) -> Result<(), Error> {
        let db = &self.0.db;
        let wrapped = store::vault::wrappings(db).await?;
        let Some(master) = Master::of(source, store::vault::masters(db).await?).await? else {
            let masters: Vec<String> = wrapped.into_iter().map(|wrapping| wrapping.master).collect();
            return if masters.is_empty() { Ok(()) } else { Err(Error::missing(masters)) };
        };
        if wrapped.is_empty() {
            match self.add_first_key(&master, clock).await {
                // Another node was faster: its key is the one.
                Err(Error::Store(error)) if error.is_race() => return Box::pin(self.unlock(source, clock)).await,
                made => made?,
            }
        }
        // Unlocked before, it has the same one: there is one source.
        let _ = self.0.master.set(master);
        self.refresh().await
    }

    /// From here on the audit log hears of each opening: who asked, for what, and whether it opened.
    pub fn tell_to(&self, audit: Audit, clock: Arc<dyn Clock>) {
        // The first one stays: a vault belongs to one node.
        let _ = self.0.told.set((audit, clock));
    }

    /// Whether there is a master key.
    pub fn is_open(&self) -> bool {
        self.0.master.get().is_some()
    }

    /// How many keys it has.
    pub fn keys(&self) -> usize {
        self.0.keys.read().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// Keeps a value encrypted, in place of the one there may be.
    pub async fn put(&self, tx: &mut Tx, place: Place<'_>, plain: &[u8]) -> Result<(), Error> {
        let key = self.newest()?;
        let value = key.seal(place, plain)?;
        let (purpose, subject) = (place.purpose.to_owned(), place.subject.to_owned());
        Ok(sealed::put(tx, &sealed::Sealed { purpose, subject, value }, key.id()).await?)
    }

    /// Opens a value that is kept; `by` is who asked for it.
    pub async fn get(&self, place: Place<'_>, by: &str) -> Result<Option<Plain>, Error> {
        match sealed::get(&self.0.db, place.purpose, place.subject).await? {
            Some(value) => self.open(place, &value, by).await.map(Some),
            None => Ok(None),
        }
    }

    /// The same as it stands in the caller's transaction.
    pub async fn get_in(&self, tx: &mut Tx, place: Place<'_>, by: &str) -> Result<Option<Plain>, Error> {
        match sealed::of_subjects(tx, place.purpose, &[place.subject]).await?.pop() {
            Some(kept) => self.open(place, &kept.value, by).await.map(Some),
            None => Ok(None),
        }
    }

    /// Opens the values of one purpose that these subjects have; `by` is who asked for them.
    pub async fn get_all(&self, purpose: &str, subjects: &[&str], by: &str) -> Result<BTreeMap<String, Plain>, Error> {
        let mut tx = self.0.db.read().await?;
        let kept = sealed::of_subjects(&mut tx, purpose, subjects).await?;
        tx.rollback().await?;
        let mut opened = BTreeMap::new();
        for one in kept {
            let plain = self.open(Place { purpose, subject: &one.subject }, &one.value, by).await?;
            opened.insert(one.subject, plain);
        }
        Ok(opened)
    }

    /// Encrypts a value under the newest key.
    pub fn seal(&self, place: Place<'_>, plain: &[u8]) -> Result<Vec<u8>, Error> {
        self.newest()?.seal(place, plain)
    }

    /// Decrypts a value; `by` is who asked for it.
    pub async fn open(&self, place: Place<'_>, value: &[u8], by: &str) -> Result<Plain, Error> {
        let opened = self.decrypt(place, value).await;
        tell(place, by, &opened);
        if let Some((audit, clock)) = self.0.told.get() {
            audit.record(event(place, by, &opened).at(clock.now()));
        }
        opened
    }

    async fn decrypt(&self, place: Place<'_>, value: &[u8]) -> Result<Plain, Error> {
        self.key(cipher::key_of(value)?).await?.open(place, value)
    }

    fn newest(&self) -> Result<Key, Error> {
        let keys = self.0.keys.read().unwrap_or_else(PoisonError::into_inner);
        keys.last_key_value().map(|(_, key)| key.clone()).ok_or(Error::NoKey)
    }

    /// The key of that number; another node may just have made it.
    async fn key(&self, id: u32) -> Result<Key, Error> {
        if !self.is_open() {
            return Err(Error::NoKey);
        }
        if let Some(key) = self.known(id) {
            return Ok(key);
        }
        self.refresh().await?;
        self.known(id).ok_or(Error::UnknownKey(id))
    }

    fn known(&self, id: u32) -> Option<Key> {
        self.0.keys.read().unwrap_or_else(PoisonError::into_inner).get(&id).cloned()
    }

    /// Reads the keys again.
    pub async fn refresh(&self) -> Result<(), Error> {
        let Some(master) = self.0.master.get() else { return Ok(()) };
        let wrapped = store::vault::wrappings(&self.0.db).await?;
        let ours = wrapped.iter().filter(|wrapping| wrapping.master == master.id);
        let keys: BTreeMap<u32, Key> = ours
            .map(|wrapping| Ok((wrapping.key, Key::new(wrapping.key, &master.unwrap(wrapping)?))))
            .collect::<Result<_, Error>>()?;
        if keys.is_empty() {
            return Err(Error::wrong(&master.id, wrapped.into_iter().map(|wrapping| wrapping.master).collect()));
        }
        *self.0.keys.write().unwrap_or_else(PoisonError::into_inner) = keys;
        Ok(())
    }

    async fn add_first_key(&self, master: &Master, clock: &dyn Clock) -> Result<(), Error> {
        let mut tx = self.0.db.write().await?;
        add_key(&mut tx, master, 1, clock).await?;
        Ok(tx.commit().await?)
    }
}

/// Makes the key of that number, in the caller's transaction.
async fn add_key(tx: &mut Tx, master: &Master, id: u32, clock: &dyn Clock) -> Result<(), Error> {
    let wrapped = master.wrap(id, &random()?)?;
    let now = clock.now();
    let row = store::vault::Master { id: master.id.clone(), derivation: master.derivation.clone(), created_at: now };
    store::vault::add_master(tx, &row).await?;
    store::vault::add_key(tx, id, now).await?;
    Ok(store::vault::add_wrapping(tx, id, &master.id, &wrapped, now).await?)
}

/// Takes a value away; whether there was one. Needs no key.
pub async fn remove(tx: &mut Tx, place: Place<'_>) -> Result<bool, Error> {
    Ok(sealed::remove(tx, place.purpose, place.subject).await?)
}

/// The opening of a value as the audit log tells it: the caller whose request it was done for, or the part of the program; what for.
fn event(place: Place<'_>, by: &str, opened: &Result<Plain, Error>) -> Draft {
    let told = match context::caller() {
        Some(caller) => audit::by(&caller, Action::FieldDecrypted),
        None => audit::by_system(by, Action::FieldDecrypted),
    };
    let told = told.on(place.purpose, place.subject).detail("by", by);
    let told = match context::request() {
        Some(request) => told.detail("for", &*request),
        None => told,
    };
    if opened.is_ok() { told } else { told.failed() }
}

/// The one place that hears of every opening.
fn tell(place: Place<'_>, by: &str, opened: &Result<Plain, Error>) {
    let Place { purpose, subject } = place;
    match opened {
        Ok(_) => tracing::info!(purpose, subject, by, "an encrypted value was opened"),
        Err(error) => {
            tracing::warn!(
                purpose,
                subject,
                by,
                error = error as &dyn std::error::Error,
                "an encrypted value does not open"
            );
        }
    }
}

#[cfg(test)]
mod tests;
