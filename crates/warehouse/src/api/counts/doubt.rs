//! What is counted a second time before it is believed, and what takes a manager to close.
//!
//! Invariant: a blind sheet tells that a line is to be counted again, never what there should have been nor on which side it is.

use std::collections::HashMap;

use access::{Permission, Permit};
use axum::http::StatusCode;
use domain::{Quantity, Zone, counting::CountPolicy};
use platform::http::{Principal, Problem, problem::FieldError};
use store::{
    Db,
    count::{self, Counted, Line, Sheet},
};

use super::{get, lines::Found, view::Recount};
use crate::state::Warehouse;

/// Whether a line still has to be counted again.
pub fn asks_again(policy: &CountPolicy, line: &Line, expected: Quantity) -> bool {
    !line.recount && policy.asks_again(expected, line.counted)
}

/// Which of the lines about to be added to a sheet, that has `known` ones, are to be counted again.
pub async fn of_new_lines(db: &Db, sheet: &Sheet, known: &[Line], found: &[Found]) -> Result<Vec<Recount>, Problem> {
    let before = |one: &Counted| known.iter().find(|line| (line.product, line.lot) == (one.product, one.lot));
    let line = |(number, Found { sku, lot, counted: one }): (i64, &Found)| Line {
        line: number,
        product: one.product,
        sku: sku.clone(),
        name: String::new(),
        lot: one.lot,
        lot_name: lot.clone(),
        counted: one.counted,
        counted_at: one.counted_at,
        counted_seq: i64::MAX,
        expected: None,
        first_counted: None,
        actor: String::new(),
        recount: before(one).is_some_and(|line| line.recount || !one.is_the_same_as(line)),
    };
    // What stands although these lines came was counted after them, and is not theirs to doubt.
    let stands = |one: &Counted| before(one).is_some_and(|line| one.is_late_for(line.counted_at));
    let new = (1_i64..).zip(found).filter(|(_, found)| !stands(&found.counted));
    let new: Vec<Line> = new.map(line).collect();
    let site = get::site_of(db, sheet).await?;
    let expected = count::expected(db, sheet, &site.zone, &new).await?;
    let doubtful =
        |line: &&Line| asks_again(&site.counting, line, expected.get(&line.line).copied().unwrap_or_default());
    Ok(new.iter().filter(doubtful).map(Recount::of).collect())
}

/// Whether a sheet may be closed by this caller: its large differences were counted twice, and what they are worth is not above what
/// the caller may decide.
pub async fn check(
    warehouse: &Warehouse,
    (sheet, policy): (&Sheet, &CountPolicy),
    (lines, expected): (&[Line], &HashMap<i64, Quantity>),
    principal: &Principal,
) -> Result<(), Problem> {
    let expected = |line: &Line| expected.get(&line.line).copied().unwrap_or_default();
    let again = lines.iter().enumerate().filter(|(_, line)| asks_again(policy, line, expected(line)));
    let again: Vec<FieldError> = again
        .map(|(place, line)| {
            FieldError::new(format!("lines[{place}].counted"), "recount_needed").arg("sku", line.sku.as_str())
        })
        .collect();
    if !again.is_empty() {
        return Err(Problem::conflict("recount_needed").arg("count", again.len()).with_errors(again));
    }
    if principal.may(Permission::CountsApprove) {
        return Ok(());
    }
    let mut differences: HashMap<i64, Quantity> = HashMap::new();
    for line in lines {
        *differences.entry(line.product).or_default() += (line.counted - expected(line)).abs();
    }
    if count::worth(&warehouse.db, sheet.site, &differences).await? > policy.approval_above {
        let limit = policy.approval_above.to_string();
        return Err(Problem::new(StatusCode::FORBIDDEN, "approval_needed").arg("limit", limit));
    }
    Ok(())
}

/// Refuses lines whose goods another sheet adjusted after they were counted for this one: their difference may be the one that is
/// posted already, and only counting again tells.
pub async fn not_elsewhere(
    warehouse: &Warehouse,
    (sheet, zone): (&Sheet, &Zone),
    lines: &[Line],
) -> Result<(), Problem> {
    let found = count::elsewhere(&warehouse.db, sheet, zone, lines).await?;
    let Some(other) = found.first().map(|first| first.sheet.clone()) else { return Ok(()) };
    let error = |elsewhere: &count::Elsewhere| {
        let (place, line) = lines.iter().enumerate().find(|(_, line)| line.line == elsewhere.line)?;
        let error = FieldError::new(format!("lines[{place}].counted"), "counted_elsewhere");
        Some(error.arg("sku", line.sku.as_str()).arg("sheet", elsewhere.sheet.as_str()))
    };
    let errors: Vec<FieldError> = found.iter().filter_map(error).collect();
    Err(Problem::conflict("counted_elsewhere").arg("sheet", other).arg("count", errors.len()).with_errors(errors))
}
