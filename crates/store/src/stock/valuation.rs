//! What the stock is worth in the books, now and as of a day.
//!
//! Invariant: the total is of everything asked for, not of the page.

use domain::{Day, Money, Quantity};
use sqlx::FromRow;

use super::as_of::{Span, Sums, backward, forward};
use crate::{Db, Result};

/// What a site holds of a product and what that is worth.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Valued {
    /// The product's code.
    pub sku: String,
    /// Its name.
    pub name: String,
    /// Number of the site.
    pub site: i64,
    /// Code of the site.
    pub site_code: String,
    /// On hand over all internal locations.
    pub quantity: Quantity,
    /// Book value.
    pub value: Money,
}

impl Valued {
    /// Cost of one unit.
    pub fn average_cost(&self) -> Option<Money> {
        if self.quantity > Quantity::ZERO { self.value.per(self.quantity) } else { None }
    }
}

/// A page of a valuation and what everything is worth.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Worth {
    /// By SKU and site.
    pub items: Vec<Valued>,
    /// Of everything.
    pub total: Money,
}

#[derive(FromRow)]
struct Row {
    sku: String,
    name: String,
    site: i64,
    site_code: String,
    quantity: i64,
    value: i64,
}

impl From<Row> for Valued {
    fn from(row: Row) -> Valued {
        Valued {
            sku: row.sku,
            name: row.name,
            site: row.site,
            site_code: row.site_code,
            quantity: Quantity::from_milli(row.quantity),
            value: Money::from_minor(row.value),
        }
    }
}

fn worth(rows: Vec<Row>, total: Option<i64>) -> Worth {
    Worth { items: rows.into_iter().map(Valued::from).collect(), total: Money::from_minor(total.unwrap_or(0)) }
}

/// The valuation now, after that SKU and site, at most `limit` items.
pub async fn valuation(db: &Db, site: Option<i64>, after: (&str, i64), limit: usize) -> Result<Worth> {
    let rows = db
        .query(
            "SELECT p.sku, p.name, s.id AS site, s.code AS site_code, v.quantity, v.value
             FROM product p JOIN valuation v ON v.product = p.id JOIN site s ON s.id = v.site
             WHERE v.quantity <> 0 AND p.sku >= $1 AND (p.sku > $1 OR s.id > $2) AND (s.id = $3 OR $3 IS NULL)
             ORDER BY p.sku, s.id LIMIT $4",
        )
        .bind(after.0.to_owned())
        .bind(after.1)
        .bind(site)
        .bind(i64::try_from(limit).unwrap_or(i64::MAX))
        .all()
        .await?;
    let total = db
        .query("SELECT CAST(COALESCE(SUM(value), 0) AS BIGINT) FROM valuation WHERE (site = $1 OR $1 IS NULL)")
        .bind(site)
        .scalar()
        .await?;
    Ok(worth(rows, total))
}

macro_rules! items_of {
    ($rows:expr) => {
        concat!(
            "WITH changes AS (",
            $rows,
            "), worth AS (
               SELECT site, product, CAST(SUM(quantity) AS BIGINT) AS quantity, CAST(SUM(value) AS BIGINT) AS value FROM changes
               GROUP BY site, product)
             SELECT p.sku, p.name, w.site, s.code AS site_code, w.quantity, w.value
             FROM worth w JOIN product p ON p.id = w.product JOIN site s ON s.id = w.site
             WHERE (w.quantity <> 0 OR w.value <> 0) AND p.sku >= $5 AND (p.sku > $5 OR w.site > $6)
             ORDER BY p.sku, w.site LIMIT $7"
        )
    };
}

macro_rules! total_of {
    ($rows:expr) => {
        concat!("WITH changes AS (", $rows, ") SELECT CAST(COALESCE(SUM(value), 0) AS BIGINT) FROM changes")
    };
}

const ITEMS: Sums = Sums { forward: items_of!(forward!()), backward: items_of!(backward!()) };
const TOTAL: Sums = Sums { forward: total_of!(forward!()), backward: total_of!(backward!()) };

/// The valuation at the end of that day, after that SKU and site, at most `limit` items.
pub async fn valuation_as_of(
    db: &Db,
    day: Day,
    site: Option<i64>,
    after: (&str, i64),
    limit: usize,
) -> Result<Worth> {
    let span = Span::to(db, day).await?;
    let rows = span
        .query(db, ITEMS, site)
        .bind(after.0.to_owned())
        .bind(after.1)
        .bind(i64::try_from(limit).unwrap_or(i64::MAX))
        .all()
        .await?;
    let total = span.query(db, TOTAL, site).scalar().await?;
    Ok(worth(rows, total))
}
