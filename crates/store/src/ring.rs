//! The program's own signing keys, without their secrets.
//!
//! Invariant: a key's number only grows within its ring; a key is ended, never deleted, so that what it signed can be traced.

use domain::Timestamp;
use sqlx::FromRow;

use crate::{Db, Result, Tx};

/// A signing key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RingKey {
    /// Its place in the order of the ring, from 1.
    pub number: i64,
    /// What names it in what it signs.
    pub id: String,
    /// Its public part; nothing when there is none.
    pub public: Vec<u8>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends, once another has taken its place.
    pub ends_at: Option<Timestamp>,
}

#[derive(FromRow)]
struct RingKeyRow {
    number: i64,
    id: String,
    public: Vec<u8>,
    created_at: i64,
    ends_at: Option<i64>,
}

/// The keys of a ring that have not ended at that instant, oldest first.
pub async fn valid(db: &Db, ring: &str, at: Timestamp) -> Result<Vec<RingKey>> {
    let rows: Vec<RingKeyRow> = db
        .query(
            "SELECT number, id, public, created_at, ends_at FROM ring_key
             WHERE ring = $1 AND (ends_at IS NULL OR ends_at > $2) ORDER BY number",
        )
        .bind(ring.to_owned())
        .bind(at.micros())
        .all()
        .await?;
    let key = |row: RingKeyRow| RingKey {
        number: row.number,
        id: row.id,
        public: row.public,
        created_at: Timestamp::from_micros(row.created_at),
        ends_at: row.ends_at.map(Timestamp::from_micros),
    };
    Ok(rows.into_iter().map(key).collect())
}

/// The highest number a ring ever gave; 0 for a new one.
pub async fn last_number(tx: &mut Tx, ring: &str) -> Result<i64> {
    let last: Option<Option<i64>> =
        tx.query("SELECT MAX(number) FROM ring_key WHERE ring = $1").bind(ring.to_owned()).scalar().await?;
    Ok(last.flatten().unwrap_or(0))
}

/// Adds a key. Fails as a race when its number was given meanwhile.
pub async fn add(tx: &mut Tx, ring: &str, key: &RingKey) -> Result<()> {
    tx.query("INSERT INTO ring_key (ring, number, id, public, created_at, ends_at) VALUES ($1, $2, $3, $4, $5, $6)")
        .bind(ring.to_owned())
        .bind(key.number)
        .bind(key.id.clone())
        .bind(key.public.clone())
        .bind(key.created_at.micros())
        .bind(key.ends_at.map(Timestamp::micros))
        .run()
        .await
        .map(drop)
}

/// Ends, at that instant, the keys before a number that would end later or never.
pub async fn end_before(tx: &mut Tx, ring: &str, number: i64, at: Timestamp) -> Result<u64> {
    tx.query("UPDATE ring_key SET ends_at = $3 WHERE ring = $1 AND number < $2 AND (ends_at IS NULL OR ends_at > $3)")
        .bind(ring.to_owned())
        .bind(number)
        .bind(at.micros())
        .run()
        .await
}

/// The ids of keys that had ended by that instant and whose secret is still kept.
pub async fn ended(tx: &mut Tx, ring: &str, purpose: &str, at: Timestamp) -> Result<Vec<String>> {
    let rows: Vec<(String,)> = tx
        .query(
            "SELECT k.id FROM ring_key k JOIN sealed s ON s.purpose = $2 AND s.subject = k.id
             WHERE k.ring = $1 AND k.ends_at <= $3 ORDER BY k.number",
        )
        .bind(ring.to_owned())
        .bind(purpose.to_owned())
        .bind(at.micros())
        .all()
        .await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}
