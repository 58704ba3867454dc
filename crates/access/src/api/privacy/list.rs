//! Everybody's requests.

use axum::{extract::State, response::Response};
use platform::http::{Principal, Problem, json, problem::ProblemDocument};

use super::view::PrivacyRequests;
use crate::Access;

/// List requests about personal data
#[utoipa::path(
    get,
    path = "/api/v1/privacy/requests",
    tag = "privacy",
    responses(
        (status = 200, description = "Everybody's requests", body = PrivacyRequests),
        (status = 403, description = "Not this caller's to see", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub async fn list(State(access): State<Access>, principal: Principal) -> Result<Response, Problem> {
    principal.everywhere()?;
    Ok(json::ok(&PrivacyRequests::of(access.asked_for(None).await?)))
}
