//! Reading products by what names them.

use std::collections::HashMap;

use domain::{Quantity, pack::PackFactor};

use super::{Barcode, Pack, Product, row::ProductRow, row::products};
use crate::{Bulk, Db, Error, Result, Rows, Tx, dialect::Kind};

const GET: &str = "SELECT * FROM product_card WHERE sku = $1";

/// The product of that SKU with its barcodes and packs.
pub async fn get(db: &Db, sku: &str) -> Result<Option<Product>> {
    let row: Option<ProductRow> = db.query(GET).bind(sku.to_owned()).one().await?;
    let Some(row) = row else { return Ok(None) };
    let mut product = Product::try_from(row)?;
    let barcodes: Vec<(String, i64)> = db
        .query("SELECT code, pack_quantity FROM barcode WHERE product = $1 ORDER BY code")
        .bind(product.id)
        .all()
        .await?;
    product.barcodes = barcodes.into_iter().map(barcode).collect();
    let packs: Vec<(String, i64, i64)> = db
        .query("SELECT name, numerator, denominator FROM pack WHERE product = $1 ORDER BY name")
        .bind(product.id)
        .all()
        .await?;
    product.packs = packs.into_iter().map(pack).collect::<Result<_>>()?;
    Ok(Some(product))
}

/// The product of that SKU as the transaction sees it, with its barcodes and packs.
pub async fn get_in(tx: &mut Tx, sku: &str) -> Result<Option<Product>> {
    let row: Option<ProductRow> = tx.query(GET).bind(sku.to_owned()).one().await?;
    let Some(row) = row else { return Ok(None) };
    let mut found = [Product::try_from(row)?];
    details(tx, &mut found).await?;
    let [product] = found;
    Ok(Some(product))
}

static BY_IDS: Bulk = Bulk::new(&[("id", Kind::Int)], "SELECT p.* FROM input JOIN product_card p ON p.id = input.id");

/// The products of those numbers, in their order, with barcodes and packs; numbers without a product are left out.
pub async fn by_ids(tx: &mut Tx, ids: &[i64]) -> Result<Vec<Product>> {
    let mut rows = Rows::new(&BY_IDS, tx.backend());
    for id in ids {
        rows.int(*id);
    }
    let mut found = products(rows.all(tx).await?)?;
    let place: HashMap<i64, usize> = ids.iter().enumerate().map(|(place, id)| (*id, place)).collect();
    found.sort_by_key(|product| place.get(&product.id).copied());
    details(tx, &mut found).await?;
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

/// The products of those SKUs, by SKU, without barcodes and packs.
pub(super) async fn by_skus(tx: &mut Tx, skus: impl Iterator<Item = &str>) -> Result<HashMap<String, Product>> {
    let mut rows = Rows::new(&BY_SKUS, tx.backend());
    for sku in skus {
        rows.text(sku);
    }
    let found = products(rows.all(tx).await?)?;
    Ok(found.into_iter().map(|product| (product.sku.clone(), product)).collect())
}

static BARCODES: Bulk = Bulk::new(
    &[("product", Kind::Int)],
    "SELECT b.product, b.code, b.pack_quantity FROM input JOIN barcode b ON b.product = input.product
     ORDER BY b.product, b.code",
);

static PACKS: Bulk = Bulk::new(
    &[("product", Kind::Int)],
    "SELECT k.product, k.name, k.numerator, k.denominator FROM input JOIN pack k ON k.product = input.product
     ORDER BY k.product, k.name",
);

/// Fills in the barcodes and packs of products.
pub async fn details(tx: &mut Tx, products: &mut [Product]) -> Result<()> {
    let (mut barcodes, mut packs) = (Rows::new(&BARCODES, tx.backend()), Rows::new(&PACKS, tx.backend()));
    for product in products.iter() {
        barcodes.int(product.id);
        packs.int(product.id);
    }
    let barcodes: Vec<(i64, String, i64)> = barcodes.all(tx).await?;
    let packs: Vec<(i64, String, i64, i64)> = packs.all(tx).await?;
    let mut place: HashMap<i64, &mut Product> = products.iter_mut().map(|product| (product.id, product)).collect();
    for (id, code, quantity) in barcodes {
        place.entry(id).and_modify(|product| product.barcodes.push(barcode((code, quantity))));
    }
    for (id, name, numerator, denominator) in packs {
        let pack = pack((name, numerator, denominator))?;
        place.entry(id).and_modify(|product| product.packs.push(pack));
    }
    Ok(())
}

fn barcode((code, pack_quantity): (String, i64)) -> Barcode {
    Barcode { code, pack_quantity: Quantity::from_milli(pack_quantity) }
}

fn pack((name, numerator, denominator): (String, i64, i64)) -> Result<Pack> {
    let part = |value: i64| u64::try_from(value).ok();
    let factor = part(numerator).zip(part(denominator)).and_then(|(n, d)| PackFactor::new(n, d).ok());
    let broken = || Error::Broken { table: "pack", detail: format!("{name}: {numerator}/{denominator}") };
    Ok(Pack { factor: factor.ok_or_else(broken)?, name })
}
