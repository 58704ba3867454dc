//! Stock lists and valuations as they are now.

use anyhow::Result;
use domain::{Level, Money};
use store::{
    Db,
    site::Sites,
    stock::{self, After, StockFilter, StockItem},
};

use super::{shop, units};

fn shown(items: &[StockItem]) -> Vec<(String, String, String, i64)> {
    let row = |item: &StockItem| {
        let place = item.place.clone();
        (item.key.sku.clone(), place.site, place.location.unwrap_or_default(), item.quantity.milli() / 1000)
    };
    items.iter().map(row).collect()
}

fn row(sku: &str, site: &str, location: &str, units: i64) -> (String, String, String, i64) {
    (sku.to_owned(), site.to_owned(), location.to_owned(), units)
}

async fn all(db: &Db, filter: &StockFilter) -> Result<Vec<StockItem>> {
    Ok(stock::list(db, filter, &After::default(), 100).await?)
}

async fn every_place_and_what_is_missing(db: Db) -> Result<()> {
    shop(&db).await?;
    let items = all(&db, &StockFilter::default()).await?;
    let expected = [
        row("A", "centro", "deposito", 6),
        row("A", "centro", "salon", 1),
        row("B", "centro", "", 0),
        row("B", "norte", "", 0),
        row("C", "norte", "deposito", 2),
    ];
    assert_eq!(shown(&items), expected);
    assert_eq!((items[0].value, items[1].value), (Money::from_cents(60_00), Money::from_cents(10_00)));
    assert_eq!((items[0].on_hand, items[2].level(), items[4].level()), (units(7), Level::Out, Level::Ok));
    Ok(())
}

async fn a_page_begins_where_the_last_ended(db: Db) -> Result<()> {
    shop(&db).await?;
    let whole = shown(&all(&db, &StockFilter::default()).await?);
    let (mut after, mut paged) = (After::default(), Vec::new());
    loop {
        let page = stock::list(&db, &StockFilter::default(), &after, 2).await?;
        let Some(last) = page.last() else { break };
        after = last.key.clone();
        paged.extend(shown(&page));
    }
    assert_eq!(paged, whole);
    Ok(())
}

async fn filters_narrow(db: Db) -> Result<()> {
    shop(&db).await?;
    let by = |change: fn(&mut StockFilter)| {
        let mut filter = StockFilter::default();
        change(&mut filter);
        filter
    };
    let salon = by(|f| f.location = Some("salon".to_owned()));
    assert_eq!(shown(&all(&db, &salon).await?), [row("A", "centro", "salon", 1)]);
    let below = by(|f| f.below_minimum = true);
    assert_eq!(shown(&all(&db, &below).await?), [row("B", "centro", "", 0), row("B", "norte", "", 0)]);
    let drinks = by(|f| f.category = Some("bebidas".to_owned()));
    assert_eq!(all(&db, &drinks).await?.len(), 2);
    let words = by(|f| f.words = Some("c".to_owned()));
    assert_eq!(shown(&all(&db, &words).await?), [row("C", "norte", "deposito", 2)]);
    let nobody = by(|f| f.supplier = Some("nobody".to_owned()));
    assert!(all(&db, &nobody).await?.is_empty());
    Ok(())
}

async fn the_valuation_adds_up(db: Db) -> Result<()> {
    shop(&db).await?;
    let worth = stock::valuation(&db, &Sites::Every, ("", 0), 100).await?;
    assert_eq!(worth.total, Money::from_cents(12_000));
    assert_eq!(worth.items.len(), 2);
    assert_eq!(worth.items[0].average_cost(), Some(Money::from_cents(10_00)));
    let rest = stock::valuation(&db, &Sites::Every, ("A", worth.items[0].site), 100).await?;
    assert_eq!((rest.items.len(), rest.items[0].sku.as_str(), rest.total), (1, "C", worth.total));
    Ok(())
}

both! { every_place_and_what_is_missing a_page_begins_where_the_last_ended filters_narrow the_valuation_adds_up }
