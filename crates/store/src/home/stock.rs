//! A page of the stock table, in the order of the products' names.
//!
//! Invariant: a page begins after a product, never after a number of rows; a product that never moved is listed too, with none.

use std::collections::HashMap;

use domain::{Level, Money, Quantity, Unit};
use sqlx::FromRow;

use super::OnShelf;
use crate::{Bulk, Error, Result, Rows, Tx, dialect::Kind, product::normal_barcode, site::Sites};

/// Words a search looks at; further ones say nothing more.
const WORDS: usize = 4;

/// Which products.
#[derive(Debug, Clone, Default)]
pub struct StockQuery {
    /// What somebody typed: beginnings of words of the name, brand or SKU, or a barcode.
    pub search: String,
    /// Only products that one of these sites has or had, or that never moved.
    pub sites: Sites,
    /// Only products whose worst level, in one of those sites, is this one.
    pub level: Option<Level>,
    /// Begin after the product of this SKU.
    pub after: Option<String>,
    /// At most so many.
    pub limit: usize,
}

/// What a site holds of a product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// Number of the site.
    pub site: i64,
    /// Over all its places.
    pub quantity: Quantity,
    /// Book value.
    pub value: Money,
    /// Place by place, those that are not at zero.
    pub shelves: Vec<OnShelf>,
}

/// A product and what there is of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StockRow {
    /// Its code.
    pub sku: String,
    /// What people call it.
    pub name: String,
    /// Its brand, empty when it has none.
    pub brand: String,
    /// What it is counted in.
    pub unit: Unit,
    /// Stock to keep at least.
    pub minimum: Option<Quantity>,
    /// Site by site, those asked for that have or had it.
    pub held: Vec<Held>,
}

impl StockRow {
    /// Over the sites asked for.
    pub fn quantity(&self) -> Quantity {
        self.held.iter().map(|held| held.quantity).fold(Quantity::ZERO, |sum, quantity| sum + quantity)
    }

    /// Book value over the sites asked for.
    pub fn value(&self) -> Money {
        self.held.iter().map(|held| held.value).sum()
    }

    /// The worst level of the sites asked for.
    pub fn level(&self) -> Level {
        self.held.iter().map(|held| Level::of(held.quantity, self.minimum)).min().unwrap_or(Level::Out)
    }
}

/// A page of products.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StockPage {
    /// By name.
    pub rows: Vec<StockRow>,
    /// The SKU after which the next page begins, when there is one.
    pub next: Option<String>,
}

#[derive(Debug, FromRow)]
struct ProductRow {
    id: i64,
    sku: String,
    name: String,
    brand: String,
    unit: String,
    minimum: Option<i64>,
}

impl ProductRow {
    fn row(self) -> Result<StockRow> {
        let broken = || Error::Broken { table: "product", detail: format!("{}: unit {}", self.sku, self.unit) };
        let unit = Unit::from_name(&self.unit).ok_or_else(broken)?;
        let minimum = self.minimum.map(Quantity::from_milli);
        Ok(StockRow { sku: self.sku, name: self.name, brand: self.brand, unit, minimum, held: Vec::new() })
    }
}

// A keyset over (search_key, id). The inner list asks only for what stands in the index on search_key, which is walked in order until
// the page is full; CROSS JOIN keeps SQLite from beginning with the products. Levels as in `standing.rs`; the list of products of a
// level is made once, and only when one is asked for.
const PAGE: &str = "SELECT p.id, p.sku, p.name, p.brand, p.unit, p.minimum
   FROM (SELECT k.id, k.search_key FROM product k
     WHERE (k.search_key, k.id) > ($1, $2)
       AND ((($3 = '%' OR ' ' || k.search_key LIKE $3) AND ($4 = '%' OR ' ' || k.search_key LIKE $4)
           AND ($5 = '%' OR ' ' || k.search_key LIKE $5) AND ($6 = '%' OR ' ' || k.search_key LIKE $6))
         OR k.id IN (SELECT b.product FROM barcode b WHERE b.code = $7))
       AND (CAST($8 AS TEXT) IS NULL OR EXISTS (SELECT 1 FROM valuation v WHERE v.product = k.id AND $8 LIKE '%,' || v.site || ',%')
         OR NOT EXISTS (SELECT 1 FROM valuation v WHERE v.product = k.id))
       AND (CAST($9 AS BIGINT) IS NULL
         OR k.id IN (SELECT v.product FROM valuation v JOIN product m ON m.id = v.product
           WHERE $8 LIKE '%,' || v.site || ',%' OR CAST($8 AS TEXT) IS NULL GROUP BY v.product
           HAVING MIN(CASE WHEN v.quantity <= 0 THEN 0 WHEN v.quantity * 2 <= m.minimum THEN 1 WHEN v.quantity <= m.minimum THEN 2
             ELSE 3 END) = $9)
         OR (CAST($9 AS BIGINT) = 0 AND NOT EXISTS (SELECT 1 FROM valuation v WHERE v.product = k.id)))) fit
   CROSS JOIN product p
   WHERE p.id = fit.id AND p.active = 1 ORDER BY fit.search_key, fit.id LIMIT $10";

