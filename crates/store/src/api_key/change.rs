//! Making keys, replacing their secrets, ending them.

use domain::Timestamp;

use super::{NewApiKey, Rotation};
use crate::{Result, Tx};

/// Stores a key.
pub async fn create(tx: &mut Tx, new: &NewApiKey, at: Timestamp) -> Result<()> {
    tx.query(
        "INSERT INTO api_key (id, name, role, secret_hash, created_at, expires_at, revoked_at, last_used_at, scopes, sites,
           quota_per_minute, require_signature, created_by, rotated_at, previous_hash, previous_until)
         VALUES ($1, $2, $3, $4, $5, $6, NULL, NULL, $7, $8, $9, $10, $11, NULL, NULL, NULL)",
    )
    .bind(new.id.clone())
    .bind(new.name.clone())
    .bind(new.role.clone())
    .bind(new.secret_hash.to_vec())
    .bind(at.micros())
    .bind(new.expires_at.map(Timestamp::micros))
    .bind(new.limits.scopes.join(" "))
    .bind(new.limits.sites.as_ref().map(|sites| sites.join(" ")))
    .bind(new.limits.quota_per_minute.map(i64::from))
    .bind(i64::from(new.limits.require_signature))
    .bind(new.created_by.clone())
    .run()
    .await?;
    Ok(())
}

/// Gives a key another secret; the one before serves until then, and the one before that no more. `false` when there is no key of
/// that id, it was ended, or its secret is another than the one to be replaced.
pub async fn rotate(tx: &mut Tx, id: &str, rotation: &Rotation<'_>) -> Result<bool> {
    let rotated = tx
        .query(
            "UPDATE api_key SET previous_hash = secret_hash, previous_until = $3, secret_hash = $2, rotated_at = $4
             WHERE id = $1 AND revoked_at IS NULL AND secret_hash = $5",
        )
        .bind(id.to_owned())
        .bind(rotation.secret_hash.to_vec())
        .bind(rotation.previous_until.micros())
        .bind(rotation.at.micros())
        .bind(rotation.replaces.to_vec())
        .run()
        .await?;
    if rotated > 0 {
        tx.query("INSERT INTO api_key_rotation (api_key, rotated_by) VALUES ($1, $2) ON CONFLICT DO NOTHING")
            .bind(id.to_owned())
            .bind(rotation.by.to_owned())
            .run()
            .await?;
    }
    Ok(rotated > 0)
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
