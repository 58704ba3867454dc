//! Ending a token before its time.

use axum::{
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use platform::http::{Principal, Problem, problem::ProblemDocument};

use crate::token::TokenDesk;

/// Names of tokens are no longer.
const MOST_CHARS: usize = 64;

/// End a token
///
/// One's own, with the token itself, or any, for whoever looks after keys. At once on the node that answers, within seconds on others.
#[utoipa::path(
    post,
    path = "/api/v1/auth/tokens/{id}/revoke",
    tag = "keys",
    operation_id = "post_auth_tokens_by_id_revoke",
    params(("id" = String, Path, description = "Its name")),
    responses(
        (status = 204, description = "It opens nothing any more"),
        (status = 404, description = "There is none of that name, or it is not this caller's to end", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub async fn revoke(
    State(desk): State<TokenDesk>,
    principal: Principal,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    if id.len() > MOST_CHARS || !id.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return Err(Problem::not_found(id));
    }
    desk.revoke(&principal, &id).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
