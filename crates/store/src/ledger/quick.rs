//! Committing a batch in two trips to the database, on what the writer remembers.
//!
//! Invariant: what is remembered is believed only where the database itself finds the heads and revisions it is remembered by: on
//! SQLite under the lock that the first trip takes, on PostgreSQL again in the one statement that writes.

use domain::{
    Timestamp,
    ledger::{Draft, Outcome},
};

use super::{
    commit,
    known::Known,
    load::{Loaded, asked, lots, standing},
};
use crate::{Db, Result};

/// As [`commit::commit`]. `None`, with nothing written, when not everything is remembered or something has changed: then the
/// chains have to be locked and their books loaded.
pub(super) async fn commit(
    db: &Db,
    known: &mut Known,
    drafts: &[&Draft],
    now: Timestamp,
) -> Result<Option<Vec<Outcome>>> {
    let Some((mut books, heads)) = known.books(drafts) else { return Ok(None) };
    let mut tx = db.write_ledger_at_once().await?;
    let Some(touched) = standing::load_at(&mut tx, known, &heads, drafts, &mut books).await? else {
        tx.rollback().await?;
        return Ok(None);
    };
    lots::load(&mut tx, drafts, &mut books).await?;
    asked::load(&mut tx, drafts, now, &mut books).await?;
    commit::finish(tx, known, Loaded { books, touched, heads }, drafts, now).await
}
