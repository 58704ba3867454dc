//! Removing events whose time is over.
//!
//! Invariant: nothing younger than [`LEAST_KEPT_DAYS`] goes; what goes is behind a signed cut, and the log says so, all in the
//! caller's transaction.

use domain::{Timestamp, audit::Event};
use ed25519_dalek::SigningKey;

use super::{
    anchor::{self, Kind},
    append,
};
use crate::{Error, Result, Tx, ledger};

/// No event is removed before it is as old as this.
pub const LEAST_KEPT_DAYS: i64 = 90;
/// Events removed in one transaction.
const MOST: i64 = 20_000;
const DAY_SECONDS: i64 = 86_400;

/// What was removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Removed {
    /// The last place that went.
    pub through: i64,
    /// How many events.
    pub events: i64,
    /// When the oldest of them happened.
    pub oldest: Timestamp,
}

/// Removes the oldest events before that instant, as many as one transaction bears; `told` makes the event that says so. `None`
/// when there is nothing to remove.
pub async fn remove(
    tx: &mut Tx,
    before: Timestamp,
    key: &SigningKey,
    at: Timestamp,
    told: impl FnOnce(Removed) -> Event,
) -> Result<Option<Removed>> {
    let before = before.min(at.plus_seconds(-LEAST_KEPT_DAYS * DAY_SECONDS));
    let Some(removed) = removable(tx, before).await? else { return Ok(None) };
    let hash: Option<Vec<u8>> =
        tx.query("SELECT hash FROM audit_event WHERE seq = $1").bind(removed.through).scalar().await?;
    let missing = || Error::Broken { table: "audit_event", detail: format!("{}: is missing", removed.through) };
    let hash = ledger::rows::hash(&hash.ok_or_else(missing)?)?;
    anchor::sign(tx, (Kind::Cut, removed.through, hash), key, at).await?;
    tx.query("DELETE FROM audit_event WHERE seq <= $1").bind(removed.through).run().await?;
    append::append(tx, &told(removed)).await?;
    Ok(Some(removed))
}

/// The oldest events, all of them before that instant.
async fn removable(tx: &mut Tx, before: Timestamp) -> Result<Option<Removed>> {
    let first: Option<(i64, i64)> =
        tx.query("SELECT seq, happened_at FROM audit_event ORDER BY seq LIMIT 1").one().await?;
    let Some((first, oldest)) = first else { return Ok(None) };
    // The first that stays: events are nearly but not quite in order of time, and none is taken from between others.
    let stays: Option<Option<i64>> =
        tx.query("SELECT MIN(seq) FROM audit_event WHERE happened_at >= $1").bind(before.micros()).scalar().await?;
    let last: Option<Option<i64>> = tx.query("SELECT MAX(seq) FROM audit_event").scalar().await?;
    let through = stays.flatten().map(|stays| stays - 1).or(last.flatten()).unwrap_or(0).min(first + MOST - 1);
    let removed = Removed { through, events: through - first + 1, oldest: Timestamp::from_micros(oldest) };
    Ok((removed.events > 0).then_some(removed))
}
