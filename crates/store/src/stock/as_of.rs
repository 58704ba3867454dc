//! The stock and its value as they were at the end of a day.
//!
//! Invariant: summed from flows, never from the raw movements. Whole months and the single days of one month are taken, from the
//! beginning or back from what there is now, whichever is less, and only for the products of a page and few beside them.

use std::collections::{BTreeMap, HashMap};

use domain::{Day, Quantity, Unit};
use sqlx::FromRow;

use super::{item::unit_of, list::StockFilter, list::pattern};
use crate::{Bulk, Db, Result, Rows, Tx, category, dialect::Kind::Int, site::Sites};

/// A product at a site.
#[derive(Debug, Clone)]
pub(super) struct Candidate {
    pub(super) product: i64,
    pub(super) sku: String,
    pub(super) name: String,
    pub(super) unit: Unit,
    pub(super) minimum: Option<Quantity>,
    pub(super) site: i64,
    pub(super) site_code: String,
}

/// What a site had of a product, and where.
#[derive(Debug, Clone)]
pub(super) struct Standing {
    pub(super) what: Candidate,
    /// By number of the location.
    pub(super) places: BTreeMap<i64, i64>,
    pub(super) on_hand: i64,
    pub(super) value: i64,
}

#[derive(FromRow)]
struct Row {
    product: i64,
    sku: String,
    name: String,
    unit: String,
    minimum: Option<i64>,
    site: i64,
    site_code: String,
}

impl Row {
    fn candidate(self) -> Result<Candidate> {
        Ok(Candidate {
            product: self.product,
            sku: self.sku,
            name: self.name,
            unit: unit_of(&self.unit)?,
            minimum: self.minimum.map(Quantity::from_milli),
            site: self.site,
            site_code: self.site_code,
        })
    }
}

// Whatever ever moved at a site has a valuation there. `CROSS JOIN` makes SQLite follow the order of the page.
const CANDIDATES: &str = "SELECT p.id AS product, p.sku, p.name, p.unit, p.minimum, s.id AS site, s.code AS site_code
     FROM product p CROSS JOIN valuation v CROSS JOIN site s LEFT JOIN category c ON c.id = p.category
     WHERE v.product = p.id AND s.id = v.site AND p.sku >= $1 AND (p.sku > $1 OR s.id > $2) AND ($3 LIKE '%,' || s.id || ',%' OR $3 IS NULL)
       AND (c.path_key = $4 OR (c.path_key > $5 AND c.path_key < $6) OR $4 IS NULL)
       AND (p.supplier = (SELECT u.id FROM supplier u WHERE u.code = $7 OR u.name_key = $8 ORDER BY u.id LIMIT 1) OR $7 IS NULL)
       AND (p.search_key LIKE $9 OR $9 IS NULL)
     ORDER BY p.sku, s.id LIMIT $10";

static MONTHS: Bulk = Bulk::new(
    &[("site", Int), ("first", Int), ("last", Int), ("month", Int)],
    "SELECT i.site, f.product, l.id, CAST(SUM(f.quantity) AS BIGINT), CAST(SUM(f.value) AS BIGINT)
     FROM input i CROSS JOIN location l CROSS JOIN flow_month f
     WHERE l.site = i.site AND l.kind = 0 AND f.location = l.id AND f.month = i.month AND f.product BETWEEN i.first AND i.last
     GROUP BY i.site, f.product, l.id",
);

static DAYS: Bulk = Bulk::new(
    &[("site", Int), ("first", Int), ("last", Int), ("day", Int)],
    "SELECT i.site, f.product, l.id, CAST(SUM(f.quantity) AS BIGINT), CAST(SUM(f.value) AS BIGINT)
     FROM input i CROSS JOIN location l CROSS JOIN flow f
     WHERE l.site = i.site AND l.kind = 0 AND f.location = l.id AND f.day = i.day AND f.product BETWEEN i.first AND i.last
     GROUP BY i.site, f.product, l.id",
);

static BALANCES: Bulk = Bulk::new(
    &[("site", Int), ("first", Int), ("last", Int)],
    "SELECT i.site, b.product, l.id, CAST(SUM(b.quantity) AS BIGINT), CAST(0 AS BIGINT)
     FROM input i CROSS JOIN location l CROSS JOIN balance b
     WHERE l.site = i.site AND l.kind = 0 AND b.location = l.id AND b.product BETWEEN i.first AND i.last
     GROUP BY i.site, b.product, l.id",
);

