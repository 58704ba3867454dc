//! The stock of a product at the end of each day of a span, to say what a back-dated posting would change.
//!
//! Invariant: taken back from what there is now, day by day, in one consistent reading.

use std::collections::HashMap;

use domain::{Day, Quantity};

use crate::{Bulk, Db, Result, Rows, dialect::Kind::Int};

static FLOWS: Bulk = Bulk::new(
    &[("site", Int), ("product", Int), ("day", Int)],
    "SELECT i.product, i.day, CAST(SUM(f.quantity) AS BIGINT) FROM input i JOIN location l ON l.site = i.site AND l.kind = 0
       JOIN flow f ON f.location = l.id AND f.day = i.day AND f.product = i.product
     GROUP BY i.product, i.day",
);

static ON_HAND: Bulk = Bulk::new(
    &[("site", Int), ("product", Int)],
    "SELECT v.product, v.quantity FROM input i JOIN valuation v ON v.site = i.site AND v.product = i.product",
);

/// What a site had of some products at the end of each day from `first` to `last`, the newest last. `last` is today.
pub async fn daily_stock(
    db: &Db,
    site: i64,
    products: &[i64],
    first: Day,
    last: Day,
) -> Result<HashMap<i64, Vec<(Day, Quantity)>>> {
    let mut tx = db.read().await?;
    let (mut on_hand, mut flows) = (Rows::new(&ON_HAND, tx.backend()), Rows::new(&FLOWS, tx.backend()));
    for product in products {
        on_hand.int(site).int(*product);
        for day in first.number() + 1..=last.number() {
            flows.int(site).int(*product).int(i64::from(day));
        }
    }
    let on_hand: HashMap<i64, i64> = on_hand.all::<(i64, i64)>(&mut tx).await?.into_iter().collect();
    let flows = flows.all::<(i64, i64, i64)>(&mut tx).await?;
    let flows: HashMap<(i64, i64), i64> = flows.into_iter().map(|(product, day, sum)| ((product, day), sum)).collect();
    tx.rollback().await?;
    let days = |product: i64| {
        let mut left = on_hand.get(&product).copied().unwrap_or(0);
        let mut days = Vec::new();
        for number in (first.number()..=last.number()).rev() {
            days.push((Day::from_number(number), Quantity::from_milli(left)));
            left -= flows.get(&(product, i64::from(number))).copied().unwrap_or(0);
        }
        days.reverse();
        days
    };
    Ok(products.iter().map(|product| (*product, days(*product))).collect())
}
