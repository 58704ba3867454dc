//! New keys in the place of old ones: those of values, and the master key.
//!
//! Invariant: at every moment, also after a crash anywhere in here, each value opens with what is in the database and in the
//! operator's hands; both keys serve until the change is ended.

use domain::{Clock, Timestamp};
use store::{Db, sealed, vault};

use crate::audit::Draft;

use super::{
    Error, Place, Source, Vault, add_key,
    cipher::{self, Key},
    master::Master,
};

/// Values put under the newest key in one transaction: short, so that nobody waits for it.
const BATCH: i64 = 100;

/// How the keys of a database stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Name of the master key in use here, and when it was first used.
    pub master: Option<(String, Timestamp)>,
    /// Name of the newest master key, when that is another: this process has to be given it.
    pub newer_master: Option<String>,
    /// Names of other master keys that still open the database: a change of master key has begun and has not ended.
    pub other_masters: Vec<String>,
    /// The newest key of values, and when it was made.
    pub newest_key: Option<(u32, Timestamp)>,
    /// Values under older keys.
    pub outdated: u64,
}

impl Vault {
    /// How its keys stand.
    pub async fn standing(&self) -> Result<Standing, Error> {
        let db = &self.0.db;
        let (masters, wrapped) = (vault::masters(db).await?, vault::wrappings(db).await?);
        let ours = self.0.master.get().map(|master| master.id.as_str());
        let in_use = |id: &str| wrapped.iter().any(|wrapping| wrapping.master == id);
        let since = |id: &str| masters.iter().find(|master| master.id == id).map(|master| master.created_at);
        let newest = masters.iter().rfind(|master| in_use(&master.id)).map(|master| master.id.as_str());
        let others = masters.iter().filter(|master| Some(master.id.as_str()) != ours && in_use(&master.id));
        let newest_key = wrapped.last().map(|wrapping| (wrapping.key, wrapping.key_created_at));
        Ok(Standing {
            master: ours.and_then(|id| Some((id.to_owned(), since(id)?))),
            newer_master: newest.filter(|id| Some(*id) != ours).map(str::to_owned),
            other_masters: others.map(|master| master.id.clone()).collect(),
            outdated: match newest_key {
                Some((key, _)) => sealed::count_outdated(db, key).await?,
                None => 0,
            },
            newest_key,
        })
    }

    /// Makes a new key for values from here on. Those there are stay under theirs until [`Vault::reseal`]. Its number.
    /// `told` is written into the audit log with it.
    pub async fn rotate(&self, clock: &dyn Clock, told: Draft) -> Result<u32, Error> {
        let ours = self.0.master.get().ok_or(Error::NoKey)?;
        let mut tx = self.0.db.write().await?;
        let wrapped = vault::hold(&mut tx).await?;
        // A process that is given the other master key would not find the new key under it.
        if wrapped.iter().any(|wrapping| wrapping.master != ours.id) {
            return Err(Error::MasterChanging);
        }
        let number = wrapped.last().map_or(0, |wrapping| wrapping.key) + 1;
        add_key(&mut tx, ours, number, clock).await?;
        told.detail("key", number).write(&mut tx, clock.now()).await?;
        tx.commit().await?;
        self.refresh().await?;
        Ok(number)
    }

    /// Begins to put every value under the newest key.
    pub async fn reseal(&self) -> Result<Reseal, Error> {
        self.refresh().await?;
        let newest = self.newest()?;
        let total = sealed::count_outdated(&self.0.db, newest.id()).await?;
        Ok(Reseal { vault: self.clone(), newest, after: None, total, done: 0, left: 0 })
    }

