//! Leaving.

use axum::{
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use platform::http::{Problem, problem::ProblemDocument};

use crate::{
    Access,
    session::{Presented, cookie},
};

/// Leave
///
/// Ends the session.
#[utoipa::path(
    post,
    path = "/api/v1/auth/logout",
    tag = "people",
    responses(
        (status = 204, description = "It is over"),
        (status = 401, description = "There is no session", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub async fn logout(State(access): State<Access>, presented: Presented) -> Result<Response, Problem> {
    access.leave(&presented.open).await?;
    let mut response = StatusCode::NO_CONTENT.into_response();
    for cookie in cookie::clear() {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    Ok(response)
}
