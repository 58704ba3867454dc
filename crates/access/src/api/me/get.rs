//! Asking who one is.

use axum::{Extension, extract::State, response::Response};
use platform::http::{Principal, Problem, json, problem::ProblemDocument};

use super::view::Me;
use crate::{Access, session::Presented};

/// Ask who I am
///
/// For whoever is known, whatever proved it. A person with a session is also told the mark that every change has to carry.
#[utoipa::path(
    get,
    path = "/api/v1/me",
    tag = "people",
    responses(
        (status = 200, description = "Who asks", body = Me),
        (status = 401, description = "Nobody we know", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub async fn get(
    State(access): State<Access>,
    principal: Principal,
    presented: Option<Extension<Presented>>,
) -> Result<Response, Problem> {
    Ok(json::ok(&match presented {
        Some(Extension(Presented { open, token })) => Me::whole(&access, &open, &token).await?,
        None => Me::of(&principal),
    }))
}
