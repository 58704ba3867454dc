//! The everyday path: goods come in, are sold, are counted in the books.

use anyhow::{Result, bail};
use domain::{
    Money, Quantity, Unit,
    ledger::{LineDraft, Outcome, Posted, PostingKind, Rejection},
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

async fn a_cost_is_taken_only_by_kinds_that_bring_goods_in(db: Db) -> Result<()> {
    shop(&db).await?;
    posted(post(&db, &draft(1, PostingKind::Receipt, vec![costing("A", 10, 100)])).await?)?;
    let thrown = posted(post(&db, &draft(2, PostingKind::Waste, vec![costing("A", 5, 1)])).await?)?;
    assert_eq!(thrown.lines[0].value, Money::from_cents(5_000), "it leaves at the average whatever is said");
    assert_eq!(faults(&db).await?, Vec::<String>::new());
    Ok(())
}

async fn amounts_beyond_what_is_kept_are_refused(db: Db) -> Result<()> {
    open_site(&db, "centro").await?;
    add_product(&db, "A", |patch| patch.unit = Some(Unit::Kilogram)).await?;
    let most = Money::from_minor(domain::decimal::LIMIT);
    let gram = |line: LineDraft| LineDraft { quantity: Quantity::from_milli(1), ..line };
    // A gram for a fortune, sold: the cost of a kilo is remembered.
    let dear = LineDraft { line_cost: Some(most), ..gram(line("A", 1)) };
    posted(post(&db, &draft(1, PostingKind::Receipt, vec![dear])).await?)?;
    posted(post(&db, &draft(2, PostingKind::Sale, vec![gram(line("A", 1))])).await?)?;
    let out_of_range = Outcome::Rejected(Rejection::OutOfRange { line: 0 });
    for (id, units) in [(3, 1), (4, 5), (5, 1_000_000)] {
        let free = draft(id, PostingKind::Receipt, vec![line("A", units)]);
        assert_eq!(post(&db, &free).await?, out_of_range, "{units} at the last cost");
    }
    posted(post(&db, &draft(6, PostingKind::Receipt, vec![costing("A", 1_000, 10)])).await?)?;
    let sale = |units| vec![LineDraft { unit_price: Some(Money::from_minor(most.minor() / 100)), ..line("A", units) }];
    posted(post(&db, &draft(7, PostingKind::Sale, sale(100))).await?)?;
    assert_eq!(post(&db, &draft(8, PostingKind::Sale, sale(101))).await?, out_of_range, "more than is kept of revenue");
    assert_eq!(faults(&db).await?, Vec::<String>::new());
    Ok(())
}

both! {
    a_cost_is_taken_only_by_kinds_that_bring_goods_in amounts_beyond_what_is_kept_are_refused
    golden_cost_case the_last_unit_is_sold_once a_repetition_gets_the_first_answer a_correction_takes_everything_back
}
