//! One request: what was asked for, what it would do, and deciding.
//!
//! Invariant: nobody is offered a decision that they may not make, or that waits to be made.

use access::{Permission, Permit};
use askama::Template;
use axum::{
    extract::Path,
    response::{IntoResponse, Redirect, Response},
};
use contracts::approval::{Came, Unsent, Verdict, draft_of};
use domain::{
    Zone,
    ledger::{Draft, LineDraft, Outcome, Posted},
};
use platform::{
    http::{
        Problem,
        auth::CallerKind,
        fields::{Fields, FromFields, paragraph},
    },
    texts::Args,
};
use store::site;
use uuid::Uuid;

use super::shape::{Told, names};
use crate::{
    field::{Field, whole_fault},
    form::{Form, Posted as Sent},
    format,
    frame::Frame,
    pages::enter::status_of,
    urlencoded,
    visit::{Stop, Visit},
};

#[derive(Debug, Template)]
#[template(path = "approvals/one.html")]
struct One<'f> {
    frame: &'f Frame,
    fault: Option<String>,
    notice: Option<String>,
    /// What was decided and waits for the warehouse.
    kept: Option<String>,
    /// What was decided, waited, and was declined.
    returned: Option<String>,
    told: Told,
    note: String,
    reference: String,
    asked: Vec<Asked>,
    /// What it would do to the stock now.
    would: Vec<Would>,
    /// Why the ledger would not take it now.
    against: Option<String>,
    may_approve: bool,
    may_reject: bool,
    is_own: bool,
    reason: Field,
}

#[derive(Debug)]
struct Asked {
    sku: String,
    quantity: String,
    places: String,
}

#[derive(Debug)]
struct Would {
    sku: String,
    from: String,
    to: String,
    quantity: String,
    value: String,
    after: String,
}

/// `GET /aprobaciones/{id}`
pub(crate) async fn show(visit: Visit, Path(id): Path<String>) -> Result<Response, Stop> {
    page(&visit, &id, None).await
}

async fn page(visit: &Visit, id: &str, problem: Option<(&Problem, &str)>) -> Result<Response, Stop> {
    let caller = visit.may(Permission::ApprovalsRead)?;
    let (frame, state) = (&visit.frame, &visit.state);
    let desk = &state.approvals;
    let reading = async {
        let approval = desk.find(caller, number(id)?).await?;
        let outcome = match approval.decided_at {
            None => Some(desk.rehearse(&approval).await?),
            Some(_) => None,
        };
        let is_own = desk.is_own(caller, &approval).await?;
        let names = names(&state.db, std::slice::from_ref(&approval)).await?;
        Ok((approval, outcome, is_own, names, site::list(&state.db).await?))
    };
    let (approval, outcome, is_own, names, sites) = visit.read(reading).await?;
    let draft = draft_of(&approval).map_err(|problem| visit.failed(&problem))?;
    let told = Told::of(frame, &approval, &sites, &names);
    let is_asked = told.is_pending && caller.kind == CallerKind::User;
    let unsent = state.decides.unsent(approval.id).filter(|_| told.is_pending);
    let is_asked = is_asked && unsent.is_none();
    let may = is_asked && caller.may(Permission::ApprovalsDecide);
    let zone = sites.iter().find(|site| site.id == approval.site).map_or_else(Zone::utc, |site| site.zone.clone());
    let (problem, typed) = problem.unzip();
    let reason = Field { most_chars: 500, ..Field::new(frame, "reason", "ui-approval-reason") };
    let page = One {
        frame,
        fault: whole_fault(frame, problem, &["reason"]),
        notice: notice(frame, &visit.query).filter(|_| problem.is_none()),
        kept: unsent.as_ref().map(|unsent| in_words(frame, &zone, (unsent, "ui-approval-kept"))),
        returned: state.decides.returned(approval.id).map(|(unsent, why)| {
            let why = whole_fault(frame, Some(&why), &[]).unwrap_or_default();
            format!("{} {why}", in_words(frame, &zone, (&unsent, "ui-approval-returned")))
        }),
        told,
        note: draft.note.clone(),
        reference: format!("{} {}", draft.reference.kind, draft.reference.number).trim().to_owned(),
        asked: asked(frame, &draft),
        would: would(frame, outcome.as_ref()),
        against: against(frame, visit, outcome.as_ref()),
        may_approve: may && !is_own,
        may_reject: may || is_asked && is_own,
        is_own,
        reason: reason.with(typed.unwrap_or_default()).judged(frame, problem),
    };
    Ok(frame.answer(status_of(problem), &page))
}

