//! Closing an account and opening it again.

use axum::{
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use platform::http::{Principal, Problem, problem::ProblemDocument};

use crate::{Access, Doer};

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
pub async fn disable(
    State(access): State<Access>,
    principal: Principal,
    Path(login): Path<String>,
) -> Result<Response, Problem> {
    set(&access, &principal, &login, true).await
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
pub async fn enable(
    State(access): State<Access>,
    principal: Principal,
    Path(login): Path<String>,
) -> Result<Response, Problem> {
    set(&access, &principal, &login, false).await
}

async fn set(access: &Access, principal: &Principal, login: &str, disabled: bool) -> Result<Response, Problem> {
    let doer = Doer::Caller(principal);
    let (person, sites) = access.user(doer, login).await?;
    access.set_user_disabled(doer, (&person, &sites), disabled).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
