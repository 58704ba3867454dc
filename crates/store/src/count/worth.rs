//! What the differences of a count are worth.

use std::collections::HashMap;

use domain::{Money, Quantity};

use crate::{Bulk, Db, Result, Rows, dialect::Kind::Int};

static BOOKS: Bulk = Bulk::new(
    &[("site", Int), ("product", Int)],
    "SELECT v.product, v.quantity, v.value, v.last_cost FROM input i
       JOIN valuation v ON v.site = i.site AND v.product = i.product",
);

/// What so much of these products, whatever its sign, is worth at a site, all added up: at the average cost, or where nothing is on
/// hand at the last.
pub async fn worth(db: &Db, site: i64, differences: &HashMap<i64, Quantity>) -> Result<Money> {
    let mut tx = db.read().await?;
    let mut input = Rows::new(&BOOKS, tx.backend());
    for product in differences.keys() {
        input.int(site).int(*product);
    }
    let books: Vec<(i64, i64, i64, i64)> = input.all(&mut tx).await?;
    tx.rollback().await?;
    let of = |(product, quantity, value, last_cost): (i64, i64, i64, i64)| {
        let difference = differences.get(&product).copied().unwrap_or_default().abs();
        if quantity > 0 {
            return Money::from_minor(value).share(difference.milli(), quantity);
        }
        Money::from_minor(last_cost).times(difference).unwrap_or(Money::from_minor(i64::MAX))
    };
    let sum = books.into_iter().map(of).fold(0, |sum: i64, worth| sum.saturating_add(worth.minor()));
    Ok(Money::from_minor(sum))
}
