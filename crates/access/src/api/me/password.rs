//! Choosing a password.

use std::fmt;

use axum::{extract::State, http::HeaderMap, response::Response};
use platform::http::{
    JsonBody, Problem,
    fields::{Fields, FromFields},
    problem::ProblemDocument,
};
use utoipa::ToSchema;

use crate::{
    Access,
    api::auth::{
        answer::{self, SessionBegun},
        login::password,
    },
    password::Typed,
    session::{Duty, Presented},
};

/// A password in place of another.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "describes the body")]
pub struct PasswordBody {
    /// The present one. Not asked of a session whose `next` is `password`.
    #[schema(nullable, max_length = 1024, format = Password)]
    pub current_password: Option<String>,
    /// The one to come: 12 to 128 characters, and none that everybody tries first.
    #[schema(min_length = 12, max_length = 128, format = Password)]
    pub new_password: String,
}

/// A password in place of another, read.
pub struct Wanted {
    current: Option<Typed>,
    new: Typed,
}

impl fmt::Debug for Wanted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wanted").finish_non_exhaustive()
    }
}

impl FromFields for Wanted {
    fn from_fields(f: &mut Fields<'_>) -> Option<Wanted> {
        let current = f.optional("current_password", password);
        let new = f.required("new_password", password);
        Some(Wanted { current, new: new? })
    }
}

/// Choose my password
///
/// Every other session ends; this one goes on under a new cookie.
#[utoipa::path(
    post,
    path = "/api/v1/me/password",
    tag = "people",
    request_body = PasswordBody,
    responses(
        (status = 200, description = "It is the password from now on", body = SessionBegun, headers(("Set-Cookie" = String, description = "What opens the session"))),
        (status = 403, description = "Not a person, or a code is asked for first", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 422, description = "The present one is wrong, or the one to come breaks a rule", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 429, description = "The account or the address failed too often", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub async fn choose(
    State(access): State<Access>,
    presented: Presented,
    headers: HeaderMap,
    JsonBody(wanted): JsonBody<Wanted>,
) -> Result<Response, Problem> {
    let Presented { open, .. } = presented.at(&[Duty::Password, Duty::Factor])?;
    let begun = access.change_password(&open, wanted.current.as_ref(), &wanted.new).await?;
    answer::begun(&begun, &headers)
}
