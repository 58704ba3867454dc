//! Nonces of signed requests, remembered for every process that answers.
//!
//! Invariant: of the same nonce of a key, one request only is told that it is new.

use domain::Timestamp;

use crate::{Result, Tx};

/// Remembers a nonce of a key until then; `false` when it is remembered already.
pub async fn remember(tx: &mut Tx, key: &str, nonce: &str, until: Timestamp) -> Result<bool> {
    let new = tx
        .query(
            "INSERT INTO request_nonce (key_id, nonce, kept_until) VALUES ($1, $2, $3)
             ON CONFLICT (key_id, nonce) DO NOTHING",
        )
        .bind(key.to_owned())
        .bind(nonce.to_owned())
        .bind(until.micros())
        .run()
        .await?;
    Ok(new > 0)
}

/// Forgets those that need not be remembered any more; how many.
pub async fn purge(tx: &mut Tx, now: Timestamp) -> Result<u64> {
    tx.query("DELETE FROM request_nonce WHERE kept_until < $1").bind(now.micros()).run().await
}
