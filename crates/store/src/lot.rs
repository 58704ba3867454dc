//! Lots of products, which come into being with the goods that carry them.
//!
//! Invariant: only the ledger makes them.

use domain::ledger::LotDraft;

use crate::{Result, Tx};

/// The number of the lot of that code (and expiry, when one is named) of a product; the oldest when there are several.
pub async fn find(tx: &mut Tx, product: i64, name: &LotDraft) -> Result<Option<i64>> {
    tx.query(
        "SELECT id FROM lot WHERE product = $1 AND code = $2 AND (expires_on = $3 OR $3 IS NULL) ORDER BY id LIMIT 1",
    )
    .bind(product)
    .bind(name.code.clone())
    .bind(name.expires_on.map(|day| i64::from(day.number())))
    .scalar()
    .await
}
