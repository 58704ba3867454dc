//! Prices and their history.
//!
//! Invariant: a product's price is the newest of its history; a price that stays the same adds nothing to it.

use std::collections::BTreeMap;

use domain::{Money, Timestamp};
use sqlx::FromRow;

use super::row;
use crate::{Bulk, Db, Result, Rows, Tx, catalog, catalog::Change, dialect::Kind};

/// A price to set from an instant on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PriceChange {
    /// Number of the product.
    pub product: i64,
    /// The price.
    pub price: Money,
    /// Since when; not later than now.
    pub valid_from: Timestamp,
}

/// A price a product has or had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PriceEntry {
    /// Since when.
    pub valid_from: Timestamp,
    /// The price.
    pub price: Money,
    /// Who set it.
    pub actor: String,
}

// `WHERE true` keeps SQLite from reading ON CONFLICT as part of a join.
static RECORD: Bulk = Bulk::new(
    &[("product", Kind::Int), ("valid_from", Kind::Int), ("price", Kind::Int), ("actor", Kind::Text)],
    "INSERT INTO price (product, valid_from, price, actor) SELECT product, valid_from, price, actor FROM input WHERE true
     ON CONFLICT (product, valid_from) DO UPDATE SET price = excluded.price, actor = excluded.actor",
);

/// Notes in the history that products have these prices now.
pub(super) async fn record(tx: &mut Tx, prices: &[(i64, Option<Money>)], change: Change<'_>) -> Result<()> {
    let mut rows = Rows::new(&RECORD, tx.backend());
    for (product, price) in prices {
        let Some(price) = price else { continue };
        rows.int(*product).int(change.at.micros()).int(price.minor()).text(change.actor);
    }
    rows.run(tx).await?;
    Ok(())
}

// What the history said just before; a price equal to it would be no change.
static IN_FORCE: Bulk = Bulk::new(
    &[("product", Kind::Int), ("valid_from", Kind::Int)],
    "SELECT input.product, input.valid_from,
       (SELECT p.price FROM price p WHERE p.product = input.product AND p.valid_from <= input.valid_from
        ORDER BY p.valid_from DESC LIMIT 1) AS price
     FROM input",
);

// The newest of the history becomes the product's price.
static SETTLE: Bulk = Bulk::new(
    &[("product", Kind::Int)],
    "UPDATE product SET price = (SELECT h.price FROM price h WHERE h.product = product.id
       ORDER BY h.valid_from DESC LIMIT 1)
     FROM input WHERE product.id = input.product",
);

/// Sets prices and keeps their history, in a handful of statements. Gives how many products it changed something for.
pub async fn set_prices(tx: &mut Tx, prices: &[PriceChange], change: Change<'_>) -> Result<usize> {
    let changed = catalog::begin_change(tx).await?;
    let wanted: BTreeMap<(i64, i64), Money> =
        prices.iter().map(|price| ((price.product, price.valid_from.micros()), price.price)).collect();
    let mut rows = Rows::new(&IN_FORCE, tx.backend());
    for (product, valid_from) in wanted.keys() {
        rows.int(*product).int(*valid_from);
    }
    let in_force: Vec<(i64, i64, Option<i64>)> = rows.all(tx).await?;
    let (mut record, mut settle) = (Rows::new(&RECORD, tx.backend()), Rows::new(&SETTLE, tx.backend()));
    let mut touched = Vec::new();
    for (product, valid_from, had) in in_force {
        let Some(price) = wanted.get(&(product, valid_from)).filter(|price| Some(price.minor()) != had) else {
            continue;
        };
        record.int(product).int(valid_from).int(price.minor()).text(change.actor);
        if touched.last() != Some(&product) {
            settle.int(product);
            touched.push(product);
        }
    }
    record.run(tx).await?;
    settle.run(tx).await?;
    row::touch(tx, &touched, changed, change.at).await?;
    Ok(touched.len())
}

#[derive(Debug, FromRow)]
struct PriceRow {
    valid_from: i64,
    price: i64,
    actor: String,
}

impl PriceRow {
    fn entry(self) -> PriceEntry {
        PriceEntry {
            valid_from: Timestamp::from_micros(self.valid_from),
            price: Money::from_minor(self.price),
            actor: self.actor,
        }
    }
}

/// The prices of a product set before that instant, newest first, at most `limit`.
pub async fn price_history(db: &Db, product: i64, before: Option<Timestamp>, limit: i64) -> Result<Vec<PriceEntry>> {
    let rows: Vec<PriceRow> = db
        .query(
            "SELECT valid_from, price, actor FROM price WHERE product = $1 AND valid_from < $2
             ORDER BY valid_from DESC LIMIT $3",
        )
        .bind(product)
        .bind(before.map_or(i64::MAX, Timestamp::micros))
        .bind(limit)
        .all()
        .await?;
    Ok(rows.into_iter().map(PriceRow::entry).collect())
}

/// A price of a product that is named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PastPrice {
    /// Code of the product.
    pub sku: String,
    /// Its name.
    pub name: String,
    /// The price.
    pub entry: PriceEntry,
}

#[derive(Debug, FromRow)]
struct PastRow {
    sku: String,
    name: String,
    #[sqlx(flatten)]
    price: PriceRow,
}

/// The prices of all products, or of that one, in the order of their codes and from the first on: at most `limit` after that code and
/// instant (microseconds).
pub async fn past_prices(db: &Db, product: Option<i64>, after: (&str, i64), limit: i64) -> Result<Vec<PastPrice>> {
    // `CROSS JOIN` makes SQLite follow the order of the page.
    let rows: Vec<PastRow> = db
        .query(
            "SELECT p.sku, p.name, h.valid_from, h.price, h.actor FROM product p CROSS JOIN price h
             WHERE h.product = p.id AND p.sku >= $1 AND (p.sku > $1 OR h.valid_from > $2) AND (p.id = $3 OR $3 IS NULL)
             ORDER BY p.sku, h.valid_from LIMIT $4",
        )
        .bind(after.0.to_owned())
        .bind(after.1)
        .bind(product)
        .bind(limit)
        .planned_anew()
        .all()
        .await?;
    let past = |row: PastRow| PastPrice { sku: row.sku, name: row.name, entry: row.price.entry() };
    Ok(rows.into_iter().map(past).collect())
}
