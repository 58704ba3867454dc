//! The order of changes to the catalogue, which those who keep a copy of it in memory follow.
//!
//! Invariant: every write to the catalogue takes its number first and holds it until it commits, so changes become visible
//! in the order of their numbers and catalogue writers never meet in a deadlock.

use sqlx::FromRow;

use crate::{Db, Result, Tx, ledger::known, sequence};

const SEQUENCE: &str = "catalog";

/// Who changes something, and when.
#[derive(Debug, Clone, Copy)]
pub struct Change<'a> {
    /// When.
    pub at: domain::Timestamp,
    /// Who.
    pub actor: &'a str,
}

/// How far a follower has read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Position {
    /// Number of the change.
    pub changed: i64,
    /// Product within it.
    pub id: i64,
}

/// What a follower keeps of a product.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct Entry {
    /// Its number.
    pub id: i64,
    /// Number of the change that touched it last.
    pub changed: i64,
    /// Its code.
    pub sku: String,
    /// Its name.
    pub name: String,
    /// What it is found by: folded name, brand and SKU.
    pub search_key: String,
    /// Its barcodes, separated by spaces.
    pub barcodes: String,
    /// 1 when it is sold.
    pub active: i64,
}

/// Numbers the change that the caller is about to write, makes other catalogue writers wait for it, and has the ledger's writers
/// read the catalogue again. No posting is under way when this returns.
pub async fn begin_change(tx: &mut Tx) -> Result<i64> {
    let number = sequence::take(tx, SEQUENCE, 1).await?;
    known::change_all(tx).await?;
    Ok(number)
}

/// The number of the newest change, 0 before the first.
pub async fn newest(db: &Db) -> Result<i64> {
    let newest: Option<i64> = db.query("SELECT next - 1 FROM sequence WHERE name = 'catalog'").scalar().await?;
    Ok(newest.unwrap_or(0))
}

/// The products changed after that position, oldest change first, at most `limit`.
pub async fn changed_since(db: &Db, after: Position, limit: i64) -> Result<Vec<Entry>> {
    db.query(
        "SELECT p.id, p.changed, p.sku, p.name, p.search_key, p.active,
           COALESCE((SELECT STRING_AGG(b.code, ' ') FROM barcode b WHERE b.product = p.id), '') AS barcodes
         FROM product p WHERE p.changed >= $1 AND (p.changed > $1 OR p.id > $2) ORDER BY p.changed, p.id LIMIT $3",
    )
    .bind(after.changed)
    .bind(after.id)
    .bind(limit)
    .all()
    .await
}
