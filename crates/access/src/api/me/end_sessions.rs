//! Ending one's own sessions.

use axum::{
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use platform::http::{Problem, problem::ProblemDocument};
use uuid::Uuid;

use crate::{Access, session::Presented};

/// End my other sessions
#[utoipa::path(
    delete,
    path = "/api/v1/me/sessions",
    tag = "people",
    responses(
        (status = 204, description = "Only this one goes on"),
        (status = 403, description = "Not a person, or something has to be done first", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub async fn others(State(access): State<Access>, presented: Presented) -> Result<Response, Problem> {
    let Presented { open, .. } = presented.settled()?;
    access.end_other_sessions(&open).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// End a session of mine
#[utoipa::path(
    delete,
    path = "/api/v1/me/sessions/{id}",
    tag = "people",
    params(("id" = Uuid, Path, description = "Its identity")),
    responses(
        (status = 204, description = "It is over"),
        (status = 404, description = "There is none", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub async fn one(
    State(access): State<Access>,
    presented: Presented,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let Presented { open, .. } = presented.settled()?;
    let ended = match id.parse::<Uuid>() {
        Ok(number) => access.end_session(&open, number).await?,
        Err(_) => false,
    };
    if ended { Ok(StatusCode::NO_CONTENT.into_response()) } else { Err(Problem::not_found(id)) }
}
