//! Postings that stand already and matter to a batch.
//!
//! Invariant: an earlier posting comes whole, with all its movements.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use domain::ledger::{Books, books::Earlier};
use uuid::Uuid;

use crate::{
    Bulk, Result, Rows, Tx,
    dialect::Kind::{Int, Uuid as Id},
    ledger::rows::{MovementRow, PostingRow, movement_columns, posting_columns},
};

static EARLIER: Bulk =
    Bulk::new(&[("id", Id)], concat!("SELECT ", posting_columns!(), " FROM input i JOIN posting g ON g.id = i.id"));

static EARLIER_MOVEMENTS: Bulk = Bulk::new(
    &[("site", Int), ("seq", Int)],
    concat!(
        "SELECT m.site AS at_site, ",
        movement_columns!(),
        ", p.sku FROM input i JOIN movement m ON m.site = i.site AND m.seq = i.seq JOIN product p ON p.id = m.product
         ORDER BY m.site, m.seq, m.line"
    ),
);

static CORRECTED: Bulk =
    Bulk::new(&[("id", Id)], "SELECT g.corrects FROM input i JOIN posting g ON g.corrects = i.id WHERE g.kind = 15");

#[derive(sqlx::FromRow)]
struct EarlierMovement {
    at_site: i64,
    sku: String,
    #[sqlx(flatten)]
    row: MovementRow,
}

/// Loads the postings with those ids that there are, and whether each was corrected.
pub(super) async fn load(tx: &mut Tx, ids: &HashSet<Uuid>, books: &mut Books) -> Result<()> {
    let mut input = Rows::new(&EARLIER, tx.backend());
    for id in ids {
        input.uuid(*id);
    }
    let mut entries = HashMap::new();
    for row in input.all::<PostingRow>(tx).await? {
        entries.insert((row.site, row.seq), row.entry()?);
    }
    if entries.is_empty() {
        return Ok(());
    }
    let mut input = Rows::new(&EARLIER_MOVEMENTS, tx.backend());
    for (site, seq) in entries.keys() {
        input.int(*site).int(*seq);
    }
    for found in input.all::<EarlierMovement>(tx).await? {
        let sku = HashMap::from([(found.row.product, Arc::from(found.sku.as_str()))]);
        if let Some(entry) = entries.get_mut(&(found.at_site, found.row.seq)) {
            entry.movements.push(found.row.movement(&sku)?);
        }
    }
    let corrected = corrected(tx, ids).await?;
    for entry in entries.into_values() {
        let corrected = corrected.contains(&entry.id);
        books.earlier.insert(entry.id, Earlier { entry: Arc::new(entry), corrected });
    }
    Ok(())
}

async fn corrected(tx: &mut Tx, ids: &HashSet<Uuid>) -> Result<HashSet<Uuid>> {
    let mut input = Rows::new(&CORRECTED, tx.backend());
    for id in ids {
        input.uuid(*id);
    }
    Ok(input.all::<(Uuid,)>(tx).await?.into_iter().map(|row| row.0).collect())
}
