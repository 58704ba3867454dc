//! Refusing a request.

use axum::{
    extract::{Path, State},
    response::Response,
};
use contracts::approval::Verdict;
use platform::http::{
    JsonBody, Principal, Problem,
    fields::{Fields, FromFields, paragraph},
    json,
    problem::ProblemDocument,
};
use utoipa::ToSchema;

use super::{
    get::{document, number},
    view::ApprovalDocument,
};
use crate::state::Warehouse;

/// Why it is refused.
#[derive(Debug, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Refusal {
    /// For whoever asked.
    #[schema(min_length = 1, max_length = 500)]
    pub reason: String,
}

impl FromFields for Refusal {
    fn from_fields(fields: &mut Fields<'_>) -> Option<Refusal> {
        Some(Refusal { reason: fields.required("reason", paragraph(1..=500))? })
    }
}

/// Refuse, as a second person
///
/// Nothing is posted; the same posting sent again is a 409. A count sheet takes lines again. Takes a person's session that may decide. Whoever
/// asked takes their own request back so, whatever else they may.
#[utoipa::path(
    post,
    path = "/api/v1/approvals/{id}/reject",
    tag = "approvals",
    params(("id" = Uuid, Path, description = "Identity of the request")),
    request_body = Refusal,
    responses(
        (status = 200, description = "It is refused", body = ApprovalDocument),
        (status = 403, description = "Not asked by a person, or by one who may not", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 404, description = "There is none", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 409, description = "It was decided or has expired", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 422, description = "There is no reason", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub async fn reject(
    State(warehouse): State<Warehouse>,
    principal: Principal,
    Path(id): Path<String>,
    JsonBody(Refusal { reason }): JsonBody<Refusal>,
) -> Result<Response, Problem> {
    let approval = warehouse.approvals.settle(&principal, number(&id)?, Verdict::Reject(&reason)).await?;
    Ok(json::ok(&document(&warehouse, &approval).await?))
}
