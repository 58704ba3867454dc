//! A product as the tables hold it, and the two statements that write it.

use std::collections::HashMap;

use domain::{Money, Quantity, Timestamp, Unit, pack::PackFactor};
use sqlx::FromRow;

use super::{Barcode, Pack, Product};
use crate::{Bulk, Error, Result, Rows, Tx, dialect::Kind};

#[derive(Debug, FromRow)]
pub(super) struct ProductRow {
    id: i64,
    sku: String,
    name: String,
    category_id: Option<i64>,
    category: Option<String>,
    brand: String,
    supplier_id: Option<i64>,
    supplier: Option<String>,
    unit: String,
    minimum: Option<i64>,
    maximum: Option<i64>,
    vat_rate: Option<String>,
    price: Option<i64>,
    tracks_lots: i64,
    tracks_expiry: i64,
    active: i64,
    version: i64,
    created_at: i64,
    updated_at: i64,
    barcodes: Option<String>,
    packs: Option<String>,
}

impl TryFrom<ProductRow> for Product {
    type Error = Error;
    fn try_from(row: ProductRow) -> Result<Product> {
        let broken = |what: String| Error::Broken { table: "product", detail: format!("{}: {what}", row.sku) };
        let unit = Unit::from_name(&row.unit).ok_or_else(|| broken(format!("unit {}", row.unit)))?;
        let barcodes = lines(row.barcodes.as_deref(), barcode).map_err(broken)?;
        let packs = lines(row.packs.as_deref(), pack).map_err(broken)?;
        Ok(Product {
            id: row.id,
            sku: row.sku,
            name: row.name,
            category_id: row.category_id,
            category: row.category,
            brand: row.brand,
            supplier_id: row.supplier_id,
            supplier: row.supplier,
            unit,
            minimum: row.minimum.map(Quantity::from_milli),
            maximum: row.maximum.map(Quantity::from_milli),
            vat_rate: row.vat_rate,
            price: row.price.map(Money::from_minor),
            tracks_lots: row.tracks_lots != 0,
            tracks_expiry: row.tracks_expiry != 0,
            active: row.active != 0,
            version: row.version,
            created_at: Timestamp::from_micros(row.created_at),
            updated_at: Timestamp::from_micros(row.updated_at),
            barcodes,
            packs,
        })
    }
}

/// Reads each line of a column of the view `product_card`; the line that cannot be read is the error.
fn lines<T>(column: Option<&str>, read: fn(&str) -> Option<T>) -> std::result::Result<Vec<T>, String> {
    column.unwrap_or_default().lines().map(|line| read(line).ok_or_else(|| line.to_owned())).collect()
}

fn barcode(line: &str) -> Option<Barcode> {
    let (code, quantity) = line.rsplit_once('\t')?;
    Some(Barcode { code: code.to_owned(), pack_quantity: Quantity::from_milli(quantity.parse().ok()?) })
}

fn pack(line: &str) -> Option<Pack> {
    let (line, denominator) = line.rsplit_once('\t')?;
    let (name, numerator) = line.rsplit_once('\t')?;
    let factor = PackFactor::new(numerator.parse().ok()?, denominator.parse().ok()?).ok()?;
    Some(Pack { name: name.to_owned(), factor })
}

pub(super) fn products(rows: Vec<ProductRow>) -> Result<Vec<Product>> {
    rows.into_iter().map(Product::try_from).collect()
}

static INSERT: Bulk = Bulk::new(
    &[
        ("id", Kind::Int),
        ("sku", Kind::Text),
        ("name", Kind::Text),
        ("search_key", Kind::Text),
        ("category", Kind::Int),
        ("brand", Kind::Text),
        ("supplier", Kind::Int),
        ("unit", Kind::Text),
        ("minimum", Kind::Int),
        ("maximum", Kind::Int),
        ("vat_rate", Kind::Text),
        ("price", Kind::Int),
        ("tracks_lots", Kind::Int),
        ("tracks_expiry", Kind::Int),
        ("active", Kind::Int),
        ("version", Kind::Int),
        ("changed", Kind::Int),
        ("created_at", Kind::Int),
        ("updated_at", Kind::Int),
    ],
    "INSERT INTO product (id, sku, name, search_key, category, brand, supplier, unit, minimum, maximum, vat_rate, price,
       tracks_lots, tracks_expiry, active, version, changed, created_at, updated_at)
     SELECT id, sku, name, search_key, category, brand, supplier, unit, minimum, maximum, vat_rate, price,
       tracks_lots, tracks_expiry, active, version, changed, created_at, updated_at FROM input",
);

