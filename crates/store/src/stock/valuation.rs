//! What the stock is worth in the books, now and as of a day.
//!
//! Invariant: the total is of everything asked for, not of the page.

use domain::{Day, Money, Quantity};
use sqlx::FromRow;

use super::{
    as_of::{Span, Standing, candidates, standings, total},
    list::StockFilter,
};
use crate::{Db, Result, site::Sites};

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
pub async fn valuation(db: &Db, sites: &Sites, after: (&str, i64), limit: usize) -> Result<Worth> {
    let rows = db
        .query(
            "SELECT p.sku, p.name, s.id AS site, s.code AS site_code, v.quantity, v.value
             FROM product p CROSS JOIN valuation v CROSS JOIN site s
             WHERE v.product = p.id AND s.id = v.site AND v.quantity <> 0 AND p.sku >= $1 AND (p.sku > $1 OR s.id > $2) AND ($3 LIKE '%,' || s.id || ',%' OR $3 IS NULL)
             ORDER BY p.sku, s.id LIMIT $4",
        )
        .bind(after.0.to_owned())
        .bind(after.1)
        .bind(sites.bound())
        .bind(i64::try_from(limit).unwrap_or(i64::MAX))
        .all()
        .await?;
    let total = db
        .query("SELECT CAST(COALESCE(SUM(value), 0) AS BIGINT) FROM valuation WHERE ($1 LIKE '%,' || site || ',%' OR $1 IS NULL)")
        .bind(sites.bound())
        .scalar()
        .await?;
    Ok(worth(rows, total))
}

/// The valuation at the end of that day, after that SKU and site, at most `limit` items.
pub async fn valuation_as_of(db: &Db, day: Day, sites: &Sites, after: (&str, i64), limit: usize) -> Result<Worth> {
    let mut tx = db.read().await?;
    let span = Span::to(&mut tx, day).await?;
    let filter = StockFilter { sites: sites.clone(), ..StockFilter::default() };
    let count = limit.clamp(50, 500);
    let mut from = (after.0.to_owned(), after.1);
    let mut items = Vec::new();
    while items.len() < limit {
        let found = candidates(&mut tx, &filter, (&from.0, from.1), count).await?;
        let Some(last) = found.last() else { break };
        let more = found.len() == count;
        from = (last.sku.clone(), last.site);
        let standings = standings(&mut tx, span, found).await?;
        items.extend(standings.into_iter().filter(|one| one.on_hand != 0 || one.value != 0).map(Valued::from));
        if !more {
            break;
        }
    }
    tx.rollback().await?;
    items.truncate(limit);
    Ok(Worth { items, total: Money::from_minor(total(db, span, sites).await?) })
}

impl From<Standing> for Valued {
    fn from(Standing { what, on_hand, value, .. }: Standing) -> Valued {
        Valued {
            sku: what.sku,
            name: what.name,
            site: what.site,
            site_code: what.site_code,
            quantity: Quantity::from_milli(on_hand),
            value: Money::from_minor(value),
        }
    }
}
