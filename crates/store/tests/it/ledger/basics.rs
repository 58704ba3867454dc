//! The everyday path: goods come in, are sold, are counted in the books.

use anyhow::{Result, bail};
use domain::{
    Money, Quantity,
    ledger::{Outcome, Posted, PostingKind, Rejection},
};
use store::Db;

use super::shop::{add_product, costing, draft, faults, line, open_site, post};

fn posted(outcome: Outcome) -> Result<Posted> {
    match outcome {
        Outcome::Posted(posted) => Ok(posted),
        other => bail!("{other:?}"),
    }
}

async fn shop(db: &Db) -> Result<()> {
    open_site(db, "centro").await?;
    add_product(db, "A", |_| {}).await
}

async fn golden_cost_case(db: Db) -> Result<()> {
    shop(&db).await?;
    let value = |posted: &Posted| posted.lines[0].value;
    posted(post(&db, &draft(1, PostingKind::Receipt, vec![costing("A", 8, 80)])).await?)?;
    posted(post(&db, &draft(2, PostingKind::Receipt, vec![costing("A", 4, 64)])).await?)?;
    let sale = posted(post(&db, &draft(3, PostingKind::Sale, vec![line("A", 10)])).await?)?;
    assert_eq!(value(&sale), Money::from_cents(12_000));
    posted(post(&db, &draft(4, PostingKind::Receipt, vec![costing("A", 2, 12)])).await?)?;
    let last = posted(post(&db, &draft(5, PostingKind::Sale, vec![line("A", 4)])).await?)?;
    assert_eq!((value(&last), last.lines[0].on_hand_after), (Money::from_cents(3_600), Quantity::ZERO));
    assert_eq!(last.seq, 5);
    assert_eq!(faults(&db).await?, Vec::<String>::new());
    Ok(())
}

async fn the_last_unit_is_sold_once(db: Db) -> Result<()> {
    shop(&db).await?;
    posted(post(&db, &draft(1, PostingKind::Receipt, vec![costing("A", 1, 10)])).await?)?;
    posted(post(&db, &draft(2, PostingKind::Sale, vec![line("A", 1)])).await?)?;
    let refused = post(&db, &draft(3, PostingKind::Sale, vec![line("A", 1)])).await?;
    let Outcome::Rejected(Rejection::InsufficientStock { available, .. }) = refused else { bail!("{refused:?}") };
    assert_eq!(available, Quantity::ZERO);
    Ok(())
}

async fn a_repetition_gets_the_first_answer(db: Db) -> Result<()> {
    shop(&db).await?;
    let receipt = draft(1, PostingKind::Receipt, vec![costing("A", 3, 10)]);
    let first = posted(post(&db, &receipt).await?)?;
    assert_eq!(post(&db, &receipt).await?, Outcome::Duplicate(first));
    let other = draft(1, PostingKind::Receipt, vec![costing("A", 4, 10)]);
    assert_eq!(post(&db, &other).await?, Outcome::Rejected(Rejection::IdempotencyConflict));
    assert_eq!(faults(&db).await?, Vec::<String>::new());
    Ok(())
}

async fn a_correction_takes_everything_back(db: Db) -> Result<()> {
    shop(&db).await?;
    posted(post(&db, &draft(1, PostingKind::Receipt, vec![costing("A", 3, 30)])).await?)?;
    posted(post(&db, &draft(2, PostingKind::Sale, vec![line("A", 2)])).await?)?;
    let mut correction = draft(3, PostingKind::Correction, Vec::new());
    correction.corrects = Some(draft(2, PostingKind::Sale, Vec::new()).id);
    let undone = posted(post(&db, &correction).await?)?;
    assert_eq!((undone.lines[0].on_hand_after, undone.lines[0].value), (Quantity::units(3), Money::from_cents(2_000)));
    correction.id = draft(4, PostingKind::Sale, Vec::new()).id;
    assert_eq!(post(&db, &correction).await?, Outcome::Rejected(Rejection::AlreadyCorrected));
    assert_eq!(faults(&db).await?, Vec::<String>::new());
    Ok(())
}

both! {
    golden_cost_case the_last_unit_is_sold_once a_repetition_gets_the_first_answer a_correction_takes_everything_back
}
