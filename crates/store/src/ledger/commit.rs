//! Committing a batch of drafts, and previewing one.
//!
//! Invariant: either every accepted draft of the batch is durable when this returns, or none was written.

use domain::{
    Timestamp,
    ledger::{Batch, Draft, Outcome},
};

use super::{known::Known, load, save};
use crate::{Db, Result};

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
    let mut tx = db.write_by_index().await?;
    let (books, touched) = load::books(&mut tx, known, drafts).await?;
    let mut batch = Batch::new(books, now);
    let outcomes: Vec<Outcome> = drafts.iter().map(|draft| batch.apply(draft)).collect();
    let (effects, books) = batch.finish();
    if effects.entries.is_empty() {
        tx.rollback().await?;
    } else {
        save::effects(&mut tx, &effects, &books).await?;
        tx.commit().await?;
    }
    known.learn_goods(&touched, &books);
    Ok(outcomes)
}

/// What would become of the drafts, with nothing written.
pub async fn preview(db: &Db, drafts: &[&Draft], now: Timestamp) -> Result<Vec<Outcome>> {
    let mut tx = db.write_by_index().await?;
    let (books, _) = load::books(&mut tx, &mut Known::default(), drafts).await?;
    tx.rollback().await?;
    let mut batch = Batch::new(books, now);
    Ok(drafts.iter().map(|draft| batch.apply(draft)).collect())
}
