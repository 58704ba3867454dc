//! From a span of time to a span of a site's chain.
//!
//! Invariant: the span of places holds every posting of the span of time, perhaps others: a back-dated posting stands late in the chain.

use std::collections::HashMap;

use domain::{Day, Timestamp, Zone};

use super::Before;
use crate::{Bulk, Db, Result, Rows, dialect::Kind::Int};

/// Every place.
const ALL: (i64, i64) = (1, i64::MAX);

/// One end of a span of time: a whole day of whichever site is asked, or an instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// The day, which belongs to the span.
    Day(Day),
    /// The instant; a span begins at it and ends before it.
    At(Timestamp),
}

/// When something happened; `None` leaves an end open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Span {
    /// Its beginning.
    pub from: Option<Moment>,
    /// Its end.
    pub to: Option<Moment>,
}

/// A span of time as instants and as places of one site's chain.
pub(super) struct Bounds {
    pub(super) from: i64,
    pub(super) until: i64,
    pub(super) first: i64,
    pub(super) last: i64,
}

// From day to day along the index of days, three look-ups each: what is read follows how many days there are, not how much happened in them.
static PLACES: Bulk = Bulk::new(
    &[("site", Int), ("first_day", Int), ("last_day", Int)],
    "SELECT d.site, MIN((SELECT MIN(g.seq) FROM posting g WHERE g.site = d.site AND g.business_day = d.day)),
       MAX((SELECT MAX(g.seq) FROM posting g WHERE g.site = d.site AND g.business_day = d.day))
     FROM (WITH RECURSIVE days (site, day, last_day) AS (
         SELECT i.site, (SELECT MIN(g.business_day) FROM posting g WHERE g.site = i.site AND g.business_day >= i.first_day), i.last_day
           FROM input i
         UNION ALL
         SELECT e.site, (SELECT MIN(g.business_day) FROM posting g WHERE g.site = e.site AND g.business_day > e.day), e.last_day
           FROM days e WHERE e.day < e.last_day)
       SELECT site, day FROM days WHERE day <= last_day) d GROUP BY d.site",
);

impl Span {
    /// What the span is at each of these sites; `None` where nothing happened in it. Each site is there once.
    pub(super) async fn at(&self, db: &Db, sites: &[(Before, Zone)]) -> Result<Vec<Option<Bounds>>> {
        let places = self.places(db, sites).await?;
        let bounds = |(before, zone): &(Before, Zone)| {
            let (first, last) = places.as_ref().map_or(Some(ALL), |places| places.get(&before.site).copied())?;
            let (from, until) = self.instants(zone);
            let micros = |at: Option<Timestamp>, default: i64| at.map_or(default, Timestamp::micros);
            Some(Bounds { from: micros(from, i64::MIN), until: micros(until, i64::MAX), first, last })
        };
        Ok(sites.iter().map(bounds).collect())
    }

    fn instants(&self, zone: &Zone) -> (Option<Timestamp>, Option<Timestamp>) {
        let from = self.from.map(|from| match from {
            Moment::Day(day) => zone.start_of(day),
            Moment::At(at) => at,
        });
        let until = self.to.map(|to| match to {
            Moment::Day(day) => zone.start_of(day.plus(1)),
            Moment::At(at) => at,
        });
        (from, until)
    }

    /// By site the first and last place in its chain whose business day may hold these instants; `None` when every place may.
    async fn places(&self, db: &Db, sites: &[(Before, Zone)]) -> Result<Option<HashMap<i64, (i64, i64)>>> {
        if self.from.is_none() && self.to.is_none() {
            return Ok(None);
        }
        let mut asked = Rows::new(&PLACES, db.backend());
        for (before, zone) in sites {
            let (from, until) = self.instants(zone);
            let day =
                |at: Option<Timestamp>, default: i64| at.map_or(default, |at| i64::from(zone.day_of(at).number()));
            asked.int(before.site).int(day(from, i64::MIN)).int(day(until, i64::MAX));
        }
        let found: Vec<(i64, i64, i64)> = asked.all_of(db).await?;
        Ok(Some(found.into_iter().map(|(site, first, last)| (site, (first, last))).collect()))
    }
}