// Books value a site, not a place: the value stands at location 0.
static VALUES: Bulk = Bulk::new(
    &[("site", Int), ("first", Int), ("last", Int)],
    "SELECT i.site, v.product, CAST(0 AS BIGINT), CAST(0 AS BIGINT), v.value
     FROM input i JOIN valuation v ON v.site = i.site AND v.product BETWEEN i.first AND i.last",
);

/// Products that are read along because they stand between two of a page: to go on costs less than to look for the next one.
const STEPPED_OVER: i64 = 16;

/// Products of a site whose numbers follow one another: the first and the last.
type Run = (i64, i64, i64);

/// The products of a page as few runs. Where a catalogue was numbered in the order of its codes, a page is one.
fn runs(all: &[Standing]) -> Vec<Run> {
    let mut wanted: Vec<(i64, i64)> = all.iter().map(|one| (one.what.site, one.what.product)).collect();
    wanted.sort_unstable();
    let mut runs: Vec<Run> = Vec::new();
    for (site, product) in wanted {
        match runs.last_mut() {
            Some((of, _, last)) if *of == site && product - *last <= STEPPED_OVER => *last = product,
            _ => runs.push((site, product, product)),
        }
    }
    runs
}

/// Which flows a day needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) backward: bool,
    /// Whole months, first and last.
    pub(super) months: (i64, i64),
    /// Single days, first and last.
    pub(super) days: (i64, i64),
}

impl Span {
    /// The cheaper way to the end of that day.
    pub(super) async fn to(tx: &mut Tx, day: Day) -> Result<Span> {
        let known: Option<(Option<i64>, Option<i64>)> = tx
            .query(
                "SELECT MIN((SELECT MIN(f.month) FROM flow_month f WHERE f.location = l.id)),
                   MAX((SELECT MAX(f.month) FROM flow_month f WHERE f.location = l.id)) FROM location l WHERE l.kind = 0",
            )
            .one()
            .await?;
        let (first, last) = known.and_then(|(first, last)| first.zip(last)).unwrap_or((0, -1));
        Ok(Span::between(day, (first, last)))
    }

    fn between(day: Day, (first, last): (i64, i64)) -> Span {
        let number = |day: Day| i64::from(day.number());
        let month = i64::from(day.month());
        if (last - month).max(0) < (month - first).max(0) {
            let end = number(Day::first_of_month(day.month() + 1)) - 1;
            return Span { backward: true, months: (month + 1, last), days: (number(day) + 1, end) };
        }
        let days = (number(Day::first_of_month(day.month())), number(day));
        // Before the first flow and after the last there is nothing to sum.
        Span { backward: false, months: (first, (month - 1).min(last)), days }
    }
}

/// The products at sites that a filter leaves, after that SKU and site, at most `count`.
pub(super) async fn candidates(
    tx: &mut Tx,
    filter: &StockFilter,
    after: (&str, i64),
    count: usize,
) -> Result<Vec<Candidate>> {
    let category = filter.category.as_deref().map(category::key_of);
    let rows: Vec<Row> = tx
        .query(CANDIDATES)
        .bind(after.0.to_owned())
        .bind(after.1)
        .bind(filter.sites.bound())
        .bind(category.clone())
        .bind(category.as_ref().map(|key| format!("{key}/")))
        .bind(category.map(|key| format!("{key}0")))
        .bind(filter.supplier.clone())
        .bind(filter.supplier.as_deref().map(crate::supplier::key_of))
        .bind(filter.words.as_deref().map(pattern))
        .bind(i64::try_from(count).unwrap_or(i64::MAX))
        .all()
        .await?;
    rows.into_iter().map(Row::candidate).collect()
}

type Sum = (i64, i64, i64, i64, i64);

/// How those products stood at the end of the span.
pub(super) async fn standings(tx: &mut Tx, span: Span, what: Vec<Candidate>) -> Result<Vec<Standing>> {
    let mut all: Vec<Standing> =
        what.into_iter().map(|what| Standing { what, places: BTreeMap::new(), on_hand: 0, value: 0 }).collect();
    let (runs, sign) = (runs(&all), if span.backward { -1 } else { 1 });
    let mut sums = Vec::new();
    if span.backward {
        sums.push((1, now(tx, &BALANCES, &runs).await?));
        sums.push((1, now(tx, &VALUES, &runs).await?));
    }
    sums.push((sign, each(tx, &MONTHS, &runs, span.months).await?));
    sums.push((sign, each(tx, &DAYS, &runs, span.days).await?));
    for (sign, sums) in sums {
        add(&mut all, sign, sums);
    }
    Ok(all)
}

