//! Pages of products, in the order of their SKUs.

use super::{
    Product,
    row::{ProductRow, products},
};
use crate::{Db, Result, category, supplier};

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

/// A page of the products for which `$rule` holds, and the other filters. Each filter that an index serves has its own
/// statement: one that could mean any of them would read all products for each.
macro_rules! page_of {
    ($rule:literal) => {
        concat!(
            "SELECT * FROM product_card WHERE sku > $1 AND (active = $2 OR $2 IS NULL) AND (brand = $3 OR $3 IS NULL)
               AND (supplier_id = (SELECT s.id FROM supplier s WHERE s.code = $4 OR s.name_key = $5 ORDER BY s.id LIMIT 1)
                 OR $4 IS NULL)
               AND (category_id IN (SELECT c.id FROM category c WHERE c.path_key = $6 OR (c.path_key > $7 AND c.path_key < $8))
                 OR $6 IS NULL)",
            $rule,
            " ORDER BY sku LIMIT $9"
        )
    };
}

const ALL: &str = page_of!("");
const OF_CATEGORY: &str = page_of!(
    " AND category_id IN (SELECT c.id FROM category c WHERE c.path_key = $6 OR (c.path_key > $7 AND c.path_key < $8))"
);
const OF_SUPPLIER: &str = page_of!(
    " AND supplier_id = (SELECT s.id FROM supplier s WHERE s.code = $4 OR s.name_key = $5 ORDER BY s.id LIMIT 1)"
);
const OF_BRAND: &str = page_of!(" AND brand = $3");

/// The products after that SKU (all of them when it is empty), at most `limit`.
pub async fn list(db: &Db, filter: &Filter, after: &str, limit: i64) -> Result<Vec<Product>> {
    let statement = match filter {
        Filter { category: Some(_), .. } => OF_CATEGORY,
        Filter { supplier: Some(_), .. } => OF_SUPPLIER,
        Filter { brand: Some(_), .. } => OF_BRAND,
        _ => ALL,
    };
    let category = filter.category.as_deref().map(category::key_of);
    let rows: Vec<ProductRow> = db
        .query(statement)
        .planned_anew()
        .bind(after.to_owned())
        .bind(filter.active.map(i64::from))
        .bind(filter.brand.clone())
        .bind(filter.supplier.clone())
        .bind(filter.supplier.as_deref().map(supplier::key_of))
        .bind(category.clone())
        // '0' follows '/', so the range holds every key that begins with the category's and a slash.
        .bind(category.as_ref().map(|key| format!("{key}/")))
        .bind(category.map(|key| format!("{key}0")))
        .bind(limit)
        .all()
        .await?;
    products(rows)
}
