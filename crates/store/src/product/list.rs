//! Pages of products, in the order of their SKUs.

use super::{Product, read, row::products};
use crate::{Db, Result, category};

/// Which products; `None` leaves a filter out.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Path of a category; its descendants belong to it.
    pub category: Option<String>,
    /// Code or name of a supplier.
    pub supplier: Option<String>,
    /// Brand, as it is written.
    pub brand: Option<String>,
    /// Whether they take postings.
    pub active: Option<bool>,
}

/// The products after that SKU (all of them when it is empty), at most `limit`, with barcodes and packs.
pub async fn list(db: &Db, filter: &Filter, after: &str, limit: i64) -> Result<Vec<Product>> {
    let mut tx = db.read().await?;
    let category = filter.category.as_deref().map(category::key_of);
    let supplier = filter.supplier.clone();
    // '0' follows '/', so the range holds every key that begins with the category's and a slash.
    let rows = tx
        .query(
            "SELECT * FROM product_card
             WHERE sku > $1
               AND (active = $2 OR $2 IS NULL)
               AND (brand = $3 OR $3 IS NULL)
               AND (category_key = $4 OR (category_key > $5 AND category_key < $6) OR $4 IS NULL)
               AND (supplier_id = (SELECT s.id FROM supplier s WHERE s.code = $7 OR s.name_key = $8 ORDER BY s.id LIMIT 1)
                 OR $7 IS NULL)
             ORDER BY sku LIMIT $9",
        )
        .bind(after.to_owned())
        .bind(filter.active.map(i64::from))
        .bind(filter.brand.clone())
        .bind(category.clone())
        .bind(category.as_ref().map(|key| format!("{key}/")))
        .bind(category.map(|key| format!("{key}0")))
        .bind(supplier.clone())
        .bind(supplier.as_deref().map(crate::supplier::key_of))
        .bind(limit)
        .all()
        .await?;
    let mut found = products(rows)?;
    read::details(&mut tx, &mut found).await?;
    Ok(found)
}
