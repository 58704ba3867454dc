//! What moved on a business day.
//!
//! Invariant: quantities of different units are never added up.

use std::collections::BTreeMap;

use domain::{Day, Money, Quantity, Unit, ledger::PostingKind};
use sqlx::FromRow;

use crate::{Error, Result, Tx, ledger::rows, site::Sites};

/// Postings of one site and day that are counted one by one; beyond, a count says "at least".
pub const POSTINGS_COUNTED: i64 = 10_000;

/// What moved in a unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moved {
    /// The unit.
    pub unit: Unit,
    /// Into places of the shop.
    pub came_in: Quantity,
    /// Out of them.
    pub went_out: Quantity,
}

/// What postings of a kind moved on a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DayKind {
    /// Kind of event.
    pub kind: PostingKind,
    /// By unit.
    pub moved: Vec<Moved>,
    /// By how much the book value of the stock changed.
    pub value: Money,
    /// Sold for, less what was given back.
    pub revenue: Money,
}

/// How many postings of a kind there are on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DayPostings {
    /// Kind of event.
    pub kind: PostingKind,
    /// How many.
    pub count: i64,
    /// Whether there may be more.
    pub at_least: bool,
}

#[derive(Debug, FromRow)]
struct FlowRow {
    kind: i64,
    unit: String,
    came_in: i64,
    went_out: i64,
    value: i64,
    revenue: i64,
}

fn kind_of(table: &'static str, code: i64) -> Result<PostingKind> {
    PostingKind::from_code(code).ok_or_else(|| Error::Broken { table, detail: format!("kind {code}") })
}

/// What moved on that day, at those sites, by kind.
pub async fn moved(tx: &mut Tx, day: Day, sites: &Sites) -> Result<Vec<DayKind>> {
    // CROSS JOIN makes SQLite begin with the few places instead of all flows.
    let flows: Vec<FlowRow> = tx
        .query(
            "SELECT f.kind, p.unit, CAST(SUM(CASE WHEN f.quantity > 0 THEN f.quantity ELSE 0 END) AS BIGINT) AS came_in,
               CAST(SUM(CASE WHEN f.quantity < 0 THEN -f.quantity ELSE 0 END) AS BIGINT) AS went_out,
               CAST(SUM(f.value) AS BIGINT) AS value, CAST(SUM(f.revenue) AS BIGINT) AS revenue
             FROM location l CROSS JOIN flow f CROSS JOIN product p
             WHERE f.location = l.id AND p.id = f.product AND l.kind = 0 AND f.day = $1 AND ($2 LIKE '%,' || l.site || ',%' OR $2 IS NULL)
             GROUP BY f.kind, p.unit ORDER BY f.kind, p.unit",
        )
        .bind(i64::from(day.number()))
        .bind(sites.bound())
        .all()
        .await?;
    let mut kinds: Vec<DayKind> = Vec::new();
    for flow in flows {
        take(&mut kinds, &flow)?;
    }
    Ok(kinds)
}

fn take(kinds: &mut Vec<DayKind>, flow: &FlowRow) -> Result<()> {
    let kind = kind_of("flow", flow.kind)?;
    let broken = || Error::Broken { table: "product", detail: format!("unit {}", flow.unit) };
    let moved = Moved {
        unit: Unit::from_name(&flow.unit).ok_or_else(broken)?,
        came_in: Quantity::from_milli(flow.came_in),
        went_out: Quantity::from_milli(flow.went_out),
    };
    let (value, revenue) = (Money::from_minor(flow.value), Money::from_minor(flow.revenue));
    match kinds.last_mut().filter(|last| last.kind == kind) {
        Some(last) => {
            last.moved.push(moved);
            last.value += value;
            last.revenue += revenue;
        }
        None => kinds.push(DayKind { kind, moved: vec![moved], value, revenue }),
    }
    Ok(())
}

// Of each site its kinds and how many, as one text: `3 120,2 4`.
const POSTINGS: &str =
    "SELECT s.id, (SELECT STRING_AGG(CAST(k.kind AS VARCHAR) || ' ' || CAST(k.postings AS VARCHAR), ',')
     FROM (SELECT g.kind, COUNT(*) AS postings
       FROM (SELECT d.site, d.seq FROM posting d WHERE d.site = s.id AND d.business_day = $1 LIMIT $2) of_day
         CROSS JOIN posting g WHERE g.site = of_day.site AND g.seq = of_day.seq GROUP BY g.kind) k) AS kinds
   FROM site s WHERE ($3 LIKE '%,' || s.id || ',%' OR $3 IS NULL)";

/// How many postings of each kind these sites have on that day.
pub async fn postings(tx: &mut Tx, day: Day, sites: &[i64]) -> Result<Vec<DayPostings>> {
    let found: Vec<(i64, Option<String>)> = tx
        .query(POSTINGS)
        .bind(i64::from(day.number()))
        .bind(POSTINGS_COUNTED)
        .bind(Sites::Only(sites.to_vec()).bound())
        .all()
        .await?;
    let mut counts = BTreeMap::<i64, i64>::new();
    let mut at_least = false;
    for (_, kinds) in found {
        let counted = kinds.as_deref().map(counted).transpose()?.unwrap_or_default();
        at_least |= counted.iter().map(|(_, count)| count).sum::<i64>() == POSTINGS_COUNTED;
        counted.into_iter().for_each(|(code, count)| *counts.entry(code).or_default() += count);
    }
    let kind = |(code, count)| Ok(DayPostings { kind: kind_of("posting", code)?, count, at_least });
    counts.into_iter().map(kind).collect()
}

fn counted(kinds: &str) -> Result<Vec<(i64, i64)>> {
    let pair = |pair: &str| {
        let (code, count) = pair.split_once(' ')?;
        Some((code.parse().ok()?, count.parse().ok()?))
    };
    let broken = |text: &str| Error::Broken { table: "posting", detail: format!("kinds of a day read {text:?}") };
    kinds.split(',').map(|text| pair(text).ok_or_else(|| broken(text))).collect()
}

fn day_of(number: Option<Option<i64>>) -> Result<Option<Day>> {
    number.flatten().map(rows::day).transpose()
}

/// The last day on or before `day` on which one of those sites has postings.
pub async fn day_until(tx: &mut Tx, day: Day, sites: &Sites) -> Result<Option<Day>> {
    let found = tx
        .query(
            "SELECT MAX(last_day) FROM (SELECT (SELECT MAX(g.business_day) FROM posting g WHERE g.site = s.id
               AND g.business_day <= $1) AS last_day FROM site s WHERE ($2 LIKE '%,' || s.id || ',%' OR $2 IS NULL)) of_each",
        )
        .bind(i64::from(day.number()))
        .bind(sites.bound())
        .scalar::<Option<i64>>()
        .await?;
    day_of(found)
}

/// The first day on or after `day` on which one of those sites has postings.
pub async fn day_from(tx: &mut Tx, day: Day, sites: &Sites) -> Result<Option<Day>> {
    let found = tx
        .query(
            "SELECT MIN(first_day) FROM (SELECT (SELECT MIN(g.business_day) FROM posting g WHERE g.site = s.id
               AND g.business_day >= $1) AS first_day FROM site s WHERE ($2 LIKE '%,' || s.id || ',%' OR $2 IS NULL)) of_each",
        )
        .bind(i64::from(day.number()))
        .bind(sites.bound())
        .scalar::<Option<i64>>()
        .await?;
    day_of(found)
}
