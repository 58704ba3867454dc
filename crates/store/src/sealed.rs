//! Values that are kept encrypted, whatever they belong to.
//!
//! Invariant: this table has never seen a plaintext; which key a value is under stands beside it, so that those under an old one
//! are found without opening any.

use sqlx::FromRow;

use crate::{Bulk, Db, Result, Rows, Tx, dialect::Kind::Text};

/// An encrypted value.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct Sealed {
    /// What it is: `user.email`.
    pub purpose: String,
    /// Whose it is.
    pub subject: String,
    /// The encrypted bytes, which name their key.
    pub value: Vec<u8>,
}

/// Keeps a value in place of the one there may be.
pub async fn put(tx: &mut Tx, sealed: &Sealed, key: u32) -> Result<()> {
    tx.query(
        "INSERT INTO sealed (purpose, subject, key, value) VALUES ($1, $2, $3, $4)
         ON CONFLICT (purpose, subject) DO UPDATE SET key = excluded.key, value = excluded.value",
    )
    .bind(sealed.purpose.clone())
    .bind(sealed.subject.clone())
    .bind(i64::from(key))
    .bind(sealed.value.clone())
    .run()
    .await
    .map(drop)
}

/// One value.
pub async fn get(db: &Db, purpose: &str, subject: &str) -> Result<Option<Vec<u8>>> {
    db.query("SELECT value FROM sealed WHERE purpose = $1 AND subject = $2")
        .bind(purpose.to_owned())
        .bind(subject.to_owned())
        .scalar()
        .await
}

static OF_SUBJECTS: Bulk = Bulk::new(
    &[("purpose", Text), ("subject", Text)],
    "SELECT s.purpose, s.subject, s.value FROM input i
       JOIN sealed s ON s.purpose = i.purpose AND s.subject = i.subject ORDER BY s.subject",
);

/// The values of one purpose that these subjects have.
pub async fn of_subjects(tx: &mut Tx, purpose: &str, subjects: &[&str]) -> Result<Vec<Sealed>> {
    let mut input = Rows::new(&OF_SUBJECTS, tx.backend());
    for subject in subjects {
        input.text(purpose);
        input.text(*subject);
    }
    input.all(tx).await
}

/// A value that is not under the newest key.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct Outdated {
    /// The key it is under.
    pub key: i64,
    /// What it is.
    pub purpose: String,
    /// Whose it is.
    pub subject: String,
    /// The encrypted bytes.
    pub value: Vec<u8>,
}

/// How many values are under keys older than that one.
pub async fn count_outdated(db: &Db, newest: u32) -> Result<u64> {
    let count: Option<i64> =
        db.query("SELECT COUNT(*) FROM sealed WHERE key < $1").bind(i64::from(newest)).scalar().await?;
    Ok(count.and_then(|count| u64::try_from(count).ok()).unwrap_or(0))
}

/// The next values under keys older than `newest`, after the one given, in their order.
pub async fn outdated(db: &Db, newest: u32, after: Option<&Outdated>, limit: i64) -> Result<Vec<Outdated>> {
    let (key, purpose, subject) =
        after.map_or((0, "", ""), |after| (after.key, after.purpose.as_str(), after.subject.as_str()));
    db.query(
        "SELECT key, purpose, subject, value FROM sealed
         WHERE key < $1 AND (key, purpose, subject) > ($2, $3, $4) ORDER BY key, purpose, subject LIMIT $5",
    )
    .bind(i64::from(newest))
    .bind(key)
    .bind(purpose.to_owned())
    .bind(subject.to_owned())
    .bind(limit)
    .all()
    .await
}

/// Puts a value under another key, unless it was changed or taken away meanwhile; whether it did.
pub async fn renew(tx: &mut Tx, old: &Outdated, key: u32, value: Vec<u8>) -> Result<bool> {
    let renewed = tx
        .query("UPDATE sealed SET key = $1, value = $2 WHERE purpose = $3 AND subject = $4 AND value = $5")
        .bind(i64::from(key))
        .bind(value)
        .bind(old.purpose.clone())
        .bind(old.subject.clone())
        .bind(old.value.clone())
        .run()
        .await?;
    Ok(renewed > 0)
}

/// Takes a value away; whether there was one.
pub async fn remove(tx: &mut Tx, purpose: &str, subject: &str) -> Result<bool> {
    let removed = tx
        .query("DELETE FROM sealed WHERE purpose = $1 AND subject = $2")
        .bind(purpose.to_owned())
        .bind(subject.to_owned())
        .run()
        .await?;
    Ok(removed > 0)
}
