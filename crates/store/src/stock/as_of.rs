//! How to sum the flows up to a day.
//!
//! Invariant: months before the month of the day are summed whole and only its own days singly, or else the flows since are taken
//! back from what there is now, whichever is less to read: the raw movements are never touched.

use domain::Day;

use crate::{Db, Query, Result};

/// From the beginning up to the day. `$1` its month, `$2` the first day of that month, `$3` the day, `$4` a site.
macro_rules! forward {
    () => {
        "SELECT l.site, f.location, f.product, f.quantity, f.value FROM location l JOIN flow_month f ON f.location = l.id
         WHERE l.kind = 0 AND f.month < $1 AND (l.site = $4 OR $4 IS NULL)
         UNION ALL
         SELECT l.site, f.location, f.product, f.quantity, f.value FROM location l JOIN flow f ON f.location = l.id
         WHERE l.kind = 0 AND f.day BETWEEN $2 AND $3 AND (l.site = $4 OR $4 IS NULL)"
    };
}
pub(super) use forward;

/// From now back to the day. `$1` its month, `$2` the day after it, `$3` the last day of its month, `$4` a site. The value stands at
/// location 0, because books value a site.
macro_rules! backward {
    () => {
        "SELECT l.site, b.location, b.product, b.quantity, CAST(0 AS BIGINT) AS value
         FROM location l JOIN balance b ON b.location = l.id
         WHERE l.kind = 0 AND b.quantity <> 0 AND (l.site = $4 OR $4 IS NULL)
         UNION ALL
         SELECT v.site, CAST(0 AS BIGINT), v.product, CAST(0 AS BIGINT), v.value FROM valuation v
         WHERE v.value <> 0 AND (v.site = $4 OR $4 IS NULL)
         UNION ALL
         SELECT l.site, f.location, f.product, -f.quantity, -f.value FROM location l JOIN flow_month f ON f.location = l.id
         WHERE l.kind = 0 AND f.month > $1 AND (l.site = $4 OR $4 IS NULL)
         UNION ALL
         SELECT l.site, f.location, f.product, -f.quantity, -f.value FROM location l JOIN flow f ON f.location = l.id
         WHERE l.kind = 0 AND f.day BETWEEN $2 AND $3 AND (l.site = $4 OR $4 IS NULL)"
    };
}
pub(super) use backward;

/// A statement that sums from either end.
#[derive(Clone, Copy)]
pub(super) struct Sums {
    pub(super) forward: &'static str,
    pub(super) backward: &'static str,
}

/// Which flows a day needs.
#[derive(Debug, Clone, Copy)]
pub(super) struct Span {
    backward: bool,
    month: i64,
    first: i64,
    last: i64,
}

impl Span {
    /// The cheaper way to the end of that day.
    pub(super) async fn to(db: &Db, day: Day) -> Result<Span> {
        let known: Option<(Option<i64>, Option<i64>)> = db
            .query(
                "SELECT MIN((SELECT MIN(f.month) FROM flow_month f WHERE f.location = l.id)),
                   MAX((SELECT MAX(f.month) FROM flow_month f WHERE f.location = l.id)) FROM location l WHERE l.kind = 0",
            )
            .one()
            .await?;
        let month = i64::from(day.month());
        let backward = known.and_then(|(first, last)| first.zip(last)).is_some_and(|(first, last)| {
            let (before, after) = ((month - first).max(0), (last - month).max(0));
            after < before
        });
        Ok(Span::of(day, backward))
    }

    fn of(day: Day, backward: bool) -> Span {
        let number = |day: Day| i64::from(day.number());
        let month = day.month();
        let (first, last) = if backward {
            (number(day) + 1, number(Day::first_of_month(month + 1)) - 1)
        } else {
            (number(Day::first_of_month(month)), number(day))
        };
        Span { backward, month: i64::from(month), first, last }
    }

    /// The statement with its first four values.
    pub(super) fn query<'q>(&self, db: &'q Db, sums: Sums, site: Option<i64>) -> Query<'q> {
        let sql = if self.backward { sums.backward } else { sums.forward };
        db.query(sql).bind(self.month).bind(self.first).bind(self.last).bind(site)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ways_meet_at_the_end_of_the_day() {
        let day: Day = "2026-02-27".parse().unwrap();
        let (forward, backward) = (Span::of(day, false), Span::of(day, true));
        assert_eq!(forward.last + 1, backward.first);
        assert_eq!((forward.first, backward.last), (i64::from(day.number()) - 26, i64::from(day.number()) + 1));
    }
}
