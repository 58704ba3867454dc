//! The stock as it was at the end of a day, by product and place.
//!
//! Invariant: lots are not told apart here: flows do not keep them.

use std::collections::HashMap;

use domain::{Day, Quantity};

use super::{
    as_of::{Span, Standing, candidates, location_codes, standings},
    item::{After, Place, StockItem, share},
    list::StockFilter,
};
use crate::{Db, Result};

/// The lines after that key at the end of that day, at most `limit`. The filter's expiry is not asked: flows keep no lots.
pub async fn list_as_of(
    db: &Db,
    day: Day,
    filter: &StockFilter,
    after: &After,
    limit: usize,
) -> Result<Vec<StockItem>> {
    let mut tx = db.read().await?;
    let span = Span::to(&mut tx, day).await?;
    let codes = location_codes(&mut tx).await?;
    let count = limit.clamp(50, 500);
    // The product the last page ended with may have more places.
    let mut from = (after.sku.clone(), after.site - 1);
    let mut items = Vec::new();
    while items.len() < limit {
        let found = candidates(&mut tx, filter, (&from.0, from.1), count).await?;
        let Some(last) = found.last() else { break };
        let more = found.len() == count;
        from = (last.sku.clone(), last.site);
        for standing in standings(&mut tx, span, found).await? {
            items.extend(lines(&standing, &codes, filter).into_iter().filter(|item| item.key > *after));
        }
        if !more {
            break;
        }
    }
    tx.rollback().await?;
    items.truncate(limit);
    Ok(items)
}

fn lines(standing: &Standing, codes: &HashMap<i64, String>, filter: &StockFilter) -> Vec<StockItem> {
    let Standing { what, places, on_hand, value } = standing;
    let scarce = what.minimum.is_some_and(|minimum| *on_hand <= minimum.milli());
    if filter.below_minimum && !scarce {
        return Vec::new();
    }
    let wanted = |code: &String| filter.location.as_ref().is_none_or(|wanted| wanted == code);
    let line = |(location, quantity): (&i64, &i64)| {
        let code = codes.get(location).filter(|code| wanted(code))?;
        (*quantity != 0).then(|| StockItem {
            key: After { sku: what.sku.clone(), site: what.site, location: *location, lot: 0 },
            name: what.name.clone(),
            unit: what.unit,
            place: Place { site: what.site_code.clone(), location: Some(code.clone()) },
            lot: None,
            quantity: Quantity::from_milli(*quantity),
            on_hand: Quantity::from_milli(*on_hand),
            minimum: what.minimum,
            value: share(*quantity, *on_hand, *value),
        })
    };
    places.iter().filter_map(line).collect()
}
