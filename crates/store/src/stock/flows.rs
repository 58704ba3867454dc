//! What moved on each day, by kind: the sums that screens show.
//!
//! Invariant: quantities are not summed over products, because a kilogram and a piece do not add up.

use domain::{Day, Money, ledger::PostingKind};
use sqlx::FromRow;

use crate::{Db, Error, Result, ledger::rows};

/// What moved on a day in postings of a kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DayFlow {
    /// The business day.
    pub day: Day,
    /// Kind of event.
    pub kind: PostingKind,
    /// How many products moved.
    pub products: i64,
    /// Book value in less out.
    pub value: Money,
    /// Sold for, less what was given back.
    pub revenue: Money,
}

#[derive(FromRow)]
struct Row {
    day: i64,
    kind: i64,
    products: i64,
    value: i64,
    revenue: i64,
}

/// The sums of each day from `first` to `last`, of a site or of all, oldest first.
pub async fn day_flows(db: &Db, site: Option<i64>, first: Day, last: Day) -> Result<Vec<DayFlow>> {
    let rows: Vec<Row> = db
        .query(
            "SELECT f.day, f.kind, COUNT(DISTINCT f.product) AS products, CAST(SUM(f.value) AS BIGINT) AS value,
               CAST(SUM(f.revenue) AS BIGINT) AS revenue
             FROM location l JOIN flow f ON f.location = l.id
             WHERE l.kind = 0 AND (l.site = $1 OR $1 IS NULL) AND f.day BETWEEN $2 AND $3
             GROUP BY f.day, f.kind ORDER BY f.day, f.kind",
        )
        .bind(site)
        .bind(i64::from(first.number()))
        .bind(i64::from(last.number()))
        .all()
        .await?;
    rows.into_iter().map(Row::flow).collect()
}

impl Row {
    fn flow(self) -> Result<DayFlow> {
        let broken = || Error::Broken { table: "flow", detail: format!("kind {}", self.kind) };
        Ok(DayFlow {
            day: rows::day(self.day)?,
            kind: PostingKind::from_code(self.kind).ok_or_else(broken)?,
            products: self.products,
            value: Money::from_minor(self.value),
            revenue: Money::from_minor(self.revenue),
        })
    }
}
