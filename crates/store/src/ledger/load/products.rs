//! The products of a batch.
//!
//! Invariant: a product is read once for each revision of the catalogue, not once a batch.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use domain::{
    Unit,
    ledger::{Books, Draft, books::ProductCard},
};

use crate::{Bulk, Error, Result, Rows, Tx, dialect::Kind::Text, ledger::known::Known};

static PRODUCTS: Bulk = Bulk::new(
    &[("sku", Text)],
    "SELECT p.id, p.sku, p.unit, p.tracks_lots, p.tracks_expiry, p.active FROM input i JOIN product p ON p.sku = i.sku",
);

#[derive(sqlx::FromRow)]
pub(in crate::ledger) struct ProductRow {
    id: i64,
    sku: String,
    unit: String,
    tracks_lots: i64,
    tracks_expiry: i64,
    active: i64,
}

/// Products that lines name, and those of postings to reverse.
pub(super) async fn load(tx: &mut Tx, known: &mut Known, drafts: &[&Draft], books: &mut Books) -> Result<()> {
    let named = drafts.iter().flat_map(|draft| &draft.lines).map(|line| line.sku.as_str());
    let reversed = books.earlier.values().flat_map(|entry| &entry.movements).map(|movement| &*movement.sku);
    let skus: BTreeSet<&str> = named.chain(reversed).collect();
    let (mut found, mut unknown) = (BTreeMap::new(), Rows::new(&PRODUCTS, tx.backend()));
    for sku in skus {
        match known.product(sku) {
            Some(card) => drop(found.insert(sku.to_owned(), Arc::clone(card))),
            None => drop(unknown.text(sku)),
        }
    }
    for row in unknown.all::<ProductRow>(tx).await? {
        let card = Arc::new(card(&row)?);
        known.learn_product(Arc::clone(&card));
        found.insert(row.sku, card);
    }
    books.products.extend(found);
    Ok(())
}

pub(in crate::ledger) fn card(row: &ProductRow) -> Result<ProductCard> {
    let broken = || Error::Broken { table: "product", detail: format!("unit {} of {}", row.unit, row.sku) };
    Ok(ProductCard {
        id: row.id,
        sku: row.sku.as_str().into(),
        unit: Unit::from_name(&row.unit).ok_or_else(broken)?,
        tracks_lots: row.tracks_lots == 1,
        tracks_expiry: row.tracks_expiry == 1,
        active: row.active == 1,
    })
}
