//! Letting a request through.

use axum::{
    extract::{Path, State},
    response::Response,
};
use contracts::approval::Verdict;
use platform::http::{Principal, Problem, json, problem::ProblemDocument};

use super::{
    get::{document, number},
    view::ApprovalDocument,
};
use crate::state::Warehouse;

/// Approve, as a second person
///
/// The posting is made in the same commit. Takes a person's session: a key may not, and nobody approves what they asked for or what a
/// key they made asked for. What the ledger refuses meanwhile is told as it would be of a posting, and the request goes on waiting.
#[utoipa::path(
    post,
    path = "/api/v1/approvals/{id}/approve",
    tag = "approvals",
    params(("id" = Uuid, Path, description = "Identity of the request")),
    responses(
        (status = 200, description = "It is posted", body = ApprovalDocument),
        (status = 403, description = "Asked for by the same person, or not asked by a person", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 404, description = "There is none", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 409, description = "It was decided or has expired, or is in conflict with the books now", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 422, description = "The books have changed so that it breaks a rule", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub async fn approve(
    State(warehouse): State<Warehouse>,
    principal: Principal,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let approval = warehouse.approvals.settle(&principal, number(&id)?, Verdict::Approve).await?;
    Ok(json::ok(&document(&warehouse, &approval).await?))
}
