//! Closing a count sheet: one posting of its differences.
//!
//! Invariant: a sheet is posted once. Its posting has an identity of its own, so that after a crash at any instant closing again
//! finds it and only brings the sheet in line.

use std::{collections::HashMap, time::Duration};

use axum::{
    extract::{Path, State},
    http::StatusCode,
    response::Response,
};
use contracts::approval::{Again, Asked, Passed};
use domain::{
    Quantity,
    ledger::{Draft, Limits, LineDraft, LocationKind, Outcome, PostingKind, Reference, Rejection},
};
use platform::http::{Principal, Problem, json, problem::ProblemDocument};
use store::{
    Db,
    approval::State as Stands,
    count::{self, Line, Sheet, Status},
    ledger::read,
};
use uuid::Uuid;

use super::{doubt, get, view::Count};
use crate::{
    api::{changes, postings::refusal},
    journal::Closing,
    state::Warehouse,
};

/// When lines that wait are likely to be on the sheet.
const LINES_WAIT: Duration = Duration::from_secs(2);

/// Close a count sheet
///
/// Posts the differences as one `count` posting. Closing again changes nothing. Goods of which another sheet posted a difference after
/// they were counted for this one have to be counted again (`counted_elsewhere`): the same difference is not posted twice. Large differences have to be counted twice first, and
/// a sheet whose differences are worth more than the site's `count_approval_above` is closed by a manager or the owner.
#[utoipa::path(
    post,
    path = "/api/v1/counts/{id}/close",
    tag = "counts",
    params(("id" = Uuid, Path, description = "Identity of the sheet")),
    responses(
        (status = 200, description = "It is closed", body = Count),
        (status = 202, description = "Its differences wait for a second person, at the address in `Location`; until then it takes no lines", body = Count),
        (status = 403, description = "Its differences are worth more than this key may decide", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 404, description = "There is none", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 409, description = "It has no lines, some have to be counted again, another sheet with the same goods was closed meanwhile, or its differences do not fit the books any more", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 503, description = "The database is down, or lines of it that were taken meanwhile are still on their way", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub async fn close(
    State(warehouse): State<Warehouse>,
    principal: Principal,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let sheet = get::find(&warehouse, &principal, &id).await?;
    let mut waits = None;
    if sheet.status == Status::Open {
        let _nothing_waits = without_waiting(&warehouse, &sheet).await?;
        begin(&warehouse, &sheet).await?;
        match post_and_settle(&warehouse, &sheet, &principal).await {
            Ok(request) => waits = request,
            Err(problem) => {
                // Refused, it takes lines again; anything else may have been posted, and closing again will tell.
                if problem.status().is_client_error() {
                    reopen(&warehouse, &sheet).await?;
                }
                return Err(problem);
            }
        }
    }
    let sheet = get::find(&warehouse, &principal, &id).await?;
    let count = get::document(&warehouse, &sheet).await?;
    Ok(match waits {
        Some(request) => json::accepted(&format!("/api/v1/approvals/{request}"), &count),
        None => json::ok(&count),
    })
}

/// Lines that wait in the journal of this server come onto the sheet before it is closed, and none are kept for it meanwhile.
async fn without_waiting(warehouse: &Warehouse, sheet: &Sheet) -> Result<Option<Closing>, Problem> {
    let Some(journal) = &warehouse.journal else { return Ok(None) };
    let waiting = || Problem::new(StatusCode::SERVICE_UNAVAILABLE, "lines_waiting").retry_after(LINES_WAIT);
    journal.close(sheet.id).await.map(Some).ok_or_else(waiting)
}

/// From here on the sheet takes no more lines, and no other sheet with the same goods is closed.
async fn begin(warehouse: &Warehouse, sheet: &Sheet) -> Result<(), Problem> {
    let mut tx = warehouse.db.write().await?;
    if let Some(other) = count::closing_too(&mut tx, sheet).await? {
        return Err(Problem::conflict("closing_elsewhere").arg("sheet", other.to_string()));
    }
    count::mark_closing(&mut tx, sheet.id, Some(warehouse.clock.now())).await?;
    Ok(tx.commit().await?)
}

/// The sheet takes lines again.
async fn reopen(warehouse: &Warehouse, sheet: &Sheet) -> Result<(), Problem> {
    let mut tx = warehouse.db.write().await?;
    count::mark_closing(&mut tx, sheet.id, None).await?;
    Ok(tx.commit().await?)
}

/// The request that waits for a second person, when one does: until it is decided the sheet takes no lines.
async fn post_and_settle(warehouse: &Warehouse, sheet: &Sheet, principal: &Principal) -> Result<Option<Uuid>, Problem> {
    let lines = count::lines(&warehouse.db, sheet.id).await?;
    if lines.is_empty() {
        return Err(Problem::conflict("count_empty"));
    }
    if read::posting(&warehouse.db, sheet.posting()).await?.is_none() {
        let waiting = warehouse.approvals.of_posting(sheet.posting()).await?;
        if let Some(waiting) = waiting.filter(|request| request.state == Stands::Pending) {
            return Ok(Some(waiting.id));
        }
        if let Some(request) = post(warehouse, sheet, &lines, principal).await? {
            return Ok(Some(request));
        }
    }
    settle(&warehouse.db, sheet, &lines).await.map(|()| None)
}

async fn post(
    warehouse: &Warehouse,
    sheet: &Sheet,
    lines: &[Line],
    principal: &Principal,
) -> Result<Option<Uuid>, Problem> {
    let site = get::site_of(&warehouse.db, sheet).await?;
    doubt::not_elsewhere(warehouse, (sheet, &site.zone), lines).await?;
    let expected = count::expected(&warehouse.db, sheet, &site.zone, lines).await?;
    doubt::check(warehouse, (sheet, &site.counting), (lines, &expected), principal).await?;
    let draft = Draft { limits: warehouse.approvals.limits(), ..draft(sheet, lines, &expected, principal) };
    let outcome = warehouse.writer.post(vec![draft.clone()]).await?.pop().ok_or_else(|| Problem::bug("no outcome"))?;
    changes::tell(&warehouse.events, [(sheet.site_code.as_str(), &outcome)].into_iter());
    let outcome = match Passed::of(&outcome) {
        None => outcome,
        Some(passed) => match warehouse.approvals.ask(&draft, passed, Some(principal), Again::Yes).await? {
            Asked::Waits(request) => return Ok(Some(request.id)),
            Asked::Decided(outcome) => outcome,
        },
    };
    match &outcome {
        // Somebody else closed it at the same time, perhaps with a line more: theirs stands.
        Outcome::Posted(_) | Outcome::Duplicate(_) | Outcome::Rejected(Rejection::IdempotencyConflict) => Ok(None),
        Outcome::Rejected(rejection) => Err(refusal::problem(rejection, "")),
    }
}

fn draft(sheet: &Sheet, lines: &[Line], expected: &HashMap<i64, Quantity>, principal: &Principal) -> Draft {
    let line = |line: &Line| {
        let difference = line.counted - expected.get(&line.line).copied().unwrap_or_default();
        let (place, loss) = (Some(sheet.location_code.clone()), Some(LocationKind::Loss.name().to_owned()));
        let (from, to) = if difference > Quantity::ZERO { (loss, place) } else { (place, loss) };
        let (sku, lot, quantity) = (line.sku.clone(), line.lot_name.clone(), difference.abs());
        (difference != Quantity::ZERO).then_some(LineDraft {
            sku,
            quantity,
            from,
            to,
            lot,
            unit_price: None,
            line_cost: None,
        })
    };
    Draft {
        id: sheet.posting(),
        site: sheet.site_code.clone(),
        kind: PostingKind::Count,
        effective_at: None,
        reference: Reference { kind: "count".to_owned(), number: sheet.id.to_string() },
        actor: principal.signature().to_owned(),
        device: String::new(),
        note: sheet.note.clone(),
        corrects: None,
        lines: lines.iter().filter_map(line).collect(),
        may_back_date: false,
        taken_at: None,
        limits: Limits::NONE,
    }
}

/// After a second person let its posting through: the sheet is closed.
pub async fn follow(db: &Db, sheet: Uuid) {
    let followed = async {
        if let Some(sheet) = count::get(db, sheet).await? {
            let lines = count::lines(db, sheet.id).await?;
            settle(db, &sheet, &lines).await?;
        }
        Ok::<(), Problem>(())
    };
    if let Err(problem) = followed.await {
        tracing::warn!(%sheet, %problem, "a count sheet will follow its posting when it is closed again");
    }
}

/// Brings the sheet in line with its posting: what was expected is what was counted less what the posting moved.
async fn settle(db: &Db, sheet: &Sheet, lines: &[Line]) -> Result<(), Problem> {
    let posting = read::posting(db, sheet.posting()).await?;
    let posting = posting.ok_or_else(|| Problem::bug("a count was posted and does not stand"))?;
    let moved = |line: &Line| {
        let own = posting
            .entry
            .movements
            .iter()
            .filter(|m| m.product == line.product && (line.lot == 0 || m.lot == line.lot));
        own.fold(Quantity::ZERO, |sum, m| if m.to == sheet.location { sum + m.quantity } else { sum - m.quantity })
    };
    let expected: Vec<(i64, Quantity)> = lines.iter().map(|line| (line.line, line.counted - moved(line))).collect();
    let mut tx = db.write().await?;
    if count::lock(&mut tx, sheet.id).await?.is_some_and(|now| now.status == Status::Open) {
        count::settle(&mut tx, sheet, &expected, posting.entry.recorded_at).await?;
    }
    tx.commit().await?;
    Ok(())
}
