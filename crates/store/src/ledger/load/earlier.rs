//! Postings that stand already and matter to a batch.
//!
//! Invariant: an earlier posting comes whole, with all its movements.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use domain::ledger::Books;
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

static LINKED: Bulk = Bulk::new(
    &[("id", Id)],
    "SELECT g.id FROM input i JOIN posting g ON g.corrects = i.id WHERE g.corrects IS NOT NULL",
);

static SITES: Bulk = Bulk::new(
    &[("id", Id)],
    "SELECT DISTINCT s.code FROM input i JOIN posting g ON g.id = i.id JOIN site s ON s.id = g.site",
);

#[derive(sqlx::FromRow)]
struct EarlierMovement {
    at_site: i64,
    sku: String,
    #[sqlx(flatten)]
    row: MovementRow,
}

/// The sites of postings that drafts link to: their chains are locked too, so that nobody else takes from the same ones meanwhile.
pub(super) async fn sites(tx: &mut Tx, ids: &HashSet<Uuid>) -> Result<Vec<String>> {
    let found: Vec<(String,)> = of(&SITES, tx, ids).all(tx).await?;
    Ok(found.into_iter().map(|row| row.0).collect())
}

/// Loads the postings with those ids that there are, everything that links to them, and what links to that.
pub(super) async fn with_links(tx: &mut Tx, ids: &HashSet<Uuid>, books: &mut Books) -> Result<()> {
    let mut wanted = ids.clone();
    while !wanted.is_empty() {
        load(tx, &wanted, books).await?;
        let linked: Vec<(Uuid,)> = of(&LINKED, tx, &wanted).all(tx).await?;
        wanted = linked.into_iter().map(|row| row.0).filter(|id| !books.earlier.contains_key(id)).collect();
    }
    Ok(())
}

/// Loads the postings with those ids that there are.
pub(super) async fn load(tx: &mut Tx, ids: &HashSet<Uuid>, books: &mut Books) -> Result<()> {
    let mut entries = HashMap::new();
    for row in of(&EARLIER, tx, ids).all::<PostingRow>(tx).await? {
        entries.insert((row.site, row.seq), row.entry()?);
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
    books.earlier.extend(entries.into_values().map(|entry| (entry.id, Arc::new(entry))));
    Ok(())
}

fn of(statement: &'static Bulk, tx: &Tx, ids: &HashSet<Uuid>) -> Rows<'static> {
    let mut input = Rows::new(statement, tx.backend());
    for id in ids {
        input.uuid(*id);
    }
    input
}
