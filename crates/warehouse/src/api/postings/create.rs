//! Making postings, or previewing them.
//!
//! Invariant: an answer is given after the commit that makes it true; a preview writes nothing.

use access::{Permission, Permit};
use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use domain::ledger::{Draft, Limits, Outcome};
use platform::http::{
    JsonBody, Params, Principal, Problem,
    fields::{Fields, FromFields, boolean},
    json,
    problem::{FieldError, ProblemDocument},
};
use utoipa::IntoParams;

use super::{
    answer::{self, PostingResult, PostingResults, PostingStatus, result},
    draft::{Postings, PostingsBody},
    elsewhere::{self, Became},
    impact, refusal,
};
use crate::{api::kinds, state::Warehouse};

/// Postings that a refusal names.
const MOST_TOLD: usize = 100;

/// How to make postings.
#[derive(Debug, Clone, Copy, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct CreateQuery {
    /// Only say what would become of them.
    #[param(required = false)]
    pub dry_run: bool,
}

impl FromFields for CreateQuery {
    fn from_fields(fields: &mut Fields<'_>) -> Option<CreateQuery> {
        Some(CreateQuery { dry_run: fields.optional("dry_run", boolean).unwrap_or(false) })
    }
}

/// Make postings
///
/// Each posting is written whole or not at all. One posting in a request is answered with its own status; several with 200 and a
/// result each, in order. The `id` of a posting is its idempotency key. A kind that the key's role may not post is a 403 that names
/// each such posting, and nothing of the request is written; a preview obeys the same. An adjustment that is worth more, or a posting
/// that goes further back, than one person may post alone waits for a second person.
#[utoipa::path(
    post,
    path = "/api/v1/postings",
    tag = "ledger",
    params(CreateQuery),
    request_body = PostingsBody,
    responses(
        (status = 201, description = "The one posting was written", body = PostingResults),
        (status = 200, description = "Several postings, a repetition or a preview", body = PostingResults),
        (status = 202, description = "It waits for a second person (`pending_approval`, at the address in `Location`), or the database is down: kept on this server's disk, and in the ledger when it is back (`accepted`)", body = PostingResults),
        (status = 403, description = "The key may not make postings, or none of such a kind", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 409, description = "The one posting is in conflict with the books", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 422, description = "Something breaks a rule", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 413, description = "Larger than the server takes (10 MB unless told otherwise)", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 429, description = "Too many postings are waiting; nothing was written", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 503, description = "The database is down; what was sent may be sent again", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub async fn create(
    State(warehouse): State<Warehouse>,
    principal: Principal,
    Params(query): Params<CreateQuery>,
    JsonBody(Postings(mut drafts)): JsonBody<Postings>,
) -> Result<Response, Problem> {
    require_kinds(&principal, &drafts)?;
    sign(&mut drafts, &principal, warehouse.approvals.limits());
    if query.dry_run {
        return preview(&warehouse, &principal, &drafts).await;
    }
    let became = elsewhere::post(&warehouse, &principal, &drafts).await?;
    if let ([draft], [became]) = (drafts.as_slice(), became.as_slice()) {
        return Ok(one(draft, became));
    }
    let told = |(index, (draft, became)): (usize, (&Draft, &Became))| answer::of(index, draft.id, became);
    let results = drafts.iter().zip(&became).enumerate().map(told).collect();
    let is_settled = became.iter().all(|became| matches!(became, Became::Decided(_)));
    let code = if is_settled { StatusCode::OK } else { StatusCode::ACCEPTED };
    Ok(json::answer(code, &PostingResults { dry_run: false, results }))
}

/// 403 when the caller does not post one of the kinds; every such posting is named.
fn require_kinds(principal: &Principal, drafts: &[Draft]) -> Result<(), Problem> {
    let forbidden = |(index, draft): (usize, &Draft)| {
        let may = kinds::permission_for(draft.kind).is_some_and(|needed| principal.may(needed));
        (!may).then(|| {
            FieldError::new(format!("postings[{index}].kind"), "kind_forbidden").arg("kind", draft.kind.name())
        })
    };
    let errors: Vec<FieldError> = drafts.iter().enumerate().filter_map(forbidden).take(MOST_TOLD).collect();
    if errors.is_empty() {
        Ok(())
    } else {
        Err(Problem::new(StatusCode::FORBIDDEN, "kind_forbidden").with_errors(errors))
    }
}

/// Who posts and what that person may do alone comes from the key, never from the body.
fn sign(drafts: &mut [Draft], principal: &Principal, limits: Limits) {
    let may_back_date = principal.may(Permission::PostingsBackDate);
    for draft in drafts {
        draft.actor = principal.signature().to_owned();
        draft.may_back_date = may_back_date;
        draft.limits = limits;
    }
}

fn one(draft: &Draft, became: &Became) -> Response {
    let answer = PostingResults { dry_run: false, results: vec![answer::of(0, draft.id, became)] };
    match became {
        Became::Decided(Outcome::Posted(_)) => json::created(&format!("/api/v1/postings/{}", draft.id), &answer),
        Became::Decided(Outcome::Duplicate(_)) => json::answer(StatusCode::OK, &answer),
        Became::Decided(Outcome::Rejected(rejection)) => refusal::problem(rejection, "postings[0]").into_response(),
        Became::Kept => json::answer(StatusCode::ACCEPTED, &answer),
        Became::Waits(approval) => json::accepted(&format!("/api/v1/approvals/{approval}"), &answer),
    }
}

async fn preview(warehouse: &Warehouse, principal: &Principal, drafts: &[Draft]) -> Result<Response, Problem> {
    let now = warehouse.clock.now();
    let outcomes = elsewhere::preview(warehouse, principal, drafts).await?;
    if let [previewed] = outcomes.as_slice()
        && let Outcome::Rejected(rejection) = &previewed.outcome
    {
        return Err(refusal::problem(rejection, "postings[0]"));
    }
    let mut results: Vec<PostingResult> = Vec::with_capacity(drafts.len());
    for (index, (draft, previewed)) in drafts.iter().zip(&outcomes).enumerate() {
        let mut found = result(index, draft.id, &previewed.outcome);
        if let Outcome::Posted(posted) = &previewed.outcome {
            found.impact = impact::of(&warehouse.db, draft, posted, now).await?;
            if previewed.would_wait {
                found.status = PostingStatus::PendingApproval;
            }
        }
        results.push(found);
    }
    Ok(json::ok(&PostingResults { dry_run: true, results }))
}
