//! Answers kept so that a request sent twice takes effect once.
//!
//! Invariant: begun in the transaction that does the work, a key is stored with its answer or not at all; two requests with
//! one key cannot both do the work.

use domain::Timestamp;
use sqlx::FromRow;

use crate::{Db, Result, Tx};

/// Whose key it is, and which request it was sent with.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// Who asks; keys of different owners have nothing to do with each other.
    pub owner: &'a str,
    /// The key.
    pub key: &'a str,
    /// Digest of method, path and body.
    pub digest: &'a [u8],
}

/// An answer as it was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// Headers to repeat, as the caller wrote them.
    pub headers: String,
    /// Body, byte for byte.
    pub body: Vec<u8>,
}

/// What is known of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Begun {
    /// Nothing: the caller is to do the work, then [`finish`].
    New,
    /// The same request was answered.
    Answered(Answer),
    /// The same request has begun and not ended.
    Running,
    /// The key was used for another request.
    Different,
}

#[derive(Debug, FromRow)]
struct Stored {
    request: Vec<u8>,
    status: Option<i64>,
    headers: String,
    body: Vec<u8>,
}

/// Takes the key for this request, unless it was taken after `expired_before`. On PostgreSQL it waits for a transaction
/// that has just taken the same key.
pub async fn begin(tx: &mut Tx, request: Request<'_>, at: Timestamp, expired_before: Timestamp) -> Result<Begun> {
    let taken = tx
        .query(
            "INSERT INTO idempotency (owner, key, request, status, headers, body, created_at)
             VALUES ($1, $2, $3, NULL, '', $4, $5)
             ON CONFLICT (owner, key) DO UPDATE SET request = excluded.request, status = NULL, headers = '',
               body = excluded.body, created_at = excluded.created_at
             WHERE idempotency.created_at < $6",
        )
        .bind(request.owner.to_owned())
        .bind(request.key.to_owned())
        .bind(request.digest.to_vec())
        .bind(Vec::<u8>::new())
        .bind(at.micros())
        .bind(expired_before.micros())
        .run()
        .await?;
    if taken > 0 { Ok(Begun::New) } else { stored(tx, request).await }
}

async fn stored(tx: &mut Tx, request: Request<'_>) -> Result<Begun> {
    let stored: Option<Stored> = tx
        .query("SELECT request, status, headers, body FROM idempotency WHERE owner = $1 AND key = $2")
        .bind(request.owner.to_owned())
        .bind(request.key.to_owned())
        .one()
        .await?;
    Ok(match stored {
        // Purged between the two statements: the client will try again.
        None => Begun::Running,
        Some(stored) if stored.request != request.digest => Begun::Different,
        Some(stored) => match stored.status.and_then(|status| u16::try_from(status).ok()) {
            None => Begun::Running,
            Some(status) => Begun::Answered(Answer { status, headers: stored.headers, body: stored.body }),
        },
    })
}

/// Whether anything was asked for under a key after that instant.
pub async fn is_taken(db: &Db, (owner, key): (&str, &str), since: Timestamp) -> Result<bool> {
    let taken: Option<i64> = db
        .query("SELECT created_at FROM idempotency WHERE owner = $1 AND key = $2 AND created_at >= $3")
        .bind(owner.to_owned())
        .bind(key.to_owned())
        .bind(since.micros())
        .scalar()
        .await?;
    Ok(taken.is_some())
}

/// Keeps the answer to a request that was [`Begun::New`].
pub async fn finish(tx: &mut Tx, request: Request<'_>, answer: &Answer) -> Result<()> {
    tx.query("UPDATE idempotency SET status = $3, headers = $4, body = $5 WHERE owner = $1 AND key = $2")
        .bind(request.owner.to_owned())
        .bind(request.key.to_owned())
        .bind(i64::from(answer.status))
        .bind(answer.headers.clone())
        .bind(answer.body.clone())
        .run()
        .await?;
    Ok(())
}

/// Forgets a key whose request came to nothing, so that it can be tried again.
pub async fn forget(tx: &mut Tx, request: Request<'_>) -> Result<()> {
    tx.query("DELETE FROM idempotency WHERE owner = $1 AND key = $2 AND status IS NULL")
        .bind(request.owner.to_owned())
        .bind(request.key.to_owned())
        .run()
        .await?;
    Ok(())
}

/// Forgets what was begun before that instant; gives how many.
pub async fn purge(tx: &mut Tx, before: Timestamp) -> Result<u64> {
    tx.query("DELETE FROM idempotency WHERE created_at < $1").bind(before.micros()).run().await
}