async fn now(tx: &mut Tx, bulk: &'static Bulk, runs: &[Run]) -> Result<Vec<Sum>> {
    let mut input = Rows::new(bulk, tx.backend());
    for (site, first, last) in runs {
        input.int(*site).int(*first).int(*last);
    }
    input.all(tx).await
}

async fn each(tx: &mut Tx, bulk: &'static Bulk, runs: &[Run], (first, last): (i64, i64)) -> Result<Vec<Sum>> {
    let mut input = Rows::new(bulk, tx.backend());
    for run in runs {
        for time in first..=last {
            input.int(run.0).int(run.1).int(run.2).int(time);
        }
    }
    input.all(tx).await
}

fn add(all: &mut [Standing], sign: i64, sums: Vec<Sum>) {
    let places: HashMap<(i64, i64), usize> =
        all.iter().enumerate().map(|(i, one)| ((one.what.site, one.what.product), i)).collect();
    for (site, product, location, quantity, value) in sums {
        let Some(index) = places.get(&(site, product)) else { continue };
        let standing = &mut all[*index];
        if location != 0 {
            *standing.places.entry(location).or_default() += sign * quantity;
        }
        standing.on_hand += sign * quantity;
        standing.value += sign * value;
    }
}

/// Codes of the internal locations by number.
pub(super) async fn location_codes(tx: &mut Tx) -> Result<HashMap<i64, String>> {
    let rows: Vec<(i64, String)> = tx.query("SELECT id, code FROM location WHERE kind = 0").all().await?;
    Ok(rows.into_iter().collect())
}

/// What everything was worth at the end of the span, at those sites.
pub(super) async fn total(db: &Db, span: Span, sites: &Sites) -> Result<i64> {
    let flows: Option<i64> = db
        .query(
            "SELECT CAST(COALESCE(SUM(w.value), 0) AS BIGINT) FROM (
               SELECT f.value FROM location l JOIN flow_month f ON f.location = l.id
               WHERE l.kind = 0 AND f.month BETWEEN $1 AND $2 AND ($5 LIKE '%,' || l.site || ',%' OR $5 IS NULL)
               UNION ALL
               SELECT f.value FROM location l JOIN flow f ON f.location = l.id
               WHERE l.kind = 0 AND f.day BETWEEN $3 AND $4 AND ($5 LIKE '%,' || l.site || ',%' OR $5 IS NULL)) w",
        )
        .bind(span.months.0)
        .bind(span.months.1)
        .bind(span.days.0)
        .bind(span.days.1)
        .bind(sites.bound())
        .scalar()
        .await?;
    let flows = flows.unwrap_or(0);
    if !span.backward {
        return Ok(flows);
    }
    let now: Option<i64> = db
        .query("SELECT CAST(COALESCE(SUM(value), 0) AS BIGINT) FROM valuation WHERE ($1 LIKE '%,' || site || ',%' OR $1 IS NULL)")
        .bind(sites.bound())
        .scalar()
        .await?;
    Ok(now.unwrap_or(0) - flows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_are_one_run_and_strangers_are_not() {
        let standing = |(site, product): (i64, i64)| Standing {
            what: Candidate {
                product,
                sku: product.to_string(),
                name: String::new(),
                unit: Unit::Piece,
                minimum: None,
                site,
                site_code: String::new(),
            },
            places: BTreeMap::new(),
            on_hand: 0,
            value: 0,
        };
        let page: Vec<Standing> = [(1, 7), (2, 7), (1, 5), (1, 500), (1, 21), (2, 9)].map(standing).into();
        assert_eq!(runs(&page), [(1, 5, 21), (1, 500, 500), (2, 7, 9)]);
        assert_eq!(runs(&[]), []);
    }

    #[test]
    fn the_nearer_end_is_taken_and_both_meet_at_the_end_of_the_day() {
        let day: Day = "2026-02-27".parse().unwrap();
        let (month, number) = (i64::from(day.month()), i64::from(day.number()));
        let forward = Span::between(day, (month - 1, month + 9));
        assert_eq!(forward, Span { backward: false, months: (month - 1, month - 1), days: (number - 26, number) });
        let backward = Span::between(day, (month - 20, month + 2));
        assert_eq!(backward, Span { backward: true, months: (month + 1, month + 2), days: (number + 1, number + 1) });
        let nothing = Span::between(day, (0, -1)).months;
        assert!(nothing.0 > nothing.1, "nothing ever moved, so no month is read");
    }
}
