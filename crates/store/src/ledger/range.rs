//! Reading a range of a chain and checking its links.
//!
//! Invariant: a row that cannot be read is traced to its posting by halving the range, so that damage has a name.

mod binary;
mod packed;
mod raw;

use std::{collections::HashMap, sync::Arc};

use domain::ledger::{Entry, canonical};
use uuid::Uuid;

use super::rows;
use crate::{Db, Error, Result};

/// Entries of a range, up to the first that is broken.
#[derive(Debug, Default)]
pub(crate) struct Slice {
    pub(crate) entries: Vec<Entry>,
    pub(crate) fault: Option<Bad>,
}

/// A posting that is broken.
#[derive(Debug)]
pub(crate) struct Bad {
    pub(crate) seq: i64,
    pub(crate) posting: Option<Uuid>,
    pub(crate) what: String,
}

/// Movements in one slice, about: what bounds memory.
const SLICE_MOVEMENTS: i64 = 50_000;
/// Postings in one slice at most, for chains whose postings hold one line each.
const SLICE_POSTINGS: i64 = 10_000;

/// Where the slice that begins at `first` ends.
pub(crate) async fn end(db: &Db, site: i64, first: i64, last: i64) -> Result<i64> {
    let most = last.min(first + SLICE_POSTINGS - 1);
    let reached: Option<i64> = db
        .query(
            "SELECT seq FROM movement WHERE site = $1 AND seq >= $2 AND seq <= $3 ORDER BY seq, line LIMIT 1 OFFSET $4",
        )
        .bind(site)
        .bind(first)
        .bind(most)
        .bind(SLICE_MOVEMENTS)
        .scalar()
        .await?;
    Ok(reached.unwrap_or(most).max(first))
}

/// Reads entries `first..=last` of a site and checks each link to the stored hash before it.
pub(crate) async fn read(
    db: &Db,
    site: i64,
    (first, last): (i64, i64),
    skus: &HashMap<i64, Arc<str>>,
) -> Result<Slice> {
    match load(db, site, (first, last), skus).await {
        Ok(entries) => {
            let before = previous(db, site, first).await?;
            Ok(link(entries, before))
        }
        Err(error) if error.is_outage() => Err(error),
        Err(error) => trace(db, site, (first, last), skus, &error).await,
    }
}

async fn load(db: &Db, site: i64, (first, last): (i64, i64), skus: &HashMap<i64, Arc<str>>) -> Result<Vec<Entry>> {
    let raw = raw::slice(db, site, (first, last)).await?;
    let mut entries = raw.postings(site)?;
    let mut next = 0;
    for row in raw.movements()? {
        while entries.get(next).is_some_and(|entry| entry.seq < row[0]) {
            next += 1;
        }
        let orphan =
            || Error::Broken { table: "movement", detail: format!("movement without a posting at {}", row[0]) };
        let entry = entries.get_mut(next).filter(|entry| entry.seq == row[0]).ok_or_else(orphan)?;
        // The number of a line is not hashed: it is its place, and no other will do.
        if i64::try_from(entry.movements.len()) != Ok(row[raw::MOVEMENT - 1]) {
            let detail = format!("line {} of {} stands where another belongs", row[raw::MOVEMENT - 1], row[0]);
            return Err(Error::Broken { table: "movement", detail });
        }
        entry.movements.push(raw::movement(&row, skus)?);
    }
    Ok(entries)
}

async fn previous(db: &Db, site: i64, first: i64) -> Result<[u8; 32]> {
    if first == 1 {
        return Ok(canonical::GENESIS);
    }
    let stored: Option<Vec<u8>> =
        db.query("SELECT hash FROM posting WHERE site = $1 AND seq = $2").bind(site).bind(first - 1).scalar().await?;
    // A missing one is a gap, which whoever follows the chain reports.
    stored.map_or(Ok(canonical::GENESIS), |bytes| rows::hash(&bytes))
}

fn link(entries: Vec<Entry>, mut before: [u8; 32]) -> Slice {
    let mut slice = Slice::default();
    let mut seq = entries.first().map_or(0, |entry| entry.seq - 1);
    for entry in entries {
        if entry.seq == seq + 1 && canonical::link(&before, &entry) != entry.hash {
            let what = "its content does not match its hash".to_owned();
            slice.fault = Some(Bad { seq: entry.seq, posting: Some(entry.id), what });
            return slice;
        }
        (before, seq) = (entry.hash, entry.seq);
        slice.entries.push(entry);
    }
    slice
}

/// Halves the range until the posting that cannot be read stands alone.
async fn trace(
    db: &Db,
    site: i64,
    (mut first, mut last): (i64, i64),
    skus: &HashMap<i64, Arc<str>>,
    error: &Error,
) -> Result<Slice> {
    let mut what = error.to_string();
    while first < last {
        let middle = first.midpoint(last);
        match load(db, site, (first, middle), skus).await {
            Ok(_) => first = middle + 1,
            Err(error) => {
                what = error.to_string();
                last = middle;
            }
        }
    }
    let posting: Option<Uuid> = db
        .query("SELECT id FROM posting WHERE site = $1 AND seq = $2")
        .bind(site)
        .bind(first)
        .scalar()
        .await
        .unwrap_or(None);
    Ok(Slice { entries: Vec::new(), fault: Some(Bad { seq: first, posting, what }) })
}
