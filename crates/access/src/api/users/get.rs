//! Reading one account.

use axum::{extract::State, http::HeaderMap, response::Response};
use platform::http::{Problem, etag::tagged, problem::ProblemDocument};

use super::{read::Named, view::User};
use crate::Access;

/// Read an account
///
/// With how to reach them, which is kept encrypted: each look is written into the audit log.
#[utoipa::path(
    get,
    path = "/api/v1/users/{login}",
    tag = "people",
    params(("login" = String, Path, description = "What they type to come in")),
    responses(
        (status = 200, description = "The account", body = User, headers(("ETag" = String, description = "Its version"))),
        (status = 404, description = "There is none", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub async fn get(State(access): State<Access>, named: Named, headers: HeaderMap) -> Result<Response, Problem> {
    let user = access.whole_user(named.account(), &named.principal.key_id).await?;
    Ok(tagged(&headers, named.person.version, &user))
}
