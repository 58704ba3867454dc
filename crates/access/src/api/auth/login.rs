//! Coming in with a password.

use std::fmt;

use axum::{extract::State, http::HeaderMap, response::Response};
use platform::http::{
    JsonBody, Problem,
    fields::{Fault, Fields, FromFields, Read, Value, text},
    problem::ProblemDocument,
};
use utoipa::ToSchema;

use super::answer::{self, SessionBegun};
use crate::{Access, password::Typed, session::cookie::Transport};

/// Bytes of what is typed as a password that are looked at.
const MOST_BYTES: usize = 1024;

/// Who comes in.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "describes the body")]
pub struct LoginBody {
    /// What they type to come in.
    #[schema(min_length = 1, max_length = 100)]
    pub login: String,
    /// Their password.
    #[schema(min_length = 1, max_length = 1024, format = Password)]
    pub password: String,
}

/// Who comes in, read.
pub struct Login {
    login: String,
    password: Typed,
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Login").finish_non_exhaustive()
    }
}

impl FromFields for Login {
    fn from_fields(f: &mut Fields<'_>) -> Option<Login> {
        let login = f.required("login", text(1..=100));
        let password = f.required("password", password);
        Some(Login { login: login?, password: password? })
    }
}

/// A password as it was typed, whatever is in it.
pub(crate) fn password(value: &Value<'_>) -> Read<Typed> {
    match value.as_text() {
        None => Err(Fault::wrong_type("text")),
        Some("") => Err(Fault::new("blank")),
        Some(text) if text.len() > MOST_BYTES => Err(Fault::new("too_long").arg("most", MOST_BYTES)),
        Some(text) => Ok(Typed::new(text)),
    }
}

/// Come in
///
/// Begins a session and gives its cookie. An unknown login, a wrong password and an account that is closed get the same answer. With
/// `next` in the answer the session opens nothing but what `next` names.
#[utoipa::path(
    post,
    path = "/api/v1/auth/login",
    tag = "people",
    security(()),
    request_body = LoginBody,
    responses(
        (status = 200, description = "A session has begun", body = SessionBegun, headers(("Set-Cookie" = String, description = "What opens it"))),
        (status = 400, description = "It could not be read", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 422, description = "Values that break rules, all of them in `errors`", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 401, description = "That login and password open nothing", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 403, description = "Asked from a browser without TLS over a network", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 429, description = "The account or the address failed too often", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub async fn login(
    State(access): State<Access>,
    headers: HeaderMap,
    JsonBody(login): JsonBody<Login>,
) -> Result<Response, Problem> {
    // Before the password is looked at: over a network in the clear it is not to be used at all.
    Transport::of(&headers).guarded()?;
    let begun = access.login(&login.login, &login.password).await?;
    answer::begun(&begun, &headers)
}
