//! Helping somebody who cannot come in.

use axum::{extract::State, http::StatusCode, response::Response};
use platform::http::{Problem, json, problem::ProblemDocument};
use serde::Serialize;
use utoipa::ToSchema;

use super::read::Named;
use crate::Access;

/// A password that was made for somebody.
#[derive(Debug, Serialize, ToSchema)]
pub struct PasswordMade {
    /// To hand to them. It is told once, ends by itself after three days, and they have to replace it.
    pub one_time_password: String,
}

/// Make somebody a new password
///
/// Their sessions end, and failures to come in count no more.
#[utoipa::path(
    post,
    path = "/api/v1/users/{login}/reset-password",
    tag = "people",
    params(("login" = String, Path, description = "What they type to come in")),
    responses(
        (status = 200, description = "The password", body = PasswordMade),
        (status = 403, description = "Not this caller's to do", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 404, description = "There is none", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 409, description = "It is the caller's own", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub async fn reset_password(State(access): State<Access>, named: Named) -> Result<Response, Problem> {
    let password = access.reset_password(named.doer(), named.account()).await?;
    Ok(json::ok(&PasswordMade { one_time_password: password.expose().to_owned() }))
}

/// Take somebody's second factor off
///
/// For whoever lost it and has no recovery codes left. Their sessions end.
#[utoipa::path(
    post,
    path = "/api/v1/users/{login}/reset-totp",
    tag = "people",
    params(("login" = String, Path, description = "What they type to come in")),
    responses(
        (status = 204, description = "It is asked for no more"),
        (status = 403, description = "Not this caller's to do", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 404, description = "There is none", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 409, description = "It is the caller's own", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub async fn reset_factor(State(access): State<Access>, named: Named) -> Result<StatusCode, Problem> {
    access.reset_factor(named.doer(), named.account()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Let somebody who failed too often try again
#[utoipa::path(
    post,
    path = "/api/v1/users/{login}/unlock",
    tag = "people",
    params(("login" = String, Path, description = "What they type to come in")),
    responses(
        (status = 204, description = "They may try again at once"),
        (status = 403, description = "Not this caller's to do", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 404, description = "There is none", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 409, description = "It is the caller's own", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub async fn unlock(State(access): State<Access>, named: Named) -> Result<StatusCode, Problem> {
    access.unlock(named.doer(), named.account()).await?;
    Ok(StatusCode::NO_CONTENT)
}
