//! Who failed to come in of late.
//!
//! Invariant: a row holds no more instants than its caller gives it, and is held by one transaction at a time, so that failures that
//! happen together are all counted.

use domain::Timestamp;
use sqlx::FromRow;

use crate::{Error, Result, Tx};

const INSTANT_BYTES: usize = 8;

#[derive(FromRow)]
struct Row {
    times: Vec<u8>,
}

/// The last failures of a subject, oldest first; nobody else changes them until the caller's transaction ends.
pub async fn lock(tx: &mut Tx, subject: &str) -> Result<Vec<Timestamp>> {
    let row: Option<Row> = tx
        .query(
            "INSERT INTO login_failure (subject, times, latest) VALUES ($1, $2, 0)
             ON CONFLICT (subject) DO UPDATE SET latest = login_failure.latest RETURNING times",
        )
        .bind(subject.to_owned())
        .bind(Vec::<u8>::new())
        .one()
        .await?;
    row.map_or_else(|| Ok(Vec::new()), |row| unpack(&row.times))
}

/// Keeps these as the last failures of a subject; none forgets it.
pub async fn keep(tx: &mut Tx, subject: &str, times: &[Timestamp]) -> Result<()> {
    let Some(latest) = times.last() else { return forget(tx, subject).await.map(drop) };
    tx.query("UPDATE login_failure SET times = $2, latest = $3 WHERE subject = $1")
        .bind(subject.to_owned())
        .bind(times.iter().flat_map(|at| at.micros().to_be_bytes()).collect::<Vec<u8>>())
        .bind(latest.micros())
        .run()
        .await
        .map(drop)
}

/// Forgets a subject's failures; whether there were any.
pub async fn forget(tx: &mut Tx, subject: &str) -> Result<bool> {
    let gone = tx.query("DELETE FROM login_failure WHERE subject = $1").bind(subject.to_owned()).run().await?;
    Ok(gone > 0)
}

/// Forgets whoever has not failed since; gives how many.
pub async fn purge(tx: &mut Tx, before: Timestamp) -> Result<u64> {
    tx.query("DELETE FROM login_failure WHERE latest < $1").bind(before.micros()).run().await
}

fn unpack(bytes: &[u8]) -> Result<Vec<Timestamp>> {
    let (instants, rest) = bytes.as_chunks::<INSTANT_BYTES>();
    if !rest.is_empty() {
        return Err(Error::Broken { table: "login_failure", detail: format!("{} bytes", bytes.len()) });
    }
    Ok(instants.iter().map(|instant| Timestamp::from_micros(i64::from_be_bytes(*instant))).collect())
}
