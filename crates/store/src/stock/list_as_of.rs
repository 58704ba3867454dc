//! The stock as it was at the end of a day, by product and place.
//!
//! Invariant: lots are not told apart here: flows do not keep them.

use domain::{Day, Quantity};
use sqlx::FromRow;

use super::{
    as_of::{Span, Sums, backward, forward},
    item::{After, Place, StockItem, share, unit_of},
    list::{StockFilter, pattern},
};
use crate::{Db, Result, category};

#[derive(FromRow)]
struct Row {
    sku: String,
    name: String,
    unit: String,
    minimum: Option<i64>,
    site: i64,
    site_code: String,
    location: i64,
    location_code: String,
    quantity: i64,
    on_hand: i64,
    value: i64,
}

impl Row {
    fn item(self) -> Result<StockItem> {
        Ok(StockItem {
            key: After { sku: self.sku, site: self.site, location: self.location, lot: 0 },
            name: self.name,
            unit: unit_of(&self.unit)?,
            place: Place { site: self.site_code, location: Some(self.location_code) },
            lot: None,
            quantity: Quantity::from_milli(self.quantity),
            on_hand: Quantity::from_milli(self.on_hand),
            minimum: self.minimum.map(Quantity::from_milli),
            value: share(self.quantity, self.on_hand, self.value),
        })
    }
}

macro_rules! list_of {
    ($rows:expr) => {
        concat!(
            "WITH changes AS (",
            $rows,
            "), places AS (
               SELECT site, location, product, SUM(quantity) AS quantity, SUM(value) AS value FROM changes
               GROUP BY site, location, product),
             worth AS (
               SELECT site, location, product, CAST(quantity AS BIGINT) AS quantity,
                 CAST(SUM(quantity) OVER (PARTITION BY site, product) AS BIGINT) AS on_hand,
                 CAST(SUM(value) OVER (PARTITION BY site, product) AS BIGINT) AS value FROM places)
             SELECT p.sku, p.name, p.unit, p.minimum, w.site, s.code AS site_code, w.location, l.code AS location_code,
               w.quantity, w.on_hand, w.value
             FROM worth w JOIN product p ON p.id = w.product JOIN site s ON s.id = w.site JOIN location l ON l.id = w.location
               LEFT JOIN category c ON c.id = p.category
             WHERE w.quantity <> 0 AND p.sku >= $5 AND (p.sku > $5 OR w.site > $6 OR (w.site = $6 AND w.location > $7))
               AND (c.path_key = $8 OR (c.path_key > $9 AND c.path_key < $10) OR $8 IS NULL)
               AND (p.supplier = (SELECT u.id FROM supplier u WHERE u.code = $11 OR u.name_key = $12 ORDER BY u.id LIMIT 1)
                 OR $11 IS NULL)
               AND (p.search_key LIKE $13 OR $13 IS NULL) AND (w.on_hand <= p.minimum OR $14 = 0)
               AND (l.code = $15 OR $15 IS NULL)
             ORDER BY p.sku, w.site, w.location LIMIT $16"
        )
    };
}

const LIST: Sums = Sums { forward: list_of!(forward!()), backward: list_of!(backward!()) };

/// The lines after that key at the end of that day, at most `limit`. The filter's expiry is not asked: flows keep no lots.
pub async fn list_as_of(
    db: &Db,
    day: Day,
    filter: &StockFilter,
    after: &After,
    limit: usize,
) -> Result<Vec<StockItem>> {
    let category = filter.category.as_deref().map(category::key_of);
    let rows: Vec<Row> = Span::to(db, day)
        .await?
        .query(db, LIST, filter.site)
        .bind(after.sku.clone())
        .bind(after.site)
        .bind(after.location)
        .bind(category.clone())
        .bind(category.as_ref().map(|key| format!("{key}/")))
        .bind(category.map(|key| format!("{key}0")))
        .bind(filter.supplier.clone())
        .bind(filter.supplier.as_deref().map(crate::supplier::key_of))
        .bind(filter.words.as_deref().map(pattern))
        .bind(i64::from(filter.below_minimum))
        .bind(filter.location.clone())
        .bind(i64::try_from(limit).unwrap_or(i64::MAX))
        .all()
        .await?;
    rows.into_iter().map(Row::item).collect()
}
