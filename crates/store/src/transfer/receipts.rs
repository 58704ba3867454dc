//! The postings that a transfer's document is made of: receipts, written down before their goods enter, and corrections, which
//! are found in the ledger.

use domain::{Timestamp, ledger::PostingKind};
use uuid::Uuid;

use crate::{Db, Result, Tx};

/// A receipt as it was written down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Receipt {
    /// Whether it was asked for without lines: all that was on its way. Not known of those that an earlier version wrote.
    pub took_all: Option<bool>,
}

/// Writes a receipt, or a correction, down; `false` when one of that posting is written down already, which stays as it is.
pub async fn begin_receipt(
    tx: &mut Tx,
    transfer: Uuid,
    posting: Uuid,
    took_all: Option<bool>,
    at: Timestamp,
) -> Result<bool> {
    let written = tx
        .query(
            "INSERT INTO transfer_receipt (transfer, posting, applied, begun_at, took_all) VALUES ($1, $2, 0, $3, $4)
             ON CONFLICT (transfer, posting) DO NOTHING",
        )
        .bind(transfer)
        .bind(posting)
        .bind(at.micros())
        .bind(took_all.map(i64::from))
        .run()
        .await?;
    Ok(written > 0)
}

/// What is written down of a receipt.
pub async fn receipt(db: &Db, transfer: Uuid, posting: Uuid) -> Result<Option<Receipt>> {
    let row: Option<(Option<i64>,)> = db
        .query("SELECT took_all FROM transfer_receipt WHERE transfer = $1 AND posting = $2")
        .bind(transfer)
        .bind(posting)
        .one()
        .await?;
    Ok(row.map(|(took_all,)| Receipt { took_all: took_all.map(|all| all == 1) }))
}

/// Forgets a receipt whose goods never entered.
pub async fn forget_receipt(tx: &mut Tx, transfer: Uuid, posting: Uuid) -> Result<()> {
    tx.query(
        "DELETE FROM transfer_receipt WHERE transfer = $1 AND posting = $2 AND applied = 0
           AND NOT EXISTS (SELECT 1 FROM posting g WHERE g.id = $2)",
    )
    .bind(transfer)
    .bind(posting)
    .run()
    .await
    .map(drop)
}

/// The postings of receipts that stand in the ledger and are not yet part of the document, oldest first.
pub async fn pending_receipts(db: &Db, transfer: Uuid) -> Result<Vec<Uuid>> {
    let rows: Vec<(Uuid,)> = db
        .query(
            "SELECT r.posting FROM transfer_receipt r JOIN posting g ON g.id = r.posting
             WHERE r.transfer = $1 AND r.applied = 0 ORDER BY g.seq",
        )
        .bind(transfer)
        .all()
        .await?;
    Ok(rows.into_iter().map(|row| row.0).collect())
}

/// Corrections that are not part of the document yet, oldest first: of the sending, of receipts, and of corrections that are part.
pub async fn corrections(db: &Db, transfer: Uuid) -> Result<Vec<Uuid>> {
    let rows: Vec<(Uuid, i64)> = db
        .query(
            "SELECT g.id, g.recorded_at FROM posting g WHERE g.corrects = $2 AND g.kind = $3
               AND NOT EXISTS (SELECT 1 FROM transfer_receipt o WHERE o.transfer = $1 AND o.posting = g.id)
             UNION SELECT g.id, g.recorded_at FROM transfer_receipt r JOIN posting g ON g.corrects = r.posting AND g.kind = $3
               WHERE r.transfer = $1 AND r.applied = 1
                 AND NOT EXISTS (SELECT 1 FROM transfer_receipt o WHERE o.transfer = $1 AND o.posting = g.id)
             ORDER BY 2, 1",
        )
        .bind(transfer)
        .bind(super::posting_of(transfer))
        .bind(PostingKind::Correction.code())
        .all()
        .await?;
    Ok(rows.into_iter().map(|row| row.0).collect())
}

/// The transfer whose document a posting is part of: as a receipt or correction, or because it refers to it.
pub async fn of_posting(db: &Db, posting: Uuid) -> Result<Option<Uuid>> {
    let part = db.query("SELECT transfer FROM transfer_receipt WHERE posting = $1").bind(posting).scalar().await?;
    if part.is_some() {
        return Ok(part);
    }
    let refers = db
        .query("SELECT reference_number FROM posting WHERE id = $1 AND reference_kind = 'transfer'")
        .bind(posting)
        .scalar::<String>()
        .await?;
    Ok(refers.and_then(|number| number.parse().ok()))
}
