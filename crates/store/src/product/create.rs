//! Adding one product.

use super::{Barcode, Incoming, Product, barcode, pack, patch, price, read, row};
use crate::{Error, Result, Tx, catalog, catalog::Change, sequence};

/// Adds a product with its barcodes, packs and first price. A SKU already taken is
/// [`Rule::ProductSku`](crate::Rule::ProductSku), a barcode of another product
/// [`Rule::BarcodeCode`](crate::Rule::BarcodeCode); the transaction is to be rolled back after either.
pub async fn create(tx: &mut Tx, new: &Incoming, change: Change<'_>) -> Result<Product> {
    let changed = catalog::begin_change(tx).await?;
    let names = patch::resolve(tx, &[&new.patch], change).await?;
    let mut product = new.blank(change.at);
    new.patch.apply(&mut product, &names);
    product.id = sequence::take(tx, "product", 1).await?;
    product.version = 1;
    row::insert(tx, &[&product], changed).await?;
    let codes: Vec<(i64, &Barcode)> = new.barcodes.iter().map(|code| (product.id, code)).collect();
    barcode::insert(tx, &codes).await?;
    let packs: Vec<_> = new.packs.iter().map(|pack| (product.id, pack)).collect();
    pack::write(tx, &packs).await?;
    price::record(tx, &[(product.id, product.price)], change).await?;
    read::get_in(tx, &product.sku).await?.ok_or_else(|| Error::Broken { table: "product", detail: product.sku.clone() })
}
