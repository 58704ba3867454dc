//! Posting what a second person consented to, together with the consent.
//!
//! Invariant: the posting, the change of its request and the event in the audit log are one commit: all of them or none.

use domain::{
    Stopwatch, Timestamp,
    audit::Event,
    ledger::{Batch, Draft, Outcome, Posted},
};
use uuid::Uuid;

use super::{
    known::Known,
    load::{self, Loaded},
    save,
    watch::{Stood, Watch},
    whole::stands_in,
};
use crate::{
    Db, Error, Result,
    approval::{self, Decision},
    audit,
};

/// What became of it.
#[derive(Debug)]
pub enum Sanctioned {
    /// The request does not wait any more.
    Decided,
    /// What the ledger said. What it refuses, and what stands already by another way, leaves the request waiting: nobody let that through.
    Asked(Outcome),
}

/// Who is told of it.
#[derive(Clone, Copy)]
pub struct Telling<'t> {
    /// The event to write down of what was posted.
    pub event: &'t (dyn Fn(&Posted) -> Event + Send + Sync),
    /// Whoever watches the ledger's writer hears of this too.
    pub watch: &'t dyn Watch,
}

/// Posts a draft, with the request of that identity decided and the event written down. Without a request it is posted all the same.
pub async fn post(
    db: &Db,
    draft: &Draft,
    request: Option<(Uuid, Decision<'_>)>,
    telling: Telling<'_>,
    now: Timestamp,
) -> Result<Sanctioned> {
    match attempt(db, draft, request, telling, now).await {
        // Somebody else wrote the same id or lot first; now it is there to be seen.
        Err(error) if error.is_race() => attempt(db, draft, request, telling, now).await,
        answer => answer,
    }
}

async fn attempt(
    db: &Db,
    draft: &Draft,
    request: Option<(Uuid, Decision<'_>)>,
    telling: Telling<'_>,
    now: Timestamp,
) -> Result<Sanctioned> {
    let took = Stopwatch::start();
    let became = write(db, draft, request, telling, now).await;
    match &became {
        Ok(Sanctioned::Asked(outcome)) => {
            telling.watch.committed(&[draft], std::slice::from_ref(outcome), took.elapsed());
        }
        Ok(Sanctioned::Decided) => {}
        Err(_) => telling.watch.failed(),
    }
    became
}

async fn write(
    db: &Db,
    draft: &Draft,
    request: Option<(Uuid, Decision<'_>)>,
    telling: Telling<'_>,
    now: Timestamp,
) -> Result<Sanctioned> {
    let mut tx = db.write_ledger().await?;
    // The request's row first: of two who decide at once the second waits here, and then finds it decided.
    if let Some((id, decision)) = request
        && !approval::decide(&mut tx, id, decision).await?
    {
        tx.rollback().await?;
        return Ok(Sanctioned::Decided);
    }
    let Loaded { books, touched, heads } = load::books(&mut tx, &mut Known::default(), &[draft]).await?;
    let mut batch = Batch::new(books, now);
    let outcome = batch.apply(draft);
    let (effects, books) = batch.finish();
    match &outcome {
        Outcome::Rejected(_) | Outcome::Duplicate(_) => tx.rollback().await?,
        Outcome::Posted(posted) => {
            audit::append(&mut tx, &(telling.event)(posted)).await?;
            if !save::effects(tx, &effects, &books, &heads).await? {
                // Under its lock a chain cannot move.
                return Err(Error::Broken { table: "chain", detail: "moved under its lock".to_owned() });
            }
        }
    }
    telling.watch.stood(&Stood { books: &books, stands: &stands_in(&books, &touched), heads: &heads });
    Ok(Sanctioned::Asked(outcome))
}
