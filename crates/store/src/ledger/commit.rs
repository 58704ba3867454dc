//! Committing a batch of drafts, and previewing one.
//!
//! Invariant: either every accepted draft of the batch is durable when this returns, or none was written.

use domain::{
    Timestamp,
    ledger::{Batch, Draft, Outcome},
};

use super::{
    known::Known,
    load::{self, Loaded},
    quick, save,
};
use crate::{Db, Error, Result, Tx};

/// Applies the drafts in order and makes what was accepted durable. Gives an outcome for each, in order.
pub async fn commit(db: &Db, drafts: &[&Draft], now: Timestamp) -> Result<Vec<Outcome>> {
    commit_knowing(db, &mut Known::default(), drafts, now).await
}

/// As [`commit`], for one that commits again and again.
pub(super) async fn commit_knowing(
    db: &Db,
    known: &mut Known,
    drafts: &[&Draft],
    now: Timestamp,
) -> Result<Vec<Outcome>> {
    if let Some(outcomes) = quick::commit(db, known, drafts, now).await? {
        return Ok(outcomes);
    }
    let mut tx = db.write_ledger().await?;
    let mut loaded = load::books(&mut tx, known, drafts).await?;
    load::asked::load(&mut tx, drafts, now, &mut loaded.books).await?;
    // Under its lock a chain cannot move.
    let moved = || Error::Broken { table: "chain", detail: "moved under its lock".to_owned() };
    finish(tx, known, loaded, drafts, now).await?.ok_or_else(moved)
}

/// Applies the drafts to what was loaded and makes what was accepted durable. `None` when a chain moved meanwhile.
pub(super) async fn finish(
    tx: Tx,
    known: &mut Known,
    loaded: Loaded,
    drafts: &[&Draft],
    now: Timestamp,
) -> Result<Option<Vec<Outcome>>> {
    let Loaded { books, touched, heads } = loaded;
    let mut batch = Batch::new(books, now);
    let outcomes: Vec<Outcome> = drafts.iter().map(|draft| batch.apply(draft)).collect();
    let (effects, books) = batch.finish();
    if effects.entries.is_empty() {
        tx.rollback().await?;
    } else if !save::effects(tx, &effects, &books, &heads).await? {
        return Ok(None);
    }
    known.learn_goods(&touched, &books, &heads);
    Ok(Some(outcomes))
}

/// What would become of the drafts, with nothing written.
pub async fn preview(db: &Db, drafts: &[&Draft], now: Timestamp) -> Result<Vec<Outcome>> {
    let mut tx = db.write_ledger().await?;
    let Loaded { mut books, .. } = load::books(&mut tx, &mut Known::default(), drafts).await?;
    load::asked::load(&mut tx, drafts, now, &mut books).await?;
    tx.rollback().await?;
    let mut batch = Batch::new(books, now);
    Ok(drafts.iter().map(|draft| batch.apply(draft)).collect())
}
