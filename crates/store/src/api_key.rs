//! Keys of programs.
//!
//! Invariant: a secret is never stored, only its SHA-256; a key is revoked, never deleted.

mod change;

use domain::Timestamp;
use sqlx::FromRow;

use crate::{Db, Error, Result, Tx};

pub use change::{create, revoke, rotate, touch};

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
    /// What else it is limited to.
    pub limits: Limits,
    /// Who made it.
    pub created_by: String,
}

/// What a key is limited to besides its role.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Limits {
    /// Names of scopes; all that the role may do when there are none.
    pub scopes: Vec<String>,
    /// Codes of sites; every site when `None`.
    pub sites: Option<Vec<String>>,
    /// Requests a minute.
    pub quota_per_minute: Option<u32>,
    /// Whether it opens nothing but for requests that it signed.
    pub require_signature: bool,
}

/// A secret that was replaced and serves a while longer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Previous {
    /// SHA-256 of it.
    pub hash: [u8; 32],
    /// When it ends.
    pub until: Timestamp,
}

/// Another secret for a key.
#[derive(Debug, Clone, Copy)]
pub struct Rotation<'r> {
    /// SHA-256 of it.
    pub secret_hash: [u8; 32],
    /// SHA-256 of the one that it takes the place of.
    pub replaces: [u8; 32],
    /// Until when the one before serves too.
    pub previous_until: Timestamp,
    /// Who is told it, and can sign with the key from here on.
    pub by: &'r str,
    /// When.
    pub at: Timestamp,
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
    /// The secret before that one, while it serves.
    pub previous: Option<Previous>,
    /// What else it is limited to.
    pub limits: Limits,
    /// Who made it; empty for those made before that was noted.
    pub created_by: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When its secret was last replaced.
    pub rotated_at: Option<Timestamp>,
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
    previous_hash: Option<Vec<u8>>,
    previous_until: Option<i64>,
    scopes: String,
    sites: Option<String>,
    quota_per_minute: Option<i64>,
    require_signature: i64,
    created_by: String,
    created_at: i64,
    rotated_at: Option<i64>,
    expires_at: Option<i64>,
    revoked_at: Option<i64>,
    last_used_at: Option<i64>,
}

fn words(text: &str) -> Vec<String> {
    text.split_ascii_whitespace().map(str::to_owned).collect()
}

impl TryFrom<ApiKeyRow> for ApiKey {
    type Error = Error;
    fn try_from(row: ApiKeyRow) -> Result<ApiKey> {
        let broken = |what: &str| Error::Broken { table: "api_key", detail: format!("{}: {what}", row.id) };
        let hash = |bytes: Vec<u8>| <[u8; 32]>::try_from(bytes).map_err(|_| broken("length of a hash"));
        let previous = match (row.previous_hash, row.previous_until.map(Timestamp::from_micros)) {
            (Some(bytes), Some(until)) => Some(Previous { hash: hash(bytes)?, until }),
            _ => None,
        };
        let quota = row.quota_per_minute.map(u32::try_from).transpose().map_err(|_| broken("quota"))?;
        Ok(ApiKey {
            secret_hash: hash(row.secret_hash)?,
            previous,
            limits: Limits {
                scopes: words(&row.scopes),
                sites: row.sites.as_deref().map(words),
                quota_per_minute: quota,
                require_signature: row.require_signature != 0,
            },
            id: row.id,
            name: row.name,
            role: row.role,
            created_by: row.created_by,
            created_at: Timestamp::from_micros(row.created_at),
            rotated_at: row.rotated_at.map(Timestamp::from_micros),
            expires_at: row.expires_at.map(Timestamp::from_micros),
            revoked_at: row.revoked_at.map(Timestamp::from_micros),
            last_used_at: row.last_used_at.map(Timestamp::from_micros),
        })
    }
}

const FIND: &str = "SELECT id, name, role, secret_hash, previous_hash, previous_until, scopes, sites, quota_per_minute,
       require_signature, created_by, created_at, rotated_at, expires_at, revoked_at, last_used_at
     FROM api_key WHERE id = $1";

/// The key of that id, valid or not.
pub async fn find(db: &Db, id: &str) -> Result<Option<ApiKey>> {
    db.query(FIND).bind(id.to_owned()).one::<ApiKeyRow>().await?.map(ApiKey::try_from).transpose()
}

/// The key of that id, as the transaction sees it.
pub async fn find_in(tx: &mut Tx, id: &str) -> Result<Option<ApiKey>> {
    tx.query(FIND).bind(id.to_owned()).one::<ApiKeyRow>().await?.map(ApiKey::try_from).transpose()
}

/// Every key, oldest first.
pub async fn list(db: &Db) -> Result<Vec<ApiKey>> {
    let rows: Vec<ApiKeyRow> = db
        .query(
            "SELECT id, name, role, secret_hash, previous_hash, previous_until, scopes, sites, quota_per_minute,
               require_signature, created_by, created_at, rotated_at, expires_at, revoked_at, last_used_at
             FROM api_key ORDER BY created_at, id",
        )
        .all()
        .await?;
    rows.into_iter().map(ApiKey::try_from).collect()
}

/// What every key is called whose secret was ever replaced, with each of those who replaced it.
pub async fn rotators(db: &Db) -> Result<Vec<(String, String)>> {
    db.query("SELECT k.name, r.rotated_by FROM api_key_rotation r JOIN api_key k ON k.id = r.api_key").all().await
}
