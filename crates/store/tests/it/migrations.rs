//! Migrations go up and down, one by one, with data in the tables.

use anyhow::Result;
use domain::{
    audit::Action,
    ledger::{LineDraft, LotDraft, Outcome, PostingKind},
};
use store::{
    Db, Error,
    ledger::{
        checkpoint::{self, Closed},
        verify,
    },
    migrate,
};

use crate::{
    both::{CHANGE, Fresh, NOW},
    ledger::shop::{add_product, costing, draft, faults, line, open_site, post},
};

/// Up to the newest, data in, down to nothing step by step, and up again.
async fn up_down_up(db: &Db) -> Result<()> {
    assert_eq!(migrate::current(db).await?, 0);
    assert!(matches!(migrate::check(db).await, Err(Error::TooOld { found: 0, .. })));
    for version in 1..=migrate::newest() {
        migrate::up_to(db, version).await?;
        assert_eq!(migrate::current(db).await?, version);
    }
    migrate::check(db).await?;
    fill(db).await?;
    for version in (0..migrate::newest()).rev() {
        migrate::down_to(db, version).await?;
        assert_eq!(migrate::current(db).await?, version);
        assert!(migrate::status(db).await?.iter().all(|step| step.applied == (step.version <= version)));
    }
    migrate::up(db).await?;
    fill(db).await
}

async fn fill(db: &Db) -> Result<()> {
    let mut tx = db.write().await?;
    crate::places::create_site(&mut tx, "centro").await?;
    let product = crate::products::incoming("PAN-1", "Pan");
    store::product::create(&mut tx, &product, CHANGE).await?;
    store::audit::append(&mut tx, &crate::audit::event(Action::SiteCreated, "site:centro")).await?;
    store::job::create(
        &mut tx,
        uuid::Uuid::from_u128(1),
        "import",
        store::job::Of { actor: "tester", site: None },
        NOW,
    )
    .await?;
    crate::people::fill(&mut tx).await?;
    crate::vault::fill(&mut tx).await?;
    let ban = store::ban::Ban {
        subject: "192.0.2.1".into(),
        reason: "401".into(),
        actor: String::new(),
        times: 1,
        banned_at: NOW,
        ends_at: NOW.plus_seconds(60),
    };
    store::ban::put(&mut tx, &ban).await?;
    store::turn::claim(&mut tx, "backup", NOW, NOW.plus_seconds(60)).await?;
    store::approval::request(&mut tx, &crate::approvals::new(1, 1)).await?;
    tx.commit().await?;
    Ok(())
}

/// The first version that has the ledger; what is below takes it away.
const LEDGER: i64 = 2;

/// A ledger outlives every step down that keeps its tables, and every step up from there.
async fn a_traded_shop_goes_down_and_up_and_still_verifies(db: &Db) -> Result<()> {
    migrate::up(db).await?;
    trade(db).await?;
    let before = verify::verify(db, None, &mut |_, _| {}).await?;
    assert_eq!((before.faults.len(), before.sites[0].postings), (0, 4), "{before:?}");
    for version in (LEDGER..migrate::newest()).rev() {
        migrate::down_to(db, version).await?;
    }
    for version in LEDGER + 1..=migrate::newest() {
        migrate::up_to(db, version).await?;
    }
    let after = verify::verify(db, None, &mut |_, _| {}).await?;
    assert_eq!(after, before);
    let sale = draft(5, PostingKind::Sale, vec![line("PAN", 1)]);
    assert!(matches!(post(db, &sale).await?, Outcome::Posted(_)), "it goes on");
    assert_eq!(faults(db).await?, Vec::<String>::new());
    for change in ["UPDATE movement SET quantity = quantity + 1", "DELETE FROM posting"] {
        let mut tx = db.write().await?;
        assert!(tx.query(change).run().await.is_err(), "it is kept from changes as before: {change}");
        tx.rollback().await?;
    }
    Ok(())
}

