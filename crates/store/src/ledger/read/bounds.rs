//! From a span of time to a span of a site's chain.
//!
//! Invariant: the span of places holds every posting of the span of time, perhaps others: a back-dated posting stands late in the chain.

use domain::{Timestamp, Zone};

use crate::{Db, Result};

/// Every place.
const ALL: (i64, i64) = (1, i64::MAX);

/// The first and last place in the chain whose business day may hold these instants; `None` when there is none.
pub(super) async fn places(
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
