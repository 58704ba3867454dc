//! Who is kept out for a while.
//!
//! Invariant: one row for each who; it stays for a time after its end, so that the next ban can be longer.

use domain::Timestamp;
use sqlx::FromRow;

use crate::{Db, Result, Tx};

/// A ban.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ban {
    /// Who: an address, a network or a credential, as the caller writes them.
    pub subject: String,
    /// Why.
    pub reason: String,
    /// Who decided it; empty when the program did.
    pub actor: String,
    /// How many times in a row.
    pub times: i64,
    /// When it was decided.
    pub banned_at: Timestamp,
    /// When it ends by itself.
    pub ends_at: Timestamp,
}

#[derive(Debug, FromRow)]
struct BanRow {
    subject: String,
    reason: String,
    actor: String,
    times: i64,
    banned_at: i64,
    ends_at: i64,
}

impl From<BanRow> for Ban {
    fn from(row: BanRow) -> Ban {
        Ban {
            subject: row.subject,
            reason: row.reason,
            actor: row.actor,
            times: row.times,
            banned_at: Timestamp::from_micros(row.banned_at),
            ends_at: Timestamp::from_micros(row.ends_at),
        }
    }
}

/// The last ban of a subject, in force or over.
pub async fn find(tx: &mut Tx, subject: &str) -> Result<Option<Ban>> {
    let row: Option<BanRow> = tx
        .query("SELECT subject, reason, actor, times, banned_at, ends_at FROM ban WHERE subject = $1")
        .bind(subject.to_owned())
        .one()
        .await?;
    Ok(row.map(Ban::from))
}

/// Keeps a ban in the place of an earlier one of the same subject.
pub async fn put(tx: &mut Tx, ban: &Ban) -> Result<()> {
    tx.query(
        "INSERT INTO ban (subject, reason, actor, times, banned_at, ends_at) VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (subject) DO UPDATE SET reason = excluded.reason, actor = excluded.actor, times = excluded.times,
           banned_at = excluded.banned_at, ends_at = excluded.ends_at",
    )
    .bind(ban.subject.clone())
    .bind(ban.reason.clone())
    .bind(ban.actor.clone())
    .bind(ban.times)
    .bind(ban.banned_at.micros())
    .bind(ban.ends_at.micros())
    .run()
    .await?;
    Ok(())
}

/// The bans in force, those that end last first, at most so many.
pub async fn in_force(db: &Db, at: Timestamp, most: i64) -> Result<Vec<Ban>> {
    let rows: Vec<BanRow> = db
        .query(
            "SELECT subject, reason, actor, times, banned_at, ends_at FROM ban
             WHERE ends_at > $1 ORDER BY ends_at DESC, subject LIMIT $2",
        )
        .bind(at.micros())
        .bind(most)
        .all()
        .await?;
    Ok(rows.into_iter().map(Ban::from).collect())
}

/// Ends a ban and forgets those before it; `false` when there is none.
pub async fn lift(tx: &mut Tx, subject: &str) -> Result<bool> {
    Ok(tx.query("DELETE FROM ban WHERE subject = $1").bind(subject.to_owned()).run().await? > 0)
}

/// Forgets the bans that ended before then.
pub async fn purge(tx: &mut Tx, before: Timestamp) -> Result<u64> {
    tx.query("DELETE FROM ban WHERE ends_at < $1").bind(before.micros()).run().await
}
