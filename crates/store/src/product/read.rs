//! Reading products by what names them.

use std::collections::HashMap;

use super::{
    Product,
    row::{ProductRow, products},
};
use crate::{Bulk, Db, Result, Rows, Tx, dialect::Kind};

const GET: &str = "SELECT * FROM product_card WHERE sku = $1";

/// The product of that SKU.
pub async fn get(db: &Db, sku: &str) -> Result<Option<Product>> {
    db.query(GET).bind(sku.to_owned()).one::<ProductRow>().await?.map(Product::try_from).transpose()
}

/// The product of that SKU as the transaction sees it.
pub async fn get_in(tx: &mut Tx, sku: &str) -> Result<Option<Product>> {
    tx.query(GET).bind(sku.to_owned()).one::<ProductRow>().await?.map(Product::try_from).transpose()
}

static BY_IDS: Bulk = Bulk::new(&[("id", Kind::Int)], "SELECT p.* FROM input JOIN product_card p ON p.id = input.id");

/// The products of those numbers, in their order; numbers without a product are left out.
pub async fn by_ids(tx: &mut Tx, ids: &[i64]) -> Result<Vec<Product>> {
    let mut rows = Rows::new(&BY_IDS, tx.backend());
    for id in ids {
        rows.int(*id);
    }
    let mut found = products(rows.all(tx).await?)?;
    let place: HashMap<i64, usize> = ids.iter().enumerate().map(|(place, id)| (*id, place)).collect();
    found.sort_by_key(|product| place.get(&product.id).copied());
    Ok(found)
}

static IDS_OF: Bulk =
    Bulk::new(&[("sku", Kind::Text)], "SELECT p.sku, p.id FROM input JOIN product p ON p.sku = input.sku");

/// The numbers of the products of those SKUs; those not there are left out.
pub async fn ids_of(tx: &mut Tx, skus: &[&str]) -> Result<HashMap<String, i64>> {
    let mut rows = Rows::new(&IDS_OF, tx.backend());
    for sku in skus {
        rows.text(*sku);
    }
    let found: Vec<(String, i64)> = rows.all(tx).await?;
    Ok(found.into_iter().collect())
}

static BY_SKUS: Bulk =
    Bulk::new(&[("sku", Kind::Text)], "SELECT p.* FROM input JOIN product_card p ON p.sku = input.sku");

/// The products of those SKUs, by SKU.
pub(super) async fn by_skus(tx: &mut Tx, skus: impl Iterator<Item = &str>) -> Result<HashMap<String, Product>> {
    let mut rows = Rows::new(&BY_SKUS, tx.backend());
    for sku in skus {
        rows.text(sku);
    }
    let found = products(rows.all(tx).await?)?;
    Ok(found.into_iter().map(|product| (product.sku.clone(), product)).collect())
}
