//! What changes of somebody.

use domain::Timestamp;
use uuid::Uuid;

use crate::{Result, Tx};

/// What somebody is known by and is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Particulars {
    /// What others know them by.
    pub name: String,
    /// What they are in the shop.
    pub role: String,
    /// The language they chose.
    pub language: Option<String>,
}

/// Changes what somebody is known by and is.
pub async fn update(tx: &mut Tx, person: Uuid, to: &Particulars) -> Result<()> {
    tx.query("UPDATE person SET name = $2, role = $3, language = $4, version = version + 1 WHERE id = $1")
        .bind(person)
        .bind(to.name.clone())
        .bind(to.role.clone())
        .bind(to.language.clone())
        .run()
        .await
        .map(drop)
}

/// Closes somebody out from that instant, or with `None` lets them in again.
pub async fn set_disabled(tx: &mut Tx, person: Uuid, at: Option<Timestamp>) -> Result<()> {
    tx.query("UPDATE person SET disabled_at = $2, version = version + 1 WHERE id = $1")
        .bind(person)
        .bind(at.map(Timestamp::micros))
        .run()
        .await
        .map(drop)
}

/// Notes that somebody came in. It is no change that others have to know of, so the version stays.
pub async fn saw(tx: &mut Tx, person: Uuid, at: Timestamp) -> Result<()> {
    tx.query("UPDATE person SET seen_at = $2 WHERE id = $1").bind(person).bind(at.micros()).run().await.map(drop)
}
