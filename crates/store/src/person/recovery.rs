//! Codes for whoever has lost their second factor.
//!
//! Invariant: only hashes are kept, and each opens once.

use domain::Timestamp;
use uuid::Uuid;

use crate::{Bulk, Db, Result, Rows, Tx, dialect::Kind};

static INSERT: Bulk = Bulk::new(
    &[("person", Kind::Uuid), ("code_hash", Kind::Bytes)],
    "INSERT INTO person_recovery (person, code_hash) SELECT person, code_hash FROM input",
);

/// Gives somebody these codes in place of all they had.
pub async fn replace_recovery(tx: &mut Tx, person: Uuid, hashes: &[[u8; 32]]) -> Result<()> {
    tx.query("DELETE FROM person_recovery WHERE person = $1").bind(person).run().await?;
    let mut rows = Rows::new(&INSERT, tx.backend());
    for hash in hashes {
        rows.uuid(person);
        rows.bytes(hash.as_slice());
    }
    rows.run(tx).await.map(drop)
}

/// Uses up a code; `false` when there is none such or it was used before.
pub async fn use_recovery(tx: &mut Tx, person: Uuid, hash: &[u8; 32], at: Timestamp) -> Result<bool> {
    let used = tx
        .query("UPDATE person_recovery SET used_at = $3 WHERE person = $1 AND code_hash = $2 AND used_at IS NULL")
        .bind(person)
        .bind(hash.to_vec())
        .bind(at.micros())
        .run()
        .await?;
    Ok(used > 0)
}

/// How many somebody has left.
pub async fn recovery_left(db: &Db, person: Uuid) -> Result<i64> {
    let left: Option<i64> = db
        .query("SELECT COUNT(*) FROM person_recovery WHERE person = $1 AND used_at IS NULL")
        .bind(person)
        .scalar()
        .await?;
    Ok(left.unwrap_or(0))
}
