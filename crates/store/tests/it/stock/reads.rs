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
        read::{self, Before, Moment, MovementFilter, Page, PostingFilter, PostingSummary, ProductMovement, Span},
    },
    product, site, stock,
};
use uuid::Uuid;

use super::{posted, shop, units};
use crate::ledger::shop::{self, costing, draft, line, post_at};

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

/// Three sites that sell a few times each, their clocks put back now and then, so that none is always the newest.
async fn busy(db: &Db) -> Result<()> {
    shop(db).await?;
    shop::open_site(db, "sur").await?;
    for (n, site) in (10..40u128).zip(["centro", "norte", "sur", "centro"].iter().cycle()) {
        let back = i64::try_from(n * 7 % 11)? * 60;
        let now = crate::both::NOW.plus_seconds(i64::try_from(n)? * 100 - if n % 3 == 0 { 10 * back } else { back });
        let kind = if n % 5 == 0 { PostingKind::Found } else { PostingKind::Receipt };
        let mut draft = draft(n, kind, vec![costing("A", 2, 100), line("C", 1), line("A", 1)]);
        (draft.site, draft.actor) = ((*site).to_owned(), if n % 2 == 0 { "ana" } else { "eva" }.to_owned());
        posted(post_at(db, &draft, now).await?)?;
    }
    Ok(())
}

/// Of the newest rows of chains, each whole, the newest first of those not taken yet, as a person would put them together.
fn put_together<T>(mut chains: Vec<Vec<T>>, recorded_at: impl Fn(&T) -> i64) -> Vec<T> {
    chains.iter_mut().for_each(|chain| chain.reverse());
    let mut all = Vec::new();
    loop {
        let newest = chains.iter().map(|chain| chain.last().map(&recorded_at)).max().flatten();
        let Some(chain) = chains.iter_mut().find(|chain| newest.is_some() && chain.last().map(&recorded_at) == newest)
        else {
            return all;
        };
        all.extend(chain.pop());
    }
}

async fn several_chains_read_as_each_by_itself_put_together(db: Db) -> Result<()> {
    busy(&db).await?;
    let starts = starts(&db).await?;
    let a = product::get(&db, "A").await?.context("A is there")?.id;
    let span = Span {
        from: Some(Moment::At(crate::both::NOW.plus_seconds(1_500))),
        to: Some(Moment::Day("2026-12-31".parse()?)),
    };
    for filter in [
        PostingFilter::default(),
        PostingFilter { product: Some(a), ..PostingFilter::default() },
        PostingFilter { kind: Some(PostingKind::Found), actor: Some("ana".into()), ..PostingFilter::default() },
        PostingFilter { product: Some(a), span, ..PostingFilter::default() },
    ] {
        let mut chains = Vec::new();
        for start in &starts {
            chains.push(read::postings(&db, std::slice::from_ref(start), &filter, 100).await?.items);
        }
        let whole: Vec<_> = put_together(chains, |one| one.recorded_at.micros()).iter().map(|one| one.id).collect();
        let (mut found, mut from) = (Vec::new(), starts.clone());
        while !from.is_empty() {
            let page = read::postings(&db, &from, &filter, 4).await?;
            found.extend(page.items.iter().map(|one| one.id));
            from = page.next.into_iter().zip(&starts).map(|(before, (_, zone))| (before, zone.clone())).collect();
        }
        assert_eq!(found, whole, "{filter:?}");
        assert!(whole.len() > 2, "{filter:?}: {whole:?}");
    }
    Ok(())
}

async fn movements_of_several_chains_too(db: Db) -> Result<()> {
    busy(&db).await?;
    let starts = starts(&db).await?;
    let a = product::get(&db, "A").await?.context("A is there")?.id;
    let span = Span { from: Some(Moment::At(crate::both::NOW.plus_seconds(1_500))), to: None };
    for (product, filter) in [
        (None, MovementFilter::default()),
        (Some(a), MovementFilter::default()),
        (Some(a), MovementFilter { kind: Some(PostingKind::Found), span }),
    ] {
        let mut chains = Vec::new();
        for start in &starts {
            chains.push(read::movements(&db, product, std::slice::from_ref(start), &filter, 200).await?.items);
        }
        let place = |one: &ProductMovement| (one.site, one.seq, one.line);
        let whole: Vec<_> = put_together(chains, |one| one.recorded_at.micros()).iter().map(place).collect();
        let (mut found, mut from) = (Vec::new(), starts.clone());
        while !from.is_empty() {
            let page = read::movements(&db, product, &from, &filter, 4).await?;
            found.extend(page.items.iter().map(place));
            from = page.next.into_iter().zip(&starts).map(|(before, (_, zone))| (before, zone.clone())).collect();
        }
        assert_eq!(found, whole, "{filter:?}");
        assert!(whole.len() > 2, "{filter:?}: {whole:?}");
    }
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
    several_chains_read_as_each_by_itself_put_together movements_of_several_chains_too a_posting_reads_back_as_it_was_hashed lists_page_over_several_sites filters_narrow_postings
    the_running_balance_reads_back one_product_over_all_places a_day_closes_once_and_only_forward
}
