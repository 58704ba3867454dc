//! Writing down what somebody asked for by another way: by letter, by word of mouth.

use axum::{extract::State, response::Response};
use platform::http::{
    KeyedBody, Principal, Problem,
    fields::{Fields, FromFields},
    problem::ProblemDocument,
};
use utoipa::ToSchema;

use super::{
    asked::asked,
    view::{AskedRight, PrivacyRequest},
};
use crate::{Access, Doer, people::login_name};

/// What somebody asked for.
#[derive(Debug, ToSchema)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "describes the body")]
pub struct RequestBody {
    /// Whose data it is about.
    #[schema(min_length = 2, max_length = 32)]
    pub login: String,
    /// `access`, `portability`, `rectification`, `erasure`, `restriction` or `objection`.
    pub right: String,
    /// In their words.
    #[schema(nullable, min_length = 1, max_length = 2000)]
    pub note: Option<String>,
}

/// The same, read.
#[derive(Debug)]
pub struct AskedFor {
    login: String,
    asked: AskedRight,
}

impl FromFields for AskedFor {
    fn from_fields(f: &mut Fields<'_>) -> Option<AskedFor> {
        let login = f.required("login", login_name);
        let asked = AskedRight::from_fields(f);
        Some(AskedFor { login: login?, asked: asked? })
    }
}

/// Write down what somebody asked for
#[utoipa::path(
    post,
    path = "/api/v1/privacy/requests",
    tag = "privacy",
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes the request safe to repeat")),
    request_body = RequestBody,
    responses(
        (status = 201, description = "It is written down", body = PrivacyRequest),
        (status = 403, description = "Not this caller's to do", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 404, description = "There is nobody of that login", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 422, description = "Something breaks a rule", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub async fn create(
    State(access): State<Access>,
    principal: Principal,
    KeyedBody { body: AskedFor { login, asked: right }, keyed }: KeyedBody<AskedFor>,
) -> Result<Response, Problem> {
    principal.everywhere()?;
    let doer = Doer::Caller(&principal);
    let (person, _) = access.user(doer, &login).await?;
    asked(&access, (doer, &person), (&right, &keyed), "/api/v1/privacy/requests").await
}