fn number(id: &str) -> Result<Uuid, Problem> {
    id.parse().map_err(|_| Problem::not_found(id))
}

fn notice(frame: &Frame, query: &str) -> Option<String> {
    Some(frame.say(match urlencoded::value(query, "done")?.as_str() {
        "approved" => "ui-done-approved",
        "rejected" => "ui-done-rejected",
        "kept" => "ui-done-kept",
        _ => return None,
    }))
}

/// A decision that was not made yet, or not at all.
fn in_words(frame: &Frame, zone: &Zone, (unsent, key): (&Unsent, &'static str)) -> String {
    let verdict = frame.say(match unsent.verdict() {
        Verdict::Approve => "ui-approval-granted",
        Verdict::Reject(_) => "ui-approval-refused",
    });
    let at = format::moment(frame.locale(), zone, unsent.at());
    frame.words.say_with(key, &Args::new().with("who", unsent.login()).with("what", verdict).with("at", at))
}

fn asked(frame: &Frame, draft: &Draft) -> Vec<Asked> {
    let line = |line: &LineDraft| Asked {
        sku: line.sku.clone(),
        quantity: format::quantity(frame.locale(), line.quantity),
        places: [line.from.as_deref(), line.to.as_deref()].map(|place| place.unwrap_or("…")).join(" → "),
    };
    draft.lines.iter().map(line).collect()
}

fn would(frame: &Frame, outcome: Option<&Outcome>) -> Vec<Would> {
    let Some(Outcome::Posted(Posted { lines, .. })) = outcome else { return Vec::new() };
    let locale = frame.locale();
    let line = |line: &domain::ledger::PostedLine| Would {
        sku: line.sku.to_string(),
        from: line.from.to_string(),
        to: line.to.to_string(),
        quantity: format::quantity(locale, line.quantity),
        value: format::money(locale, line.value),
        after: format::quantity(locale, line.on_hand_after),
    };
    lines.iter().map(line).collect()
}

fn against(frame: &Frame, visit: &Visit, outcome: Option<&Outcome>) -> Option<String> {
    match outcome {
        Some(Outcome::Rejected(rejection)) => whole_fault(frame, Some(&visit.state.approvals.refusal(rejection)), &[]),
        Some(Outcome::Duplicate(_)) => Some(frame.say("ui-approval-posted-already")),
        Some(Outcome::Posted(_)) | None => None,
    }
}

/// `POST /aprobaciones/{id}`
pub(crate) async fn act(Path(id): Path<String>, posted: Sent) -> Result<Response, Stop> {
    let Sent { visit, form } = posted;
    visit.may(Permission::ApprovalsRead)?;
    match crate::session::in_time(decide(&visit, &id, &form)).await {
        Ok((id, done)) => {
            let address = urlencoded::address(&format!("/aprobaciones/{id}"), &[("done", Some(done))]);
            Ok(Redirect::to(&address).into_response())
        }
        Err(problem) if told_beside(&problem) => page(&visit, &id, Some((&problem, form.get("reason")))).await,
        Err(problem) => Err(visit.failed(&problem)),
    }
}

async fn decide(visit: &Visit, id: &str, form: &Form) -> Result<(Uuid, &'static str), Problem> {
    let Ok(caller) = visit.caller() else { return Err(Problem::unauthorized()) };
    let (desk, id) = (&visit.state.decides, number(id)?);
    match form.get("do") {
        "approve" => Ok((id, done(desk.decide(caller, id, Verdict::Approve).await?, "approved"))),
        "reject" => {
            let Reason(reason) = form.fields(&["reason"])?;
            Ok((id, done(desk.decide(caller, id, Verdict::Reject(&reason)).await?, "rejected")))
        }
        _ => Err(Problem::new(axum::http::StatusCode::BAD_REQUEST, "bad_request")),
    }
}

const fn done(came: Came, made: &'static str) -> &'static str {
    match came {
        Came::Made => made,
        Came::Waits => "kept",
    }
}

/// What was decided meanwhile, stands against it now, or keeps it from being decided while the warehouse is away, is told beside how
/// things stand.
fn told_beside(problem: &Problem) -> bool {
    [403, 409, 422].contains(&problem.status().as_u16()) || problem.code() == "role_away"
}

/// Why it is refused.
struct Reason(String);

impl FromFields for Reason {
    fn from_fields(fields: &mut Fields<'_>) -> Option<Reason> {
        Some(Reason(fields.required("reason", paragraph(1..=500))?))
    }
}
