//! Stock and value as of a day.

use std::collections::BTreeMap;

use anyhow::Result;
use domain::{Day, Money, Quantity, Timestamp, Zone, ledger::PostingKind};
use store::{
    Db,
    site::Sites,
    stock::{self, After, StockFilter},
};

use super::{posted, units};
use crate::ledger::shop::{add_product, costing, draft, line, open_site, post_at};

fn noon(day: &str) -> Result<Timestamp> {
    Ok(Zone::named("America/Argentina/Buenos_Aires")?.local(&format!("{day} 12:00:00"))?)
}

/// Receives 10 for 100 and sells 1 on the 5th of each month from January to September 2025.
async fn a_year(db: &Db) -> Result<()> {
    open_site(db, "centro").await?;
    add_product(db, "A", |_| {}).await?;
    for month in 1..=9_u128 {
        let now = noon(&format!("2025-{month:02}-05"))?;
        posted(post_at(db, &draft(month * 2, PostingKind::Receipt, vec![costing("A", 10, 100)]), now).await?)?;
        posted(post_at(db, &draft(month * 2 + 1, PostingKind::Sale, vec![line("A", 1)]), now).await?)?;
    }
    Ok(())
}

async fn stock_on(db: &Db, day: &str) -> Result<(Quantity, Money)> {
    let day: Day = day.parse()?;
    let worth = stock::valuation_as_of(db, day, &Sites::Every, ("", 0), 10).await?;
    let items = stock::list_as_of(db, day, &StockFilter::default(), &After::default(), 10).await?;
    let (places, value) = items
        .iter()
        .fold((Quantity::ZERO, Money::ZERO), |(quantity, value), item| (quantity + item.quantity, value + item.value));
    let site = worth.items.first().map_or((Quantity::ZERO, Money::ZERO), |item| (item.quantity, item.value));
    assert_eq!((places, value), site, "the places add up to the site");
    assert_eq!(worth.total, site.1);
    Ok(site)
}

async fn the_same_from_either_end(db: Db) -> Result<()> {
    a_year(&db).await?;
    let expected = [
        ("2025-01-04", 0),
        ("2025-01-05", 9),
        ("2025-02-28", 18),
        ("2025-08-04", 63),
        ("2025-08-05", 72),
        ("2025-12-31", 81),
    ];
    for (day, on_hand) in expected {
        let pesos = Money::from_cents(on_hand * 1000);
        assert_eq!(stock_on(&db, day).await?, (units(on_hand), pesos), "on {day}");
    }
    Ok(())
}

async fn a_back_dated_posting_changes_the_past(db: Db) -> Result<()> {
    a_year(&db).await?;
    let mut late = draft(99, PostingKind::Sale, vec![line("A", 2)]);
    late.effective_at = Some(noon("2025-03-10")?);
    late.may_back_date = true;
    posted(post_at(&db, &late, noon("2025-09-20")?).await?)?;
    assert_eq!(stock_on(&db, "2025-03-09").await?.0, units(27));
    assert_eq!(stock_on(&db, "2025-03-10").await?.0, units(25));
    assert_eq!(stock_on(&db, "2025-09-30").await?.0, units(79));
    Ok(())
}

async fn the_days_between_are_taken_back_from_now(db: Db) -> Result<()> {
    a_year(&db).await?;
    let site = store::site::get(&db, "centro").await?.map_or(0, |site| site.id);
    let product = store::product::get(&db, "A").await?.map_or(0, |product| product.id);
    let days = stock::daily_stock(&db, site, &[product], "2025-08-04".parse()?, "2025-09-06".parse()?).await?;
    let on = |day: &str| days[&product].iter().find(|(d, _)| d.to_string() == day).map(|(_, quantity)| *quantity);
    assert_eq!(days[&product].len(), 34);
    assert_eq!((on("2025-08-04"), on("2025-08-05")), (Some(units(63)), Some(units(72))));
    assert_eq!((on("2025-09-04"), on("2025-09-06")), (Some(units(72)), Some(units(81))));
    Ok(())
}

/// Products whose codes follow one another in another order than their numbers, at two sites, moved on some days.
async fn many_products_page_by_page(db: Db) -> Result<()> {
    const MANY: u128 = 60;
    let sku = |number: u128| format!("P{:02}", number * 37 % MANY);
    for site in ["centro", "norte"] {
        open_site(&db, site).await?;
    }
    for number in 0..MANY {
        add_product(&db, &sku(number), |_| {}).await?;
    }
    let mut expected: BTreeMap<(String, String), i64> = BTreeMap::new();
    let day: Day = "2025-06-10".parse()?;
    for number in 0..MANY {
        for (site, months) in [("centro", 1..=4), ("norte", 3..=9)] {
            // A third of them never moves at the second site.
            if site == "norte" && number % 3 == 0 {
                continue;
            }
            for month in months {
                let received = i64::try_from(number % 7 + month)?;
                let id = 10_000 + number * 100 + month * 2 + u128::from(site == "norte");
                let mut receipt = draft(id, PostingKind::Receipt, vec![costing(&sku(number), received, received * 10)]);
                receipt.site = site.to_owned();
                let at = noon(&format!("2025-{month:02}-{:02}", 1 + number % 28))?;
                posted(post_at(&db, &receipt, at).await?)?;
                if domain::Zone::named("America/Argentina/Buenos_Aires")?.day_of(at) <= day {
                    *expected.entry((sku(number), site.to_owned())).or_default() += received * 1000;
                }
            }
        }
    }
    let (mut listed, mut after) = (BTreeMap::new(), After::default());
    loop {
        let page = stock::list_as_of(&db, day, &StockFilter::default(), &after, 7).await?;
        let Some(last) = page.last() else { break };
        after = last.key.clone();
        for item in page {
            *listed.entry((item.key.sku, item.place.site)).or_default() += item.quantity.milli();
        }
    }
    assert_eq!(listed, expected);
    let (mut valued, mut after, mut total) = (BTreeMap::new(), (String::new(), 0), Money::ZERO);
    loop {
        let page = stock::valuation_as_of(&db, day, &store::site::Sites::Every, (&after.0, after.1), 11).await?;
        let Some(last) = page.items.last() else { break };
        after = (last.sku.clone(), last.site);
        for item in page.items {
            total += item.value;
            assert_eq!(item.value.minor(), item.quantity.milli() * 100, "each cost ten pesos");
            valued.insert((item.sku, item.site_code), item.quantity.milli());
        }
        assert!(valued.len() < expected.len() || total == page.total, "the total is that of all pages");
    }
    assert_eq!(valued, expected);
    Ok(())
}

both! {
    the_same_from_either_end a_back_dated_posting_changes_the_past the_days_between_are_taken_back_from_now
    many_products_page_by_page
}
