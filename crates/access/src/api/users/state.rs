//! Closing an account and opening it again.

use axum::{extract::State, http::StatusCode};
use platform::http::{Problem, problem::ProblemDocument};

use super::read::Named;
use crate::Access;

/// Close an account
///
/// Its sessions end. What it did stays.
#[utoipa::path(
    post,
    path = "/api/v1/users/{login}/disable",
    tag = "people",
    params(("login" = String, Path, description = "What they type to come in")),
    responses(
        (status = 204, description = "It is closed"),
        (status = 403, description = "Not this caller's to close", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 404, description = "There is none", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 409, description = "It is the caller's own, or the last owner's", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub async fn disable(State(access): State<Access>, named: Named) -> Result<StatusCode, Problem> {
    access.set_user_disabled(named.doer(), named.account(), true).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Open a closed account again
#[utoipa::path(
    post,
    path = "/api/v1/users/{login}/enable",
    tag = "people",
    params(("login" = String, Path, description = "What they type to come in")),
    responses(
        (status = 204, description = "It is open"),
        (status = 403, description = "Not this caller's to open", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 404, description = "There is none", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 409, description = "It is the caller's own", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub async fn enable(State(access): State<Access>, named: Named) -> Result<StatusCode, Problem> {
    access.set_user_disabled(named.doer(), named.account(), false).await?;
    Ok(StatusCode::NO_CONTENT)
}
