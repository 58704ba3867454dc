//! Prices and their history.

use anyhow::{Context, Result};
use domain::Money;
use store::{
    Db,
    product::{self, PriceChange},
};

use crate::{
    both::{CHANGE, NOW},
    products::incoming,
};

both! {
    the_newest_price_is_the_price
    all_prices_are_walked_in_pages
}

async fn the_newest_price_is_the_price(db: Db) -> Result<()> {
    let mut tx = db.write().await?;
    let id = product::create(&mut tx, &incoming("A", "Uno"), CHANGE).await?.id;
    let at = |seconds: i64, cents| PriceChange {
        product: id,
        price: Money::from_cents(cents),
        valid_from: NOW.plus_seconds(seconds),
    };
    assert_eq!(product::set_prices(&mut tx, &[at(-20, 500), at(-10, 700)], CHANGE).await?, 1);
    assert_eq!(product::set_prices(&mut tx, &[at(0, 700)], CHANGE).await?, 0, "the price it has already");
    assert_eq!(product::set_prices(&mut tx, &[at(-15, 600)], CHANGE).await?, 1, "one in between changes the past");
    tx.commit().await?;
    let product = product::get(&db, "A").await?.context("there")?;
    assert_eq!((product.price, product.version), (Some(Money::from_cents(700)), 3));
    let prices = async |before, limit| -> Result<Vec<i64>> {
        let history = product::price_history(&db, id, before, limit).await?;
        Ok(history.into_iter().map(|entry| entry.price.to_cents()).collect())
    };
    assert_eq!(prices(None, 10).await?, [700, 600, 500]);
    assert_eq!(prices(Some(NOW.plus_seconds(-10)), 1).await?, [600]);
    Ok(())
}

async fn all_prices_are_walked_in_pages(db: Db) -> Result<()> {
    let mut tx = db.write().await?;
    let mut ids = Vec::new();
    for sku in ["B", "A", "C"] {
        ids.push(product::create(&mut tx, &incoming(sku, "Uno"), CHANGE).await?.id);
    }
    let set = |product: i64, seconds: i64, cents| PriceChange {
        product,
        price: Money::from_cents(cents),
        valid_from: NOW.plus_seconds(seconds),
    };
    let prices = [set(ids[0], -20, 500), set(ids[1], -30, 100), set(ids[0], -10, 700), set(ids[1], -5, 300)];
    product::set_prices(&mut tx, &prices, CHANGE).await?;
    tx.commit().await?;
    let mut walked = Vec::new();
    for most in [1, 2, 3] {
        let (mut seen, mut after) = (Vec::new(), (String::new(), i64::MIN));
        loop {
            let page = product::past_prices(&db, None, (&after.0, after.1), most).await?;
            let Some(last) = page.last() else { break };
            after = (last.sku.clone(), last.entry.valid_from.micros());
            seen.extend(page.into_iter().map(|past| (past.sku, past.name, past.entry.price.to_cents())));
        }
        walked.push(seen);
    }
    let expected = [("A", 100), ("A", 300), ("B", 500), ("B", 700)];
    let expected: Vec<_> = expected.map(|(sku, cents)| (sku.to_owned(), "Uno".to_owned(), cents)).into();
    assert_eq!(walked, [expected.clone(), expected.clone(), expected]);
    let one = product::past_prices(&db, Some(ids[0]), ("", i64::MIN), 10).await?;
    assert_eq!(one.iter().map(|past| past.sku.as_str()).collect::<Vec<_>>(), ["B", "B"]);
    Ok(())
}
