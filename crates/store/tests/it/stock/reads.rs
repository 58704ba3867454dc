//! Postings and movements read back.

use anyhow::{Context, Result};
use domain::{
    Money, Zone,
    ledger::{PostingKind, canonical},
};
use store::{
    Db,
    ledger::{
        period,
        read::{self, Before, Moment, MovementFilter, Page, PostingFilter, PostingSummary, Span},
    },
    product, site, stock,
};
use uuid::Uuid;

use super::{shop, units};

async fn starts(db: &Db) -> Result<Vec<(Before, Zone)>> {
    Ok(site::list(db).await?.into_iter().map(|site| (Before::newest(site.id), site.zone)).collect())
}

fn ids(page: &Page<PostingSummary>) -> Vec<u128> {
    page.items.iter().map(|posting| posting.id.as_u128()).collect()
}

async fn a_posting_reads_back_as_it_was_hashed(db: Db) -> Result<()> {
    shop(&db).await?;
    let first = read::posting(&db, Uuid::from_u128(1)).await?.context("it stands")?;
    let second = read::posting(&db, Uuid::from_u128(2)).await?.context("it stands")?;
    assert_eq!(canonical::link(&first.entry.hash, &second.entry), second.entry.hash);
    assert_eq!((second.names[0].from.as_str(), second.names[0].to.as_str()), ("deposito", "salon"));
    assert!(read::posting(&db, Uuid::from_u128(77)).await?.is_none());
    Ok(())
}

async fn lists_page_over_several_sites(db: Db) -> Result<()> {
    shop(&db).await?;
    let starts = starts(&db).await?;
    let whole = read::postings(&db, &starts, &PostingFilter::default(), 10).await?;
    assert_eq!((ids(&whole), whole.next.len()), (vec![3, 2, 1, 4], 0));
    let page = read::postings(&db, &starts, &PostingFilter::default(), 3).await?;
    let next: Vec<_> = page.next.iter().zip(&starts).map(|(before, (_, zone))| (*before, zone.clone())).collect();
    let rest = read::postings(&db, &next, &PostingFilter::default(), 3).await?;
    assert_eq!((ids(&rest), rest.next.len()), (vec![4], 0));
    assert_eq!((whole.items[0].revenue, whole.items[0].value), (Money::from_cents(75_00), Money::from_cents(30_00)));
    Ok(())
}

async fn filters_narrow_postings(db: Db) -> Result<()> {
    shop(&db).await?;
    let starts = starts(&db).await?;
    let a = product::get(&db, "A").await?.context("A is there")?.id;
    let of = async |filter: PostingFilter| anyhow::Ok(ids(&read::postings(&db, &starts, &filter, 10).await?));
    assert_eq!(of(PostingFilter { product: Some(a), ..PostingFilter::default() }).await?, [3, 2, 1]);
    assert_eq!(of(PostingFilter { kind: Some(PostingKind::Receipt), ..PostingFilter::default() }).await?, [1, 4]);
    assert_eq!(of(PostingFilter { actor: Some("eva".into()), ..PostingFilter::default() }).await?, []);
    let later = Some(Moment::At(crate::both::NOW.plus_seconds(1)));
    let spanning = |span| PostingFilter { span, ..PostingFilter::default() };
    assert_eq!(of(spanning(Span { from: later, to: None })).await?, []);
    assert_eq!(of(spanning(Span { from: None, to: later })).await?.len(), 4);
    Ok(())
}

async fn the_running_balance_reads_back(db: Db) -> Result<()> {
    shop(&db).await?;
    let starts = starts(&db).await?;
    let a = product::get(&db, "A").await?.context("A is there")?.id;
    let page = read::movements(&db, Some(a), &starts, &MovementFilter::default(), 2).await?;
    let after: Vec<_> = page.items.iter().map(|movement| (movement.kind, movement.on_hand_after)).collect();
    assert_eq!(after, [(PostingKind::Sale, units(7)), (PostingKind::Move, units(10))]);
    let next: Vec<_> = page.next.iter().zip(&starts).map(|(before, (_, zone))| (*before, zone.clone())).collect();
    let rest = read::movements(&db, Some(a), &next, &MovementFilter::default(), 2).await?;
    assert_eq!((rest.items.len(), rest.items[0].kind, rest.next.len()), (1, PostingKind::Receipt, 0));
    Ok(())
}

async fn one_product_over_all_places(db: Db) -> Result<()> {
    shop(&db).await?;
    assert_eq!(stock::of_product(&db, "no such", |_| true).await?, None);
    let stock = stock::of_product(&db, "A", |_| true).await?.context("A is there")?;
    assert_eq!((stock.on_hand, stock.value, stock.sites.len()), (units(7), Money::from_cents(70_00), 1));
    let places: Vec<_> = stock.sites[0].places.iter().map(|at| (at.location.as_str(), at.quantity)).collect();
    assert_eq!(places, [("deposito", units(6)), ("salon", units(1))]);
    Ok(())
}

async fn a_day_closes_once_and_only_forward(db: Db) -> Result<()> {
    shop(&db).await?;
    let site = site::get(&db, "centro").await?.context("centro is there")?;
    let day: domain::Day = "2026-01-10".parse()?;
    for (closing, expected) in
        [(day, period::Closed::Now), (day.plus(-1), period::Closed::Before(day)), (day, period::Closed::Before(day))]
    {
        let mut tx = db.write().await?;
        assert_eq!(period::close(&mut tx, site.id, closing).await?, expected);
        tx.commit().await?;
    }
    let head = read::head(&db, site.id).await?.context("it has a chain")?;
    assert_eq!((head.seq, head.closed_through), (3, Some(day)));
    Ok(())
}

both! {
    a_posting_reads_back_as_it_was_hashed lists_page_over_several_sites filters_narrow_postings
    the_running_balance_reads_back one_product_over_all_places a_day_closes_once_and_only_forward
}