/// The products that fit, with what there is of each.
pub async fn stock(tx: &mut Tx, query: &StockQuery) -> Result<StockPage> {
    let mut found = products(tx, query).await?;
    let more = found.len() > query.limit;
    found.truncate(query.limit);
    let ids: Vec<i64> = found.iter().map(|product| product.id).collect();
    let mut held = held(tx, &ids, &query.sites).await?;
    let mut page = StockPage::default();
    for product in found {
        let id = product.id;
        let mut row = product.row()?;
        row.held = held.remove(&id).unwrap_or_default();
        page.rows.push(row);
    }
    page.next = page.rows.last().filter(|_| more).map(|row| row.sku.clone());
    Ok(page)
}

async fn products(tx: &mut Tx, query: &StockQuery) -> Result<Vec<ProductRow>> {
    let (key, id) = start(tx, query.after.as_deref()).await?;
    let mut sql = tx.query(PAGE).bind(key).bind(id);
    for pattern in patterns(&query.search) {
        sql = sql.bind(pattern);
    }
    sql.bind(normal_barcode(&query.search))
        .bind(query.sites.bound())
        .bind(query.level.map(|level| level as i64))
        .bind(i64::try_from(query.limit).unwrap_or(i64::MAX - 1) + 1)
        .all()
        .await
}

/// Where a page begins; a product that is gone since begins at the top.
async fn start(tx: &mut Tx, after: Option<&str>) -> Result<(String, i64)> {
    let Some(sku) = after else { return Ok((String::new(), 0)) };
    let found = tx.query("SELECT search_key, id FROM product WHERE sku = $1").bind(sku.to_owned()).one().await?;
    Ok(found.unwrap_or_default())
}

/// What each word must begin somewhere. Folding leaves no sign that means something to `LIKE`.
fn patterns(search: &str) -> [String; WORDS] {
    let folded = domain::fold::fold(search);
    let mut words = folded.split_whitespace();
    std::array::from_fn(|_| words.next().map_or_else(|| "%".to_owned(), |word| format!("% {word}%")))
}

static SITES: Bulk = Bulk::new(
    &[("id", Kind::Int)],
    "SELECT v.product, v.site, v.quantity, v.value FROM input JOIN valuation v ON v.product = input.id ORDER BY v.product, v.site",
);

static SHELVES: Bulk = Bulk::new(
    &[("id", Kind::Int)],
    "SELECT b.product, l.site, b.location, CAST(SUM(b.quantity) AS BIGINT) AS quantity
     FROM input JOIN balance b ON b.product = input.id JOIN location l ON l.id = b.location
     WHERE l.kind = 0 AND b.quantity <> 0 GROUP BY b.product, l.site, b.location ORDER BY b.product, b.location",
);

/// What there is of each of these products.
async fn held(tx: &mut Tx, ids: &[i64], wanted: &Sites) -> Result<HashMap<i64, Vec<Held>>> {
    let mut found: HashMap<i64, Vec<Held>> = HashMap::new();
    let sites: Vec<(i64, i64, i64, i64)> = rows_of(&SITES, tx, ids).all(tx).await?;
    for (product, of, quantity, value) in sites {
        if wanted.include(of) {
            let (quantity, value) = (Quantity::from_milli(quantity), Money::from_minor(value));
            found.entry(product).or_default().push(Held { site: of, quantity, value, shelves: Vec::new() });
        }
    }
    let shelves: Vec<(i64, i64, i64, i64)> = rows_of(&SHELVES, tx, ids).all(tx).await?;
    for (product, of, location, quantity) in shelves {
        let held = found.get_mut(&product).and_then(|held| held.iter_mut().find(|held| held.site == of));
        if let Some(held) = held {
            held.shelves.push(OnShelf { location, quantity: Quantity::from_milli(quantity) });
        }
    }
    Ok(found)
}

fn rows_of<'s>(bulk: &'s Bulk, tx: &Tx, ids: &[i64]) -> Rows<'s> {
    let mut rows = Rows::new(bulk, tx.backend());
    for id in ids {
        rows.int(*id);
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_begin_anywhere_and_nothing_typed_fits_all() {
        assert_eq!(patterns("  Ñoquis 50%_ "), ["% noquis%", "% 50%", "%", "%"]);
        assert_eq!(patterns(""), ["%", "%", "%", "%"]);
        assert_eq!(patterns("a b c d e")[3], "% d%");
    }
}
