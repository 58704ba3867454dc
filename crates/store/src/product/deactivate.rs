//! Taking a product out of the catalogue without forgetting it.

use super::{Product, read, row};
use crate::{Result, Tx, catalog, catalog::Change};

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Deactivated {
    /// Done; the product as it is now.
    Done(Box<Product>),
    /// There is no such product.
    Missing,
    /// There is stock of it somewhere.
    HasStock,
}

/// Makes a product inactive unless there is stock of it, above or below zero, in any place. Doing it again changes nothing.
pub async fn deactivate(tx: &mut Tx, sku: &str, change: Change<'_>) -> Result<Deactivated> {
    let changed = catalog::begin_change(tx).await?;
    let Some(mut product) = read::get_in(tx, sku).await? else { return Ok(Deactivated::Missing) };
    if !product.active {
        return Ok(Deactivated::Done(Box::new(product)));
    }
    if has_stock(tx, product.id).await? {
        return Ok(Deactivated::HasStock);
    }
    product.active = false;
    product.version += 1;
    product.updated_at = change.at;
    row::rewrite(tx, &[&product], changed).await?;
    Ok(Deactivated::Done(Box::new(product)))
}

/// Whether, once the change has begun, any internal place, or the road between two sites, holds or owes some of it.
pub(super) async fn has_stock(tx: &mut Tx, product: i64) -> Result<bool> {
    let held: Option<i64> = tx
        .query(
            "SELECT b.product FROM balance b JOIN location l ON l.id = b.location
             WHERE b.product = $1 AND b.quantity <> 0 AND l.kind IN (0, 6) LIMIT 1",
        )
        .bind(product)
        .scalar()
        .await?;
    Ok(held.is_some())
}
