//! Changing one product.

use super::{Patch, Product, deactivate::has_stock, patch, price, read, row};
use crate::{Result, Tx, catalog, catalog::Change};

/// What became of a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Updated {
    /// Done; the product as it is now.
    Done(Box<Product>),
    /// There is no such product.
    Missing,
    /// It has another version than the caller has seen: this one.
    Stale(i64),
    /// It has moved, so what it is counted in and whether its lots are told apart cannot change.
    Moved,
    /// It has stock, so it cannot be made inactive.
    HasStock,
}

/// Changes a product, when it still has the version the caller has seen (if it says one).
pub async fn update(
    tx: &mut Tx,
    sku: &str,
    patch: &Patch,
    version: Option<i64>,
    change: Change<'_>,
) -> Result<Updated> {
    let changed = catalog::begin_change(tx).await?;
    let Some(before) = read::get_in(tx, sku).await? else { return Ok(Updated::Missing) };
    if version.is_some_and(|version| version != before.version) {
        return Ok(Updated::Stale(before.version));
    }
    let names = patch::resolve(tx, &[patch], change).await?;
    let mut after = before.clone();
    patch.apply(&mut after, &names);
    if after == before {
        return Ok(Updated::Done(Box::new(before)));
    }
    if counted_otherwise(&before, &after) && has_moved(tx, before.id).await? {
        return Ok(Updated::Moved);
    }
    if before.active && !after.active && has_stock(tx, before.id).await? {
        return Ok(Updated::HasStock);
    }
    after.version += 1;
    after.updated_at = change.at;
    row::rewrite(tx, &[&after], changed).await?;
    if after.price != before.price {
        price::record(tx, &[(after.id, after.price)], change).await?;
    }
    Ok(Updated::Done(Box::new(after)))
}

/// Whether a change would make what the ledger says of a product mean something else.
pub(super) fn counted_otherwise(before: &Product, after: &Product) -> bool {
    (before.unit, before.tracks_lots, before.tracks_expiry) != (after.unit, after.tracks_lots, after.tracks_expiry)
}

async fn has_moved(tx: &mut Tx, product: i64) -> Result<bool> {
    let moved: Option<i64> =
        tx.query("SELECT product FROM movement WHERE product = $1 LIMIT 1").bind(product).scalar().await?;
    Ok(moved.is_some())
}
