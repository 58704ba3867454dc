//! Giving the code of a second factor.

use axum::{extract::State, http::HeaderMap, response::Response};
use platform::http::{
    JsonBody, Problem,
    fields::{Fields, FromFields, text},
    problem::ProblemDocument,
};
use utoipa::ToSchema;

use super::answer::{self, SessionBegun};
use crate::{
    Access,
    session::{Duty, Presented},
};

/// A code.
#[derive(Debug, ToSchema)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "describes the body")]
pub struct CodeBody {
    /// Six digits of the authenticator, or a recovery code.
    #[schema(min_length = 6, max_length = 32)]
    pub code: String,
}

/// A code, read.
pub struct Code(pub String);

impl FromFields for Code {
    fn from_fields(f: &mut Fields<'_>) -> Option<Code> {
        f.required("code", text(6..=32)).map(Code)
    }
}

/// Give the code of the second factor
///
/// For a session whose `next` is `code`. The session goes on under a new cookie. A code of the authenticator and a recovery code are
/// each good once.
#[utoipa::path(
    post,
    path = "/api/v1/auth/totp",
    tag = "people",
    request_body = CodeBody,
    responses(
        (status = 200, description = "The session is open", body = SessionBegun, headers(("Set-Cookie" = String, description = "What opens it"))),
        (status = 401, description = "There is no session", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 409, description = "No code is asked for", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 422, description = "It is not the code, or was used already", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 429, description = "The account or the address failed too often", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub async fn give(
    State(access): State<Access>,
    presented: Presented,
    headers: HeaderMap,
    JsonBody(Code(code)): JsonBody<Code>,
) -> Result<Response, Problem> {
    if presented.open.duty != Some(Duty::Code) {
        return Err(Problem::conflict("no_code_asked"));
    }
    let begun = access.second_factor(&presented.open, &code).await?;
    answer::begun(&begun, &headers)
}