static REWRITE: Bulk = Bulk::new(
    &[
        ("id", Kind::Int),
        ("sku", Kind::Text),
        ("name", Kind::Text),
        ("search_key", Kind::Text),
        ("category", Kind::Int),
        ("brand", Kind::Text),
        ("supplier", Kind::Int),
        ("unit", Kind::Text),
        ("minimum", Kind::Int),
        ("maximum", Kind::Int),
        ("vat_rate", Kind::Text),
        ("price", Kind::Int),
        ("tracks_lots", Kind::Int),
        ("tracks_expiry", Kind::Int),
        ("active", Kind::Int),
        ("version", Kind::Int),
        ("changed", Kind::Int),
        ("created_at", Kind::Int),
        ("updated_at", Kind::Int),
    ],
    "UPDATE product SET name = input.name, search_key = input.search_key, category = input.category, brand = input.brand,
       supplier = input.supplier, unit = input.unit, minimum = input.minimum, maximum = input.maximum,
       vat_rate = input.vat_rate, price = input.price, tracks_lots = input.tracks_lots,
       tracks_expiry = input.tracks_expiry, active = input.active, version = input.version, changed = input.changed,
       updated_at = input.updated_at
     FROM input WHERE product.id = input.id",
);

/// Adds products. A SKU already taken is [`Rule::ProductSku`](crate::Rule::ProductSku).
pub(super) async fn insert(tx: &mut Tx, products: &[&Product], changed: i64) -> Result<()> {
    write(tx, &INSERT, products, changed).await
}

/// Writes products over themselves.
pub(super) async fn rewrite(tx: &mut Tx, products: &[&Product], changed: i64) -> Result<()> {
    write(tx, &REWRITE, products, changed).await
}

async fn write(tx: &mut Tx, statement: &'static Bulk, products: &[&Product], changed: i64) -> Result<()> {
    let mut rows = Rows::new(statement, tx.backend());
    for p in products {
        let search_key = p.search_key();
        rows.int(p.id).text(p.sku.as_str()).text(p.name.as_str()).text(search_key.as_str()).int(p.category_id);
        rows.text(p.brand.as_str()).int(p.supplier_id).text(p.unit.name());
        rows.int(p.minimum.map(Quantity::milli)).int(p.maximum.map(Quantity::milli));
        rows.text(p.vat_rate.as_deref()).int(p.price.map(Money::minor));
        rows.int(i64::from(p.tracks_lots)).int(i64::from(p.tracks_expiry)).int(i64::from(p.active));
        rows.int(p.version).int(changed).int(p.created_at.micros()).int(p.updated_at.micros());
    }
    rows.run(tx).await?;
    Ok(())
}

static TOUCH: Bulk = Bulk::new(
    &[("id", Kind::Int), ("changed", Kind::Int), ("updated_at", Kind::Int)],
    "UPDATE product SET version = version + 1, changed = input.changed, updated_at = input.updated_at
     FROM input WHERE product.id = input.id",
);

/// Marks products as changed because something that belongs to them was.
pub(super) async fn touch(tx: &mut Tx, ids: &[i64], changed: i64, at: Timestamp) -> Result<()> {
    let mut rows = Rows::new(&TOUCH, tx.backend());
    let once: HashMap<i64, ()> = ids.iter().map(|id| (*id, ())).collect();
    for id in once.into_keys() {
        rows.int(id).int(changed).int(at.micros());
    }
    rows.run(tx).await?;
    Ok(())
}
