//! From what a scanner reads to a product.
//!
//! Invariant: a barcode is looked for before a SKU, since what is scanned is printed on goods.

use domain::Quantity;
use sqlx::FromRow;

use crate::{Db, Result, product::normal_barcode};

/// What a code names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Number of the product.
    pub product: i64,
    /// Its SKU.
    pub sku: String,
    /// The barcode, when the code is one; `None` when it is the SKU.
    pub barcode: Option<String>,
    /// Units it stands for.
    pub pack_quantity: Quantity,
}

#[derive(Debug, FromRow)]
struct FoundRow {
    product: i64,
    sku: String,
    barcode: Option<String>,
    pack_quantity: i64,
}

/// The product that has that code as a barcode (zeros in front of a trade item number do not count), else as its SKU.
pub async fn by_code(db: &Db, code: &str) -> Result<Option<Found>> {
    let row: Option<FoundRow> = db
        .query(
            "SELECT p.id AS product, p.sku, b.code AS barcode, b.pack_quantity, CAST(0 AS BIGINT) AS place
             FROM barcode b JOIN product p ON p.id = b.product WHERE b.code = $1
             UNION ALL
             SELECT p.id, p.sku, NULL, 1000, 1 FROM product p WHERE p.sku = $2
             ORDER BY place LIMIT 1",
        )
        .bind(normal_barcode(code))
        .bind(code.trim().to_owned())
        .one()
        .await?;
    Ok(row.map(|row| Found {
        product: row.product,
        sku: row.sku,
        barcode: row.barcode,
        pack_quantity: Quantity::from_milli(row.pack_quantity),
    }))
}
