//! Proving the newest part of each chain, for whoever has no time for all of it.
//!
//! Invariant: reads only, and no more of a chain than was asked for; of what is older it proves that the newest signed place still says
//! what it said. Never a substitute for [`verify`](super::verify::verify).

use std::{collections::HashMap, ops::RangeInclusive, sync::Arc};

use super::{
    checkpoint::{self, Checkpoint},
    range, read, rows,
    verify::skus,
};
use crate::{Db, Result};

/// What was found about the end of a site's chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recent {
    /// Code of the site.
    pub site: String,
    /// The newest place of its chain; 0 when there is nothing in it.
    pub head: i64,
    /// How many postings before it were proved.
    pub proved: i64,
    /// The newest signed place.
    pub signed: Option<i64>,
    /// The first thing that does not hold.
    pub fault: Option<String>,
}

/// A chain as it ends.
#[derive(sqlx::FromRow)]
struct Head {
    site: i64,
    code: String,
    seq: i64,
    hash: Vec<u8>,
}

/// Proves the links of the newest postings of every site, at most so many, and its newest signed place.
pub async fn verify(db: &Db, most: i64) -> Result<Vec<Recent>> {
    let heads: Vec<Head> = db
        .query("SELECT c.site, s.code, c.seq, c.hash FROM chain c JOIN site s ON s.id = c.site ORDER BY s.code")
        .all()
        .await?;
    let skus = skus(db).await?;
    let mut found = Vec::new();
    for head in heads {
        let newest = newest(db, head.site).await?;
        let first = (head.seq - most + 1).max(1);
        let fault = match signed(db, newest.as_ref()).await? {
            None => links(db, &head, first, &skus).await?,
            fault => fault,
        };
        let (signed, proved) = (newest.map(|checkpoint| checkpoint.seq), head.seq - first + 1);
        found.push(Recent { site: head.code, head: head.seq, proved, signed, fault });
    }
    Ok(found)
}

async fn newest(db: &Db, site: i64) -> Result<Option<Checkpoint>> {
    Ok(read::checkpoints(db, site, (i64::MAX, i64::MAX), 1).await?.pop())
}

/// What contradicts a signed place.
async fn signed(db: &Db, checkpoint: Option<&Checkpoint>) -> Result<Option<String>> {
    let Some(checkpoint) = checkpoint else { return Ok(None) };
    if !checkpoint.is_signed() {
        return Ok(Some(format!("the signature of the checkpoint at {} is not valid", checkpoint.seq)));
    }
    let stored = checkpoint::hash_at(db, &checkpoint.site, checkpoint.seq).await?;
    Ok((stored != Some(checkpoint.hash)).then(|| format!("the checkpoint at {} has another hash", checkpoint.seq)))
}

/// What breaks the links from `first` to the head.
async fn links(db: &Db, head: &Head, mut first: i64, skus: &HashMap<i64, Arc<str>>) -> Result<Option<String>> {
    let mut last = None;
    while first <= head.seq {
        let upto = range::end(db, head.site, first, head.seq).await?;
        let slice = range::read(db, head.site, (first, upto), skus).await?;
        if let Some(bad) = slice.fault {
            return Ok(Some(format!("{}: {}", bad.seq, bad.what)));
        }
        let places = slice.entries.iter().map(|entry| entry.seq);
        if let Some(gap) = gap(first..=upto, places) {
            return Ok(Some(format!("{gap}: there is no posting at this place")));
        }
        last = slice.entries.last().map(|entry| entry.hash);
        first = upto + 1;
    }
    let ends_otherwise = last.is_some() && last != Some(rows::hash(&head.hash)?);
    Ok(ends_otherwise.then(|| format!("{}: the head of the chain is not the last posting's", head.seq)))
}

/// The first of those places that is not found in its turn.
fn gap(expected: RangeInclusive<i64>, found: impl Iterator<Item = i64>) -> Option<i64> {
    let mut found = found.peekable();
    expected.into_iter().find(|place| found.next_if_eq(place).is_none())
}
