//! What the log needs once a day: its head signed, the oldest events let go.
//!
//! Invariant: safe to do again, and by several nodes at once: one of them does it.

use std::{path::Path, sync::Arc};

use domain::{
    Clock, Timestamp,
    audit::{Action, Event},
    ledger::canonical::hex,
};
use ed25519_dalek::SigningKey;
use platform::audit;
use store::{
    Db,
    audit::{anchor, cut},
};

use super::apart::{self, ApartError};

const DAY_SECONDS: i64 = 86_400;
/// Whose part of the program it is, in the log.
const UPKEEP: &str = "upkeep";

/// What upkeep works with.
pub struct Upkeep<'u> {
    /// Where the log is.
    pub db: &'u Db,
    /// Where copies are kept apart.
    pub data_dir: &'u Path,
    /// Signs.
    pub key: &'u SigningKey,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// How long events are kept.
    pub keep_days: i64,
}

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Done {
    /// Whether the head was signed.
    pub signed: bool,
    /// Events that were let go.
    pub removed: i64,
}

impl Upkeep<'_> {
    /// Does what is due.
    pub async fn run(&self) -> Result<Done, ApartError> {
        let mut done = Done { signed: self.sign().await?, removed: 0 };
        while let Some(removed) = self.remove().await? {
            done.removed += removed.events;
        }
        apart::keep(self.db, self.data_dir).await?;
        Ok(done)
    }

    /// Signs the head unless that was done within a day.
    async fn sign(&self) -> Result<bool, ApartError> {
        let at = self.clock.now();
        let mut tx = self.db.write().await?;
        let newest = anchor::newest(&mut tx, anchor::Kind::Head).await?;
        if newest.is_some_and(|newest| at.micros() - newest.signed_at.micros() < DAY_SECONDS * 1_000_000) {
            return Ok(false);
        }
        match anchor::sign_head(&mut tx, self.key, at).await {
            Ok(None) => Ok(false),
            Ok(Some(anchor)) => {
                let key = &hex(&anchor.public_key)[..16];
                let told = audit::by_system(UPKEEP, Action::AuditSigned).on("audit", anchor.seq).detail("key", key);
                told.write(&mut tx, at).await?;
                Ok(tx.commit().await.map(|()| true)?)
            }
            // Another node signed the same head at the same moment.
            Err(error) if error.is_race() => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    async fn remove(&self) -> Result<Option<cut::Removed>, ApartError> {
        let at = self.clock.now();
        let before = at.plus_seconds(-self.keep_days * DAY_SECONDS);
        let mut tx = self.db.write().await?;
        match cut::remove(&mut tx, before, self.key, at, |removed| told(removed, self.keep_days, at)).await {
            Ok(Some(removed)) => Ok(tx.commit().await.map(|()| Some(removed))?),
            Ok(None) => Ok(None),
            Err(error) if error.is_race() => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}

fn told(removed: cut::Removed, keep_days: i64, at: Timestamp) -> Event {
    audit::by_system(UPKEEP, Action::AuditPurged)
        .on("audit", removed.through)
        .detail("events", removed.events)
        .detail("oldest", removed.oldest.to_string())
        .detail("keep_days", keep_days)
        .at(at)
}
