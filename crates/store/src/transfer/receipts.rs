//! Receipts of transfers, written down before their goods enter.

use domain::Timestamp;
use uuid::Uuid;

use crate::{Db, Result, Tx};

/// Writes a receipt down; `false` when one of that posting is written down already.
pub async fn begin_receipt(tx: &mut Tx, transfer: Uuid, posting: Uuid, at: Timestamp) -> Result<bool> {
    let written = tx
        .query(
            "INSERT INTO transfer_receipt (transfer, posting, applied, begun_at) VALUES ($1, $2, 0, $3)
             ON CONFLICT (transfer, posting) DO NOTHING",
        )
        .bind(transfer)
        .bind(posting)
        .bind(at.micros())
        .run()
        .await?;
    Ok(written > 0)
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
