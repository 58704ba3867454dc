//! The stock as it is now, by product, place and lot.
//!
//! Invariant: a product that a site has, had or should have is in the list even when none is left, so that what is missing
//! can be seen.

use domain::{Day, Quantity};
use serde::Deserialize;

use super::item::{After, Place, StockItem, share, unit_of};
use crate::{Db, Gather, Query, Result, category, ledger::read::lot_name, site::Sites};

/// Which lines; `None` leaves a filter out.
#[derive(Debug, Clone, Default)]
pub struct StockFilter {
    /// Which sites.
    pub sites: Sites,
    /// Code of a location.
    pub location: Option<String>,
    /// Path of a category; its descendants belong to it.
    pub category: Option<String>,
    /// Code or name of a supplier.
    pub supplier: Option<String>,
    /// Words of the name, brand or code, in their order.
    pub words: Option<String>,
    /// Only what a site has no more of than the minimum.
    pub below_minimum: bool,
    /// Only lots that expire on this day or before.
    pub expiring_by: Option<Day>,
}

#[derive(Deserialize)]
struct Row {
    sku: String,
    name: String,
    unit: String,
    minimum: Option<i64>,
    site: i64,
    site_code: String,
    location: i64,
    location_code: Option<String>,
    lot: i64,
    lot_code: Option<String>,
    expires_on: Option<i64>,
    quantity: i64,
    on_hand: i64,
    value: i64,
}

impl Row {
    fn item(self) -> Result<StockItem> {
        Ok(StockItem {
            key: After { sku: self.sku, site: self.site, location: self.location, lot: self.lot },
            name: self.name,
            unit: unit_of(&self.unit)?,
            place: Place { site: self.site_code, location: self.location_code },
            lot: lot_name(self.lot_code, self.expires_on)?,
            quantity: Quantity::from_milli(self.quantity),
            on_hand: Quantity::from_milli(self.on_hand),
            minimum: self.minimum.map(Quantity::from_milli),
            value: share(self.quantity, self.on_hand, self.value),
        })
    }
}

// What both statements ask of the product and the site. `CROSS JOIN` makes SQLite follow the order of the page. '0' follows '/', so the range holds every key that begins with the
// category's and a slash.
macro_rules! filters {
    () => {
        " AND ($5 LIKE '%,' || s.id || ',%' OR $5 IS NULL)
          AND (p.category IN (SELECT c.id FROM category c WHERE c.path_key = $6 OR (c.path_key > $7 AND c.path_key < $8)) OR $6 IS NULL)
          AND (p.supplier = (SELECT u.id FROM supplier u WHERE u.code = $9 OR u.name_key = $10 ORDER BY u.id LIMIT 1) OR $9 IS NULL)
          AND (p.search_key LIKE $11 OR $11 IS NULL)
          AND (COALESCE(v.quantity, 0) <= p.minimum OR $12 = 0)"
    };
}

/// Columns of [`Row`], in their order.
const COLUMNS: &[&str] = &[
    "sku",
    "name",
    "unit",
    "minimum",
    "site",
    "site_code",
    "location",
    "location_code",
    "lot",
    "lot_code",
    "expires_on",
    "quantity",
    "on_hand",
    "value",
];

static HELD: Gather = Gather::new(COLUMNS, concat!(
    "SELECT p.sku, p.name, p.unit, p.minimum, s.id AS site, s.code AS site_code, b.location, l.code AS location_code,
       b.lot, o.code AS lot_code, o.expires_on, b.quantity, COALESCE(v.quantity, 0) AS on_hand, COALESCE(v.value, 0) AS value
     FROM product p CROSS JOIN balance b CROSS JOIN location l CROSS JOIN site s
       LEFT JOIN valuation v ON v.site = s.id AND v.product = p.id LEFT JOIN lot o ON o.id = b.lot
     WHERE b.product = p.id AND l.id = b.location AND s.id = l.site AND b.quantity <> 0 AND l.kind = 0 AND p.sku >= $1
       AND (p.sku > $1 OR s.id > $2 OR (s.id = $2 AND (b.location > $3 OR (b.location = $3 AND b.lot > $4))))",
    filters!(),
    " AND (l.code = $13 OR $13 IS NULL) AND (o.expires_on <= $14 OR $14 IS NULL)
     ORDER BY p.sku, s.id, b.location, b.lot LIMIT $15"
));

