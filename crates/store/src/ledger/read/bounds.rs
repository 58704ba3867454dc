//! From a span of time to a span of a site's chain.
//!
//! Invariant: the span of places holds every posting of the span of time, perhaps others: a back-dated posting stands late in the chain.

use domain::{Day, Timestamp, Zone};

use crate::{Db, Result};

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

impl Span {
    /// What the span is at a site; `None` when nothing happened in it.
    pub(super) async fn at(&self, db: &Db, site: i64, zone: &Zone) -> Result<Option<Bounds>> {
        let from = self.from.map(|from| match from {
            Moment::Day(day) => zone.start_of(day),
            Moment::At(at) => at,
        });
        let until = self.to.map(|to| match to {
            Moment::Day(day) => zone.start_of(day.plus(1)),
            Moment::At(at) => at,
        });
        let places = places(db, site, zone, from, until).await?;
        let micros = |at: Option<Timestamp>, default: i64| at.map_or(default, Timestamp::micros);
        Ok(places.map(|(first, last)| Bounds {
            from: micros(from, i64::MIN),
            until: micros(until, i64::MAX),
            first,
            last,
        }))
    }
}

/// The first and last place in the chain whose business day may hold these instants; `None` when there is none.
async fn places(
    db: &Db,
    site: i64,
    zone: &Zone,
    from: Option<Timestamp>,
    until: Option<Timestamp>,
) -> Result<Option<(i64, i64)>> {
    if from.is_none() && until.is_none() {
        return Ok(Some(ALL));
    }
    let day = |at: Option<Timestamp>, default: i64| at.map_or(default, |at| i64::from(zone.day_of(at).number()));
    let row: Option<(Option<i64>, Option<i64>)> = db
        .query("SELECT MIN(seq), MAX(seq) FROM posting WHERE site = $1 AND business_day BETWEEN $2 AND $3")
        .bind(site)
        .bind(day(from, i64::MIN))
        .bind(day(until, i64::MAX))
        .one()
        .await?;
    Ok(row.and_then(|(first, last)| first.zip(last)))
}
