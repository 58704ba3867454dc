//! What a back-dated posting would change between its day and today.
//!
//! Invariant: says nothing of a posting of today; never reads more days than [`MOST_DAYS`].

use std::collections::BTreeMap;

use domain::{
    Day, Quantity, Timestamp,
    ledger::{Draft, LocationKind, Posted},
};
use platform::http::Problem;
use serde::Serialize;
use store::{Db, product, site, stock};
use utoipa::ToSchema;

use crate::api::shapes::QuantityText;

/// Days times products that are looked at; products beyond are left out.
const MOST_DAYS: usize = 100_000;

/// What a posting into a past day would change of one product.
#[derive(Debug, Serialize, ToSchema)]
pub struct Impact {
    /// Code of the product.
    pub sku: String,
    /// Days from the posting's to today whose closing stock would change.
    pub days: i64,
    /// What the site has now.
    pub on_hand_before: QuantityText,
    /// What it would have now.
    pub on_hand_after: QuantityText,
    /// The lowest closing stock there would be on one of those days. Below zero, the past would not add up.
    pub lowest: QuantityText,
    /// The first day on which it would be that low.
    #[schema(format = Date)]
    pub lowest_on: String,
}

/// The changes by product, in the order of their codes.
pub async fn of(db: &Db, draft: &Draft, posted: &Posted, now: Timestamp) -> Result<Vec<Impact>, Problem> {
    let Some(site) = site::get(db, &draft.site).await? else { return Ok(Vec::new()) };
    let (today, day) = (site.zone.day_of(now), site.zone.day_of(draft.effective_at.unwrap_or(now)));
    let days = usize::try_from(today.number() - day.number() + 1).unwrap_or(0);
    if days < 2 {
        return Ok(Vec::new());
    }
    let mut changes = changes(posted);
    while changes.len() * days > MOST_DAYS && changes.len() > 1 {
        changes.pop_last();
    }
    let mut tx = db.read().await?;
    let skus: Vec<&str> = changes.keys().copied().collect();
    let ids = product::ids_of(&mut tx, &skus).await?;
    tx.rollback().await?;
    let numbers: Vec<i64> = ids.values().copied().collect();
    let first = if days > MOST_DAYS { today.plus(-365) } else { day };
    let stock = stock::daily_stock(db, site.id, &numbers, first, today).await?;
    let impact = |(sku, change): (&str, Quantity)| one(sku, change, stock.get(ids.get(sku)?)?);
    Ok(changes.into_iter().filter_map(impact).collect())
}

/// What the site would have more or less of each product.
fn changes(posted: &Posted) -> BTreeMap<&str, Quantity> {
    let is_internal = |code: &str| LocationKind::virtuals().all(|kind| kind.name() != code);
    let mut changes = BTreeMap::new();
    for line in &posted.lines {
        let change = match (is_internal(&line.from), is_internal(&line.to)) {
            (true, false) => -line.quantity,
            (false, true) => line.quantity,
            _ => continue,
        };
        *changes.entry(&*line.sku).or_insert(Quantity::ZERO) += change;
    }
    changes
}

fn one(sku: &str, change: Quantity, stock: &[(Day, Quantity)]) -> Option<Impact> {
    let (lowest_on, lowest) = stock.iter().min_by_key(|(day, quantity)| (*quantity, *day))?;
    let (_, now) = stock.last()?;
    Some(Impact {
        sku: sku.to_owned(),
        days: i64::try_from(stock.len()).unwrap_or(i64::MAX),
        on_hand_before: (*now).into(),
        on_hand_after: (*now + change).into(),
        lowest: (*lowest + change).into(),
        lowest_on: lowest_on.to_string(),
    })
}
