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
