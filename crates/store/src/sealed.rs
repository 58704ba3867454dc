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
