//! One request.

use axum::{
    extract::{Path, State},
    response::Response,
};
use platform::http::{Principal, Problem, json, problem::ProblemDocument};
use store::approval::{Approval, State as Stands};
use uuid::Uuid;

use super::view::ApprovalDocument;
use crate::{
    api::{places, postings::answer::result},
    state::Warehouse,
};

/// Read what waits for a second person
///
/// With the posting as it was sent and, while it waits, what it would do if it were let through now.
#[utoipa::path(
    get,
    path = "/api/v1/approvals/{id}",
    tag = "approvals",
    params(("id" = Uuid, Path, description = "Identity of the request")),
    responses(
        (status = 200, description = "The request", body = ApprovalDocument),
        (status = 404, description = "There is none", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub async fn get(
    State(warehouse): State<Warehouse>,
    principal: Principal,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let approval = warehouse.approvals.find(&principal, number(&id)?).await?;
    Ok(json::ok(&document(&warehouse, &approval).await?))
}

/// The identity in a path; what is none is of nothing.
pub(super) fn number(id: &str) -> Result<Uuid, Problem> {
    id.parse().map_err(|_| Problem::not_found(id))
}

pub(super) async fn document(warehouse: &Warehouse, approval: &Approval) -> Result<ApprovalDocument, Problem> {
    let (_, zone) = places::site_numbered(&warehouse.db, approval.site).await?;
    let preview = match approval.state {
        Stands::Pending => Some(result(0, approval.posting, &warehouse.approvals.rehearse(approval).await?)),
        _ => None,
    };
    ApprovalDocument::of(approval, &zone, preview)
}
