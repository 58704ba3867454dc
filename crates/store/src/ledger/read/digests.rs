//! Which of many postings stand, and what they say.
//!
//! Invariant: what a posting was asked to be is told by its digest alone; none of its movements is read.

use std::collections::HashMap;

use uuid::Uuid;

use crate::{Bulk, Db, Result, Rows, dialect::Kind, ledger::rows};

/// Ids asked for at once.
const MOST_IDS: usize = 5000;

static DIGESTS: Bulk =
    Bulk::new(&[("id", Kind::Uuid)], "SELECT g.id, g.digest FROM input i JOIN posting g ON g.id = i.id");

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
