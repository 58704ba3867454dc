//! Numbers for new rows.
//!
//! Invariant: a number is taken in the caller's transaction, so it is never given twice; gaps may remain.

use crate::{Error, Result, Tx};

/// Takes `count` numbers from the sequence of that name and gives the first.
pub async fn take(tx: &mut Tx, name: &'static str, count: i64) -> Result<i64> {
    let next: Option<i64> = tx
        .query(
            "INSERT INTO sequence (name, next) VALUES ($1, 1 + $2)
             ON CONFLICT (name) DO UPDATE SET next = sequence.next + $2 RETURNING next",
        )
        .bind(name.to_owned())
        .bind(count)
        .scalar()
        .await?;
    let next = next.ok_or_else(|| Error::Broken { table: "sequence", detail: name.to_owned() })?;
    Ok(next - count)
}

/// The number that would be taken next, 1 when none was ever taken.
pub async fn peek(tx: &mut Tx, name: &'static str) -> Result<i64> {
    Ok(tx.query("SELECT next FROM sequence WHERE name = $1").bind(name.to_owned()).scalar().await?.unwrap_or(1))
}
