//! Posting a draft together with another that follows from it, though that one may take a second person.
//!
//! Invariant: one commit: the first stands only with the second, with the request by which the second waits, or not at all.

use domain::{
    Stopwatch, Timestamp,
    audit::Event,
    ledger::{Batch, Books, Draft, Effects, Outcome, Posted, Rejection},
};
use uuid::Uuid;

use super::{
    known::{Heads, Known, Touched},
    load::{self, Loaded},
    save,
    watch::{Stood, Watch},
    whole::stands_in,
};
use crate::{
    Db, Error, Result, Tx,
    approval::{self, NewApproval},
    audit,
};

/// Two drafts, and what becomes of the second when the ledger does not take it as it is.
#[derive(Clone, Copy)]
pub struct Pair<'p> {
    /// Posted first.
    pub first: &'p Draft,
    /// What follows from it.
    pub then: &'p Draft,
    /// How the second goes on after that refusal; with `None` neither is posted.
    pub otherwise: &'p (dyn Fn(&Rejection) -> Option<Otherwise> + Send + Sync),
    /// Whoever watches the ledger's writer hears of this too.
    pub watch: &'p dyn Watch,
}

/// How a draft goes on that is not posted as it is.
pub enum Otherwise {
    /// It waits by this request, of which this is told.
    Waits(Box<NewApproval>, Box<Event>),
    /// It is posted like this, of which that is told.
    Goes(Box<Draft>, Box<dyn Fn(&Posted) -> Event + Send + Sync>),
}

/// What became of them.
#[derive(Debug)]
pub enum Became {
    /// The first stood already; nothing was written.
    Stood,
    /// The ledger refuses one of them; nothing was written.
    Refused(Rejection),
    /// Both stand.
    Posted([Outcome; 2]),
    /// The first stands, and the second waits by the request of that identity; with why it waits.
    Waits(Outcome, Rejection, Uuid),
}

/// Posts them.
pub async fn post(db: &Db, pair: Pair<'_>, now: Timestamp) -> Result<Became> {
    match attempt(db, pair, now).await {
        // Somebody else wrote the same id or lot first; now it is there to be seen.
        Err(error) if error.is_race() => attempt(db, pair, now).await,
        answer => answer,
    }
}

async fn attempt(db: &Db, pair: Pair<'_>, now: Timestamp) -> Result<Became> {
    let (took, Pair { first, then, watch, .. }) = (Stopwatch::start(), pair);
    let became = write(db, pair, now).await;
    match &became {
        Ok(Became::Stood) => {}
        Ok(Became::Refused(why)) => watch.committed(&[first], &[Outcome::Rejected(why.clone())], took.elapsed()),
        Ok(Became::Posted(both)) => watch.committed(&[first, then], both, took.elapsed()),
        // What waits counts as waiting, as it does of the ledger's writer.
        Ok(Became::Waits(outcome, why, _)) => {
            watch.committed(&[first, then], &[outcome.clone(), Outcome::Rejected(why.clone())], took.elapsed());
        }
        Err(_) => watch.failed(),
    }
    became
}

async fn write(db: &Db, pair: Pair<'_>, now: Timestamp) -> Result<Became> {
    let mut tx = db.write_ledger().await?;
    let Loaded { books, touched, heads } =
        load::books(&mut tx, &mut Known::default(), &[pair.first, pair.then]).await?;
    let mut batch = Batch::new(books, now);
    let became = match batch.apply(pair.first) {
        Outcome::Duplicate(_) => Became::Stood,
        Outcome::Rejected(why) => Became::Refused(why),
        first @ Outcome::Posted(_) => follow(&mut tx, &mut batch, first, pair).await?,
    };
    if matches!(became, Became::Stood | Became::Refused(_)) {
        tx.rollback().await?;
        return Ok(became);
    }
    let (effects, books) = batch.finish();
    finish(tx, (&effects, &books), (&touched, &heads), pair.watch).await?;
    Ok(became)
}

/// The second, after the first.
async fn follow(tx: &mut Tx, batch: &mut Batch, first: Outcome, pair: Pair<'_>) -> Result<Became> {
    let why = match batch.apply(pair.then) {
        Outcome::Rejected(why) => why,
        then => return Ok(Became::Posted([first, then])),
    };
    Ok(match (pair.otherwise)(&why) {
        None => Became::Refused(why),
        Some(Otherwise::Waits(request, event)) => {
            if !approval::request(tx, &request).await? {
                // It waits though what it follows from did not stand: it was asked for by another way.
                return Ok(Became::Refused(why));
            }
            audit::append(tx, &event).await?;
            Became::Waits(first, why, request.id)
        }
        Some(Otherwise::Goes(draft, event)) => match batch.apply(&draft) {
            Outcome::Rejected(why) => Became::Refused(why),
            then => {
                if let Outcome::Posted(posted) = &then {
                    audit::append(tx, &event(posted)).await?;
                }
                Became::Posted([first, then])
            }
        },
    })
}

async fn finish(
    tx: Tx,
    (effects, books): (&Effects, &Books),
    (touched, heads): (&Touched, &Heads),
    watch: &dyn Watch,
) -> Result<()> {
    if !save::effects(tx, effects, books, heads).await? {
        // Under its lock a chain cannot move.
        return Err(Error::Broken { table: "chain", detail: "moved under its lock".to_owned() });
    }
    watch.stood(&Stood { books, stands: &stands_in(books, touched), heads });
    Ok(())
}