    /// Has every key opened by a new master key as well: from here on either will do. Its name.
    /// `told` is written into the audit log with it.
    pub async fn add_master(&self, new: &Source, clock: &dyn Clock, told: Draft) -> Result<String, Error> {
        let old = self.0.master.get().ok_or(Error::NoKey)?;
        let db = &self.0.db;
        let new = Master::of(new, vault::masters(db).await?).await?.ok_or(Error::NoKey)?;
        let now = clock.now();
        let row = vault::Master { id: new.id.clone(), derivation: new.derivation.clone(), created_at: now };
        let mut tx = db.write().await?;
        // Held from here on: a key that is made meanwhile would not open with the new one.
        let wrapped = vault::hold(&mut tx).await?;
        let (keys, others): (Vec<_>, Vec<_>) = wrapped.iter().partition(|wrapping| wrapping.master == old.id);
        let missing = others.iter().find(|other| keys.iter().all(|wrapping| wrapping.key != other.key));
        if missing.is_some() {
            return Err(Error::wrong(&old.id, others.iter().map(|other| other.master.clone()).collect()));
        }
        vault::add_master(&mut tx, &row).await?;
        for wrapping in keys {
            let wrapped = new.wrap(wrapping.key, &old.unwrap(wrapping)?)?;
            vault::add_wrapping(&mut tx, wrapping.key, &new.id, &wrapped, now).await?;
        }
        told.detail("step", "begun").detail("key", &new.id).write(&mut tx, now).await?;
        tx.commit().await?;
        Ok(new.id)
    }

    /// Ends a change of master key: from here on only the one in use here will do. How many wrappings of others there were.
    /// `told` is written into the audit log when there were any.
    pub async fn keep_only_this_master(&self, clock: &dyn Clock, told: Draft) -> Result<u64, Error> {
        let ours = &self.0.master.get().ok_or(Error::NoKey)?.id;
        let standing = self.standing().await?;
        if let Some(newer) = standing.newer_master {
            return Err(Error::wrong(ours, vec![newer]));
        }
        let mut tx = self.0.db.write().await?;
        vault::hold(&mut tx).await?;
        // Only those that were seen: one that somebody begins with at this very moment stays.
        let mut removed = 0;
        for other in &standing.other_masters {
            removed += vault::forget_master(&mut tx, other, ours).await?;
        }
        if removed > 0 {
            told.detail("step", "ended").detail("key", ours).write(&mut tx, clock.now()).await?;
        }
        tx.commit().await?;
        Ok(removed)
    }
}

/// Values on their way to the newest key, batch by batch. Begun again after a crash it goes on with what is left.
#[derive(Debug)]
pub struct Reseal {
    vault: Vault,
    newest: Key,
    after: Option<sealed::Outdated>,
    /// Values there were at the beginning.
    pub total: u64,
    /// Values looked at.
    pub done: u64,
    /// Values that do not open, and were left as they are.
    pub left: u64,
}

impl Reseal {
    /// The next batch; `false` when there was none left.
    pub async fn step(&mut self) -> Result<bool, Error> {
        let db: Db = self.vault.0.db.clone();
        let batch = sealed::outdated(&db, self.newest.id(), self.after.as_ref(), BATCH).await?;
        let mut renewed = Vec::with_capacity(batch.len());
        for old in &batch {
            match self.renewed(old).await {
                Ok(value) => renewed.push((old, value)),
                Err(error @ (Error::Damaged | Error::UnknownKey(_))) => {
                    let (purpose, subject) = (&old.purpose, &old.subject);
                    tracing::error!(purpose, subject, %error, "an encrypted value does not open and stays as it is");
                    self.left += 1;
                }
                Err(error) => return Err(error),
            }
        }
        let mut tx = db.write().await?;
        for (old, value) in renewed {
            sealed::renew(&mut tx, old, self.newest.id(), value).await?;
        }
        tx.commit().await?;
        self.done += batch.len() as u64;
        self.after = batch.into_iter().next_back();
        Ok(self.after.is_some())
    }

    async fn renewed(&self, old: &sealed::Outdated) -> Result<Vec<u8>, Error> {
        let place = Place { purpose: &old.purpose, subject: &old.subject };
        let key = self.vault.key(cipher::key_of(&old.value)?).await?;
        self.newest.seal(place, key.open(place, &old.value)?.bytes())
    }
}

#[cfg(test)]
mod tests;
