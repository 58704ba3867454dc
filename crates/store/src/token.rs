//! What tokens are signed with, and tokens ended before their time.
//!
//! Invariant: only public keys stand here; what signs is kept encrypted elsewhere. A revocation is remembered at least until the token
//! would have ended by itself.

use domain::Timestamp;
use sqlx::FromRow;

use crate::{Db, Error, Result, Tx};

/// A key that tokens are checked with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenKey {
    /// Its name in tokens.
    pub id: String,
    /// Ed25519.
    pub public_key: [u8; 32],
    /// When it was made.
    pub created_at: Timestamp,
    /// Until when it is taken; `None` for the one that signs.
    pub serves_until: Option<Timestamp>,
}

#[derive(Debug, FromRow)]
struct Row {
    id: String,
    public_key: Vec<u8>,
    created_at: i64,
    serves_until: Option<i64>,
}

impl TryFrom<Row> for TokenKey {
    type Error = Error;
    fn try_from(row: Row) -> Result<TokenKey> {
        let broken = |_| Error::Broken { table: "token_key", detail: format!("{}: length of the key", row.id) };
        Ok(TokenKey {
            public_key: row.public_key.try_into().map_err(broken)?,
            id: row.id,
            created_at: Timestamp::from_micros(row.created_at),
            serves_until: row.serves_until.map(Timestamp::from_micros),
        })
    }
}

/// Every key that is still taken at that instant, the newest first.
pub async fn keys(db: &Db, now: Timestamp) -> Result<Vec<TokenKey>> {
    let rows: Vec<Row> = db
        .query(
            "SELECT id, public_key, created_at, serves_until FROM token_key
             WHERE serves_until IS NULL OR serves_until > $1 ORDER BY created_at DESC, id",
        )
        .bind(now.micros())
        .all()
        .await?;
    rows.into_iter().map(TokenKey::try_from).collect()
}

/// Adds the key that signs from now on; those before it are taken until then.
pub async fn add_key(tx: &mut Tx, key: &TokenKey, others_until: Timestamp) -> Result<()> {
    tx.query("UPDATE token_key SET serves_until = $1 WHERE serves_until IS NULL")
        .bind(others_until.micros())
        .run()
        .await?;
    tx.query("INSERT INTO token_key (id, public_key, created_at, serves_until) VALUES ($1, $2, $3, NULL)")
        .bind(key.id.clone())
        .bind(key.public_key.to_vec())
        .bind(key.created_at.micros())
        .run()
        .await?;
    Ok(())
}

/// Ends a token that would end by itself then; `false` when it was ended before.
pub async fn revoke(tx: &mut Tx, token: &str, ends_at: Timestamp, at: Timestamp) -> Result<bool> {
    let new = tx
        .query(
            "INSERT INTO token_revoked (token, ends_at, revoked_at) VALUES ($1, $2, $3) ON CONFLICT (token) DO NOTHING",
        )
        .bind(token.to_owned())
        .bind(ends_at.micros())
        .bind(at.micros())
        .run()
        .await?;
    Ok(new > 0)
}

/// Whether a token was ended before its time.
pub async fn is_revoked(db: &Db, token: &str) -> Result<bool> {
    let found: Option<i64> = db
        .query("SELECT CAST(1 AS BIGINT) FROM token_revoked WHERE token = $1")
        .bind(token.to_owned())
        .scalar()
        .await?;
    Ok(found.is_some())
}

/// Forgets revocations of tokens that have ended by themselves; how many.
pub async fn purge(tx: &mut Tx, now: Timestamp) -> Result<u64> {
    tx.query("DELETE FROM token_revoked WHERE ends_at < $1").bind(now.micros()).run().await
}
