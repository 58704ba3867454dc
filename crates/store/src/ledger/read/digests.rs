//! Which of many postings stand, and what they say.
//!
//! Invariant: what a posting was asked to be is told by its digest alone; none of its movements is read.

use std::collections::HashMap;

use domain::Day;
use uuid::Uuid;

use crate::{Bulk, Db, Result, Rows, dialect::Kind, ledger::rows};

/// Ids asked for at once.
const MOST_IDS: usize = 5000;

static DIGESTS: Bulk =
    Bulk::new(&[("id", Kind::Uuid)], "SELECT g.id, g.digest FROM input i JOIN posting g ON g.id = i.id");

/// Whether a site has any posting on one of those business days.
pub async fn any_between(db: &Db, site: i64, (first, last): (Day, Day)) -> Result<bool> {
    let any: Option<i64> = db
        .query("SELECT seq FROM posting WHERE site = $1 AND business_day BETWEEN $2 AND $3 LIMIT 1")
        .bind(site)
        .bind(i64::from(first.number()))
        .bind(i64::from(last.number()))
        .scalar()
        .await?;
    Ok(any.is_some())
}

/// The digest of each posting with one of those ids that there is.
pub async fn digests(db: &Db, ids: &[Uuid]) -> Result<HashMap<Uuid, [u8; 32]>> {
    let mut standing = HashMap::new();
    let mut tx = db.read().await?;
    for ids in ids.chunks(MOST_IDS) {
        let mut input = Rows::new(&DIGESTS, tx.backend());
        ids.iter().for_each(|id| {
            input.uuid(*id);
        });
        for (id, digest) in input.all::<(Uuid, Vec<u8>)>(&mut tx).await? {
            standing.insert(id, rows::hash(&digest)?);
        }
    }
    tx.rollback().await?;
    Ok(standing)
}
