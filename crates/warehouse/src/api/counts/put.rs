//! Putting what was counted on its sheet, now or once the database is back.
//!
//! Invariant: a request takes effect once, whichever way it comes; no goods stand on a sheet twice, neither by one request nor by counting a
//! product both lot by lot and all lots together.

use std::collections::{HashMap, HashSet};

use axum::response::Response;
use domain::{Timestamp, ledger::Rejection};
use platform::http::{Problem, idempotency::Keyed, json, problem::FieldError};
use store::{
    Db, Tx,
    count::{self, Counted, Line, Sheet, Status},
    ledger::read,
    lot, product, site,
};

use super::{
    doubt,
    lines::{AskedLines, Found, LinesStatus, LinesTaken, refuse_mixed},
};
use crate::{api::postings::refusal, journal};

/// Puts on a sheet what that person counted, and tells what of it is to be counted again.
pub(super) async fn put(
    db: &Db,
    sheet: &Sheet,
    asked: (&AskedLines, &str),
    keyed: (&Keyed, Timestamp),
) -> Result<Response, Problem> {
    add(db, sheet, asked, (keyed, Doubts::Told)).await
}

/// Whether it is told what is to be counted again.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Doubts {
    Told,
    /// Nobody waits for the answer, and what there was long ago takes long to say.
    Untold,
}

async fn add(
    db: &Db,
    sheet: &Sheet,
    (asked, actor): (&AskedLines, &str),
    ((keyed, now), doubts): ((&Keyed, Timestamp), Doubts),
) -> Result<Response, Problem> {
    let found = resolve(db, asked, now).await?;
    let known = count::lines(db, sheet.id).await?;
    not_both_ways(&known, &found)?;
    let recount = match doubts {
        Doubts::Told => doubt::of_new_lines(db, sheet, &known, &found).await?,
        Doubts::Untold => Vec::new(),
    };
    let counted: Vec<Counted> = found.into_iter().map(|found| found.counted).collect();
    let mut tx = db.write().await?;
    if let Some(answered) = keyed.answered(&mut tx, now).await? {
        return Ok(answered);
    }
    let sheet = count::lock(&mut tx, sheet.id).await?.ok_or_else(|| Problem::not_found(sheet.id.to_string()))?;
    if sheet.status == Status::Closed || sheet.closed_at.is_some() {
        return Err(Problem::conflict("count_closed"));
    }
    in_open_days(&mut tx, &sheet, &counted).await?;
    count::add_lines(&mut tx, &sheet, &counted, actor).await?;
    let taken = LinesTaken { id: sheet.id, status: LinesStatus::Added, lines: counted.len(), recount };
    let response = keyed.keep(&mut tx, json::ok(&taken)).await?;
    tx.commit().await?;
    Ok(response)
}

/// The same of what waited for the database. What was put there already is not looked at again, whatever became of the sheet and its goods.
pub(crate) async fn hand_on(db: &Db, counted: &journal::Counted, now: Timestamp) -> Result<(), Problem> {
    let mut tx = db.write().await?;
    let was_put = counted.keyed.answered(&mut tx, now).await?.is_some();
    tx.rollback().await?;
    if was_put {
        return Ok(());
    }
    let missing = || Problem::not_found(counted.sheet.to_string());
    let sheet = count::get(db, counted.sheet).await?.ok_or_else(missing)?;
    let asked = AskedLines::of(&counted.lines);
    add(db, &sheet, (&asked, &counted.actor), ((&counted.keyed, now), Doubts::Untold)).await.map(drop)
}

/// What the codes of the lines stand for. Every mistake is told: what could not be read, and what is not known.
async fn resolve(db: &Db, asked: &AskedLines, now: Timestamp) -> Result<Vec<Found>, Problem> {
    let mut errors = asked.mistakes(now);
    let mut tx = db.read().await?;
    let products = product::ids_of(&mut tx, &asked.skus()).await?;
    let (mut found, mut seen) = (Vec::with_capacity(asked.lines.len()), HashSet::new());
    for (index, line) in asked.lines.iter().enumerate() {
        let at = |field: &str| format!("lines[{index}].{field}");
        let Some(sku) = &line.sku else { continue };
        let Some(product) = products.get(sku).copied() else {
            errors.push(FieldError::new(at("sku"), "unknown_product").arg("sku", sku.as_str()));
            continue;
        };
        let lot = match &line.lot {
            Some(name) => lot::find(&mut tx, product, name).await?,
            None => Some(0),
        };
        match lot {
            Some(lot) if !seen.insert((product, lot)) => {
                errors.push(FieldError::new(at("sku"), "repeated").arg("value", sku.as_str()));
            }
            Some(lot) => found.extend(line.counted.map(|counted| {
                let (counted_at, is_dated) = (line.counted_at.unwrap_or(now), line.counted_at.is_some());
                let counted = Counted { product, lot, counted, counted_at, is_dated };
                Found { sku: sku.clone(), lot: line.lot.clone(), counted }
            })),
            None => {
                let code = line.lot.as_ref().map_or("", |lot| &lot.code);
                errors.push(FieldError::new(at("lot"), "unknown_lot").arg("lot", code));
            }
        }
    }
    tx.rollback().await?;
    if errors.is_empty() { Ok(found) } else { Err(Problem::invalid(errors)) }
}

/// What says when it was counted says a day that a posting could say as well: what there was in a day that is closed is settled.
async fn in_open_days(tx: &mut Tx, sheet: &Sheet, counted: &[Counted]) -> Result<(), Problem> {
    let first = counted.iter().filter(|one| one.is_dated).map(|one| one.counted_at).min();
    let closed = read::head_in(tx, sheet.site).await?.and_then(|head| head.closed_through);
    let (Some(first), Some(closed_through)) = (first, closed) else { return Ok(()) };
    let site = site::get_in(tx, &sheet.site_code).await?;
    let site = site.ok_or_else(|| Problem::bug(format!("site {} is gone", sheet.site_code)))?;
    if site.zone.day_of(first) <= closed_through {
        return Err(refusal::problem(&Rejection::ClosedDay { closed_through }, ""));
    }
    Ok(())
}

/// Nor what the sheet has already.
fn not_both_ways(known: &[Line], found: &[Found]) -> Result<(), Problem> {
    let mut by_lot: HashMap<i64, bool> = known.iter().map(|line| (line.product, line.lot != 0)).collect();
    refuse_mixed(&mut by_lot, found.iter().map(|found| (found.counted.product, found.counted.lot != 0)))
}
