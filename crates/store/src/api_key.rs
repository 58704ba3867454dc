//! Keys of people and scripts.
//!
//! Invariant: a secret is never stored, only its SHA-256; a key is revoked, never deleted.

use domain::Timestamp;
use sqlx::FromRow;

use crate::{Db, Error, Result, Tx};

/// A key to store.
#[derive(Debug, Clone)]
pub struct NewApiKey {
    /// The public part.
    pub id: String,
    /// What it is for.
    pub name: String,
    /// What it may do.
    pub role: String,
    /// SHA-256 of the secret part.
    pub secret_hash: [u8; 32],
    /// When it ends by itself.
    pub expires_at: Option<Timestamp>,
}

/// A key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKey {
    /// The public part.
    pub id: String,
    /// What it is for.
    pub name: String,
    /// What it may do.
    pub role: String,
    /// SHA-256 of the secret part.
    pub secret_hash: [u8; 32],
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends by itself.
    pub expires_at: Option<Timestamp>,
    /// When it was ended.
    pub revoked_at: Option<Timestamp>,
    /// When it was last used, to within what [`touch`] is called.
    pub last_used_at: Option<Timestamp>,
}

impl ApiKey {
    /// Whether it opens anything at that instant.
    pub fn is_valid(&self, at: Timestamp) -> bool {
        self.revoked_at.is_none() && self.expires_at.is_none_or(|end| at < end)
    }
}

#[derive(Debug, FromRow)]
struct ApiKeyRow {
    id: String,
    name: String,
    role: String,
    secret_hash: Vec<u8>,
    created_at: i64,
    expires_at: Option<i64>,
    revoked_at: Option<i64>,
    last_used_at: Option<i64>,
}

impl TryFrom<ApiKeyRow> for ApiKey {
    type Error = Error;
    fn try_from(row: ApiKeyRow) -> Result<ApiKey> {
        let broken = |_| Error::Broken { table: "api_key", detail: format!("{}: length of the hash", row.id) };
        Ok(ApiKey {
            secret_hash: row.secret_hash.try_into().map_err(broken)?,
            id: row.id,
            name: row.name,
            role: row.role,
            created_at: Timestamp::from_micros(row.created_at),
            expires_at: row.expires_at.map(Timestamp::from_micros),
            revoked_at: row.revoked_at.map(Timestamp::from_micros),
            last_used_at: row.last_used_at.map(Timestamp::from_micros),
        })
    }
}

/// Stores a key.
pub async fn create(tx: &mut Tx, new: &NewApiKey, at: Timestamp) -> Result<()> {
    tx.query(
        "INSERT INTO api_key (id, name, role, secret_hash, created_at, expires_at, revoked_at, last_used_at)
         VALUES ($1, $2, $3, $4, $5, $6, NULL, NULL)",
    )
    .bind(new.id.clone())
    .bind(new.name.clone())
    .bind(new.role.clone())
    .bind(new.secret_hash.to_vec())
    .bind(at.micros())
    .bind(new.expires_at.map(Timestamp::micros))
    .run()
    .await?;
    Ok(())
}

/// The key of that id, valid or not.
pub async fn find(db: &Db, id: &str) -> Result<Option<ApiKey>> {
    let row: Option<ApiKeyRow> = db
        .query(
            "SELECT id, name, role, secret_hash, created_at, expires_at, revoked_at, last_used_at
             FROM api_key WHERE id = $1",
        )
        .bind(id.to_owned())
        .one()
        .await?;
    row.map(ApiKey::try_from).transpose()
}

/// Every key, oldest first.
pub async fn list(db: &Db) -> Result<Vec<ApiKey>> {
    let rows: Vec<ApiKeyRow> = db
        .query(
            "SELECT id, name, role, secret_hash, created_at, expires_at, revoked_at, last_used_at
             FROM api_key ORDER BY created_at, id",
        )
        .all()
        .await?;
    rows.into_iter().map(ApiKey::try_from).collect()
}

/// Ends a key; `false` when there is none of that id or it was ended before.
pub async fn revoke(tx: &mut Tx, id: &str, at: Timestamp) -> Result<bool> {
    let revoked = tx
        .query("UPDATE api_key SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL")
        .bind(id.to_owned())
        .bind(at.micros())
        .run()
        .await?;
    Ok(revoked > 0)
}

/// Notes that a key was used.
pub async fn touch(tx: &mut Tx, id: &str, at: Timestamp) -> Result<()> {
    tx.query("UPDATE api_key SET last_used_at = $2 WHERE id = $1").bind(id.to_owned()).bind(at.micros()).run().await?;
    Ok(())
}
