//! Whose turn it is to do what one of several nodes does now and then, and how that went.
//!
//! Invariant: of those who claim a turn that is due, one gets it.

use std::time::Duration;

use domain::Timestamp;

use crate::{Db, Result, Tx};

/// How it went so far.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Turn {
    /// When it is due.
    pub next_at: Timestamp,
    /// When it last worked.
    pub succeeded_at: Option<Timestamp>,
    /// When it last did not.
    pub failed_at: Option<Timestamp>,
    /// How long it took when it last worked.
    pub took: Duration,
    /// Bytes that came of it.
    pub bytes: u64,
    /// Milliseconds that it measured besides.
    pub extra_ms: u32,
    /// Why it last did not work.
    pub detail: String,
}

impl Turn {
    /// Whether [`claim`] would take it.
    pub fn is_due(&self, now: Timestamp, next: Timestamp) -> bool {
        self.next_at <= now || self.next_at > set_otherwise_after(next)
    }
}

/// Seconds that the clocks of two nodes may be apart: who is ahead by less did not set anything otherwise.
const CLOCKS_APART_S: i64 = 60;

fn set_otherwise_after(next: Timestamp) -> Timestamp {
    next.plus_seconds(CLOCKS_APART_S)
}

/// What worked.
#[derive(Debug, Clone)]
pub struct Done {
    /// When.
    pub at: Timestamp,
    /// How long it took.
    pub took: Duration,
    /// Bytes that came of it.
    pub bytes: u64,
    /// Milliseconds that it measured besides.
    pub extra_ms: u32,
}

async fn known(tx: &mut Tx, name: &str, next: Timestamp) -> Result<()> {
    tx.query(
        "INSERT INTO turn (name, next_at, succeeded_at, failed_at, took_ms, bytes, extra_ms, detail)
         VALUES ($1, $2, NULL, NULL, 0, 0, 0, '')
         ON CONFLICT (name) DO NOTHING",
    )
    .bind(name.to_owned())
    .bind(next.micros())
    .run()
    .await
    .map(drop)
}

/// Takes the turn if it is due, until `next`. What was put off for longer than that was set otherwise then, and is due.
pub async fn claim(tx: &mut Tx, name: &str, now: Timestamp, next: Timestamp) -> Result<bool> {
    known(tx, name, now).await?;
    let taken = tx
        .query("UPDATE turn SET next_at = $3 WHERE name = $1 AND (next_at <= $2 OR next_at > $4)")
        .bind(name.to_owned())
        .bind(now.micros())
        .bind(next.micros())
        .bind(set_otherwise_after(next).micros())
        .run()
        .await?;
    Ok(taken == 1)
}

/// Writes down that it worked.
pub async fn succeeded(tx: &mut Tx, name: &str, done: &Done) -> Result<()> {
    known(tx, name, done.at).await?;
    tx.query("UPDATE turn SET succeeded_at = $2, took_ms = $3, bytes = $4, extra_ms = $5 WHERE name = $1")
        .bind(name.to_owned())
        .bind(done.at.micros())
        .bind(i64::try_from(done.took.as_millis()).unwrap_or(i64::MAX))
        .bind(i64::try_from(done.bytes).unwrap_or(i64::MAX))
        .bind(i64::from(done.extra_ms))
        .run()
        .await
        .map(drop)
}

/// Writes down that it did not, and when it is to be tried again.
pub async fn failed(tx: &mut Tx, name: &str, at: Timestamp, again: Timestamp, why: &str) -> Result<()> {
    known(tx, name, at).await?;
    tx.query("UPDATE turn SET failed_at = $2, next_at = $3, detail = $4 WHERE name = $1")
        .bind(name.to_owned())
        .bind(at.micros())
        .bind(again.micros())
        .bind(why.to_owned())
        .run()
        .await
        .map(drop)
}

/// Gives the turn back: it is due at that time.
pub async fn give_back(tx: &mut Tx, name: &str, at: Timestamp) -> Result<()> {
    tx.query("UPDATE turn SET next_at = $2 WHERE name = $1")
        .bind(name.to_owned())
        .bind(at.micros())
        .run()
        .await
        .map(drop)
}

type TurnRow = (i64, Option<i64>, Option<i64>, i64, i64, i64, String);

/// How it went so far; `None` when it was never tried.
pub async fn get(db: &Db, name: &str) -> Result<Option<Turn>> {
    let row: Option<TurnRow> = db
        .query("SELECT next_at, succeeded_at, failed_at, took_ms, bytes, extra_ms, detail FROM turn WHERE name = $1")
        .bind(name.to_owned())
        .one()
        .await?;
    let unsigned = |number: i64| u64::try_from(number).unwrap_or(0);
    Ok(row.map(|(next_at, succeeded_at, failed_at, took_ms, bytes, extra_ms, detail)| Turn {
        next_at: Timestamp::from_micros(next_at),
        succeeded_at: succeeded_at.map(Timestamp::from_micros),
        failed_at: failed_at.map(Timestamp::from_micros),
        took: Duration::from_millis(unsigned(took_ms)),
        bytes: unsigned(bytes),
        extra_ms: u32::try_from(extra_ms).unwrap_or(u32::MAX),
        detail,
    }))
}