async fn trade(db: &Db) -> Result<()> {
    open_site(db, "centro").await?;
    add_product(db, "PAN", |_| {}).await?;
    add_product(db, "LECHE", |patch| patch.tracks_lots = Some(true)).await?;
    let lot = LotDraft { code: "L1".to_owned(), expires_on: None };
    let milk = LineDraft { lot: Some(lot), ..costing("LECHE", 12, 900) };
    let mut back = draft(4, PostingKind::CustomerReturn, vec![line("PAN", 1)]);
    back.corrects = Some(uuid::Uuid::from_u128(2));
    for draft in [
        draft(1, PostingKind::Receipt, vec![costing("PAN", 40, 100), milk]),
        draft(2, PostingKind::Sale, vec![line("PAN", 7), line("LECHE", 5)]),
        draft(3, PostingKind::Waste, vec![line("LECHE", 1)]),
        back,
    ] {
        let outcome = post(db, &draft).await?;
        assert!(matches!(outcome, Outcome::Posted(_)), "{outcome:?}");
    }
    Ok(())
}

#[tokio::test]
async fn a_traded_shop_goes_down_and_up_on_sqlite() -> Result<()> {
    a_traded_shop_goes_down_and_up_and_still_verifies(&Fresh::sqlite().await?.db).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_traded_shop_goes_down_and_up_on_postgres() -> Result<()> {
    let fresh = Fresh::postgres().await?;
    a_traded_shop_goes_down_and_up_and_still_verifies(&fresh.db).await?;
    fresh.db.close().await;
    Ok(())
}

/// What was signed before checkpoints said anything of closed days is carried over as it is, and back.
async fn old_checkpoints_are_carried_over(db: &Db) -> Result<()> {
    const CLOSINGS: i64 = 5;
    migrate::up_to(db, CLOSINGS - 1).await?;
    let mut tx = db.write().await?;
    tx.query(
        "INSERT INTO site (id, code, name, kind, timezone, allow_oversell, count_tolerance, count_tolerance_percent,
           count_approval_above, version, created_at) VALUES (1, 'centro', 'Centro', 'store', 'UTC', 0, 0, 0, 0, 1, 1)",
    )
    .run()
    .await?;
    tx.query(
        "INSERT INTO checkpoint (site, seq, day, hash, products, quantity, value, public_key, signature, created_at)
         VALUES (1, 7, 20000, $1, 1, 2, 3, $1, $2, 9)",
    )
    .bind(vec![5_u8; 32])
    .bind(vec![6_u8; 64])
    .run()
    .await?;
    tx.commit().await?;
    migrate::up_to(db, CLOSINGS).await?;
    let mut tx = db.write().await?;
    let [checkpoint] = &checkpoint::of_site(&mut tx, 1).await?[..] else { panic!("one is there") };
    assert_eq!((checkpoint.seq, checkpoint.closed, checkpoint.signature), (7, Closed::Unsaid, [6; 64]));
    assert!(checkpoint.message().starts_with("gondola checkpoint 1\n") && checkpoint.message().ends_with("value 3\n"));
    assert!(tx.query("UPDATE checkpoint SET value = 4").run().await.is_err(), "it is kept from changes as before");
    tx.rollback().await?;
    migrate::down_to(db, CLOSINGS - 1).await?;
    let mut tx = db.write().await?;
    assert_eq!(tx.query("SELECT value FROM checkpoint WHERE seq = 7").scalar::<i64>().await?, Some(3));
    assert!(tx.query("DELETE FROM checkpoint").run().await.is_err(), "it is kept from changes as before");
    tx.rollback().await?;
    Ok(())
}

#[tokio::test]
async fn old_checkpoints_are_carried_over_on_sqlite() -> Result<()> {
    old_checkpoints_are_carried_over(&Fresh::sqlite().await?.db).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn old_checkpoints_are_carried_over_on_postgres() -> Result<()> {
    let fresh = Fresh::postgres().await?;
    old_checkpoints_are_carried_over(&fresh.db).await?;
    fresh.db.close().await;
    Ok(())
}

#[tokio::test]
async fn up_and_down_on_sqlite() -> Result<()> {
    up_down_up(&Fresh::sqlite().await?.db).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn up_and_down_on_postgres() -> Result<()> {
    let fresh = Fresh::postgres().await?;
    up_down_up(&fresh.db).await?;
    fresh.db.close().await;
    Ok(())
}
