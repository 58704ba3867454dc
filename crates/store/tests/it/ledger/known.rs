//! What a running writer remembers is forgotten when somebody else changes it.

use std::sync::Arc;

use anyhow::{Context, Result, bail};
use domain::{
    clock::FixedClock,
    ledger::{Draft, Outcome, Posted, PostingKind, Rejection},
};
use store::{
    Db,
    ledger::{Writer, WriterOptions, period},
    location, product,
    site::{self, Settings},
};

use super::shop::{add_product, costing, draft, faults, line, open_site};
use crate::both::{CHANGE, NOW};

/// A writer that has posted for the shop, so that it remembers the site, its places and the products.
async fn remembering(db: &Db) -> Result<Writer> {
    open_site(db, "centro").await?;
    add_product(db, "A", |_| ()).await?;
    add_product(db, "B", |_| ()).await?;
    let (writer, _) = Writer::start(db.clone(), Arc::new(FixedClock(NOW)), WriterOptions::default());
    posted(&writer, draft(1, PostingKind::Receipt, vec![costing("A", 5, 50), costing("B", 1, 10)])).await?;
    posted(&writer, draft(2, PostingKind::Sale, vec![line("B", 1)])).await?;
    Ok(writer)
}

async fn outcome(writer: &Writer, draft: Draft) -> Result<Outcome> {
    writer.post(vec![draft]).await?.pop().context("an outcome")
}

async fn posted(writer: &Writer, draft: Draft) -> Result<Posted> {
    match outcome(writer, draft).await? {
        Outcome::Posted(posted) => Ok(posted),
        other => bail!("{other:?}"),
    }
}

async fn rejection(writer: &Writer, draft: Draft) -> Result<Rejection> {
    match outcome(writer, draft).await? {
        Outcome::Rejected(rejection) => Ok(rejection),
        other => bail!("{other:?}"),
    }
}

async fn change_site(db: &Db, settings: Settings) -> Result<()> {
    let mut tx = db.write().await?;
    let centro = site::get_in(&mut tx, "centro").await?.context("centro is there")?;
    site::update(&mut tx, &centro, &settings).await?.context("nobody else changed it")?;
    Ok(tx.commit().await?)
}

async fn a_product_taken_out_takes_no_postings(db: Db) -> Result<()> {
    let writer = remembering(&db).await?;
    let mut tx = db.write().await?;
    product::deactivate(&mut tx, "B", CHANGE).await?;
    tx.commit().await?;
    let refused = rejection(&writer, draft(3, PostingKind::Receipt, vec![costing("B", 1, 10)])).await?;
    assert!(matches!(refused, Rejection::InactiveProduct { .. }), "{refused:?}");
    Ok(())
}

async fn a_site_that_may_oversell_does(db: Db) -> Result<()> {
    let writer = remembering(&db).await?;
    let sale = |id| draft(id, PostingKind::Sale, vec![line("B", 1)]);
    let refused = rejection(&writer, sale(3)).await?;
    assert!(matches!(refused, Rejection::InsufficientStock { .. }), "{refused:?}");
    change_site(&db, Settings { allow_oversell: Some(true), ..Settings::default() }).await?;
    posted(&writer, sale(4)).await.map(drop)
}

async fn a_new_place_receives(db: Db) -> Result<()> {
    let writer = remembering(&db).await?;
    let mut tx = db.write().await?;
    let centro = site::get_in(&mut tx, "centro").await?.context("centro is there")?;
    location::create(&mut tx, centro.id, "camara", "Cámara").await?;
    tx.commit().await?;
    let mut chilled = line("A", 1);
    (chilled.from, chilled.to) = (Some("deposito".into()), Some("camara".into()));
    posted(&writer, draft(3, PostingKind::Move, vec![chilled])).await.map(drop)
}

async fn a_closed_day_stays_closed(db: Db) -> Result<()> {
    let writer = remembering(&db).await?;
    let mut tx = db.write().await?;
    let centro = site::get_in(&mut tx, "centro").await?.context("centro is there")?;
    let today = centro.zone.day_of(NOW);
    period::close(&mut tx, centro.id, today).await?;
    tx.commit().await?;
    let refused = rejection(&writer, draft(3, PostingKind::Sale, vec![line("A", 1)])).await?;
    assert!(matches!(refused, Rejection::ClosedDay { .. }), "{refused:?}");
    Ok(())
}

async fn the_policy_of_one_site_is_not_that_of_another(db: Db) -> Result<()> {
    let writer = remembering(&db).await?;
    open_site(&db, "norte").await?;
    change_site(&db, Settings { allow_oversell: Some(true), ..Settings::default() }).await?;
    let sale = |id, site: &str| Draft { site: site.to_owned(), ..draft(id, PostingKind::Sale, vec![line("B", 1)]) };
    let refused = rejection(&writer, sale(3, "norte")).await?;
    assert!(matches!(refused, Rejection::InsufficientStock { .. }), "{refused:?}");
    posted(&writer, sale(4, "centro")).await.map(drop)
}

/// Each believes what it remembers until the other has posted. What both want is sold once, whoever comes first.
async fn two_writers_sell_no_more_than_there_is(db: Db) -> Result<()> {
    let first = remembering(&db).await?;
    posted(&first, draft(3, PostingKind::Receipt, vec![costing("B", 95, 950)])).await?;
    let (second, _) = Writer::start(db.clone(), Arc::new(FixedClock(NOW)), WriterOptions::default());
    posted(&second, draft(4, PostingKind::Sale, vec![line("A", 1)])).await?;
    let mut sales = tokio::task::JoinSet::new();
    for id in 100..300 {
        let writer = if id % 2 == 0 { first.clone() } else { second.clone() };
        sales.spawn(async move { outcome(&writer, draft(id, PostingKind::Sale, vec![line("B", 1)])).await });
    }
    let (mut sold, mut refused) = (0, 0);
    while let Some(sale) = sales.join_next().await {
        match sale?? {
            Outcome::Posted(_) => sold += 1,
            Outcome::Rejected(Rejection::InsufficientStock { .. }) => refused += 1,
            other => bail!("{other:?}"),
        }
    }
    assert_eq!((sold, refused), (95, 105));
    // The same id through both: one effect, the same answer.
    let receipt = || draft(500, PostingKind::Receipt, vec![costing("A", 1, 10)]);
    let (one, other) = tokio::join!(outcome(&first, receipt()), outcome(&second, receipt()));
    let ids = [one?, other?].map(|outcome| match outcome {
        Outcome::Posted(posted) | Outcome::Duplicate(posted) => Some(posted.seq),
        Outcome::Rejected(_) => None,
    });
    assert!(ids[0].is_some() && ids[0] == ids[1], "{ids:?}");
    assert_eq!(faults(&db).await?, Vec::<String>::new());
    Ok(())
}

both! {
    two_writers_sell_no_more_than_there_is
    a_product_taken_out_takes_no_postings
    a_site_that_may_oversell_does
    a_new_place_receives
    a_closed_day_stays_closed
    the_policy_of_one_site_is_not_that_of_another
}