static MISSING: Gather = Gather::new(COLUMNS, concat!(
    "SELECT p.sku, p.name, p.unit, p.minimum, s.id AS site, s.code AS site_code, CAST(0 AS BIGINT) AS location,
       CAST(NULL AS TEXT) AS location_code, CAST(0 AS BIGINT) AS lot, CAST(NULL AS TEXT) AS lot_code,
       CAST(NULL AS BIGINT) AS expires_on, CAST(0 AS BIGINT) AS quantity, CAST(0 AS BIGINT) AS on_hand, CAST(0 AS BIGINT) AS value
     FROM product p CROSS JOIN site s LEFT JOIN valuation v ON v.site = s.id AND v.product = p.id
     WHERE p.active = 1 AND COALESCE(v.quantity, 0) = 0 AND (v.product IS NOT NULL OR p.minimum > 0) AND p.sku >= $1
       AND (p.sku > $1 OR s.id > $2 OR (s.id = $2 AND 0 > $3 AND 0 >= $4))
       AND NOT EXISTS (SELECT 1 FROM balance b JOIN location l ON l.id = b.location
         WHERE b.product = p.id AND b.quantity <> 0 AND l.site = s.id AND l.kind = 0)",
    filters!(),
    " AND p.sku <= $14 ORDER BY p.sku, s.id LIMIT $13"
));

/// After every SKU in the order of bytes.
const LAST: &str = "\u{10ffff}";

/// The lines after that key, at most `limit`.
pub async fn list(db: &Db, filter: &StockFilter, after: &After, limit: usize) -> Result<Vec<StockItem>> {
    let most = i64::try_from(limit).unwrap_or(i64::MAX);
    let held = bind(db.query(HELD.sql()), filter, after)
        .bind(filter.location.clone())
        .bind(filter.expiring_by.map(|day| i64::from(day.number())))
        .bind(most)
        .gathered::<Row>()
        .await?;
    let mut items = held.into_iter().map(Row::item).collect::<Result<Vec<_>>>()?;
    if filter.location.is_none() && filter.expiring_by.is_none() {
        // Past a full page nothing needs to be looked for.
        let until = items.last().filter(|_| items.len() == limit).map_or(LAST, |last| last.key.sku.as_str()).to_owned();
        let missing = bind(db.query(MISSING.sql()), filter, after).bind(most).bind(until).gathered::<Row>().await?;
        for row in missing {
            items.push(row.item()?);
        }
        items.sort_by(|a, b| a.key.cmp(&b.key));
        items.truncate(limit);
    }
    Ok(items)
}

fn bind<'q>(query: Query<'q>, filter: &StockFilter, after: &After) -> Query<'q> {
    let category = filter.category.as_deref().map(category::key_of);
    query
        .bind(after.sku.clone())
        .bind(after.site)
        .bind(after.location)
        .bind(after.lot)
        .bind(filter.sites.bound())
        .bind(category.clone())
        .bind(category.as_ref().map(|key| format!("{key}/")))
        .bind(category.map(|key| format!("{key}0")))
        .bind(filter.supplier.clone())
        .bind(filter.supplier.as_deref().map(crate::supplier::key_of))
        .bind(filter.words.as_deref().map(pattern))
        .bind(i64::from(filter.below_minimum))
}

/// Words as a pattern that finds them in their order. Folding leaves no sign that means something to `LIKE`.
pub(super) fn pattern(words: &str) -> String {
    format!("%{}%", domain::fold::fold(words).replace(' ', "%"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_in_their_order_and_signs_mean_nothing() {
        assert_eq!(pattern("Café  50%_"), "%cafe%50%");
    }
}
