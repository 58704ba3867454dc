//! What is kept of oneself.

use axum::{extract::State, response::Response};
use platform::http::{KeyedBody, Params, Problem, json, problem::ProblemDocument};

use super::{
    asked::asked,
    data::{FormParams, InForm, given},
    view::{AskedRight, PrivacyRequest, PrivacyRequests, RightBody},
};
use crate::{Access, Doer, session::Presented};

/// Take out what is kept of me
///
/// Account, how to reach me, sessions, requests, and what the audit log says that I did and was done to my account.
#[utoipa::path(
    get,
    path = "/api/v1/me/data",
    tag = "privacy",
    params(FormParams),
    responses(
        (status = 200, description = "All of it", body = serde_json::Value),
        (status = 403, description = "Not a person, or something has to be done first", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 422, description = "A parameter breaks a rule", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub async fn data(
    State(access): State<Access>,
    presented: Presented,
    Params(InForm(form)): Params<InForm>,
) -> Result<Response, Problem> {
    let Presented { open, .. } = presented.settled()?;
    let disclosed = access.disclose(Doer::Caller(open.principal()), &open.person).await?;
    Ok(given(&disclosed, form, &open.person.code))
}

/// List what I asked for
#[utoipa::path(
    get,
    path = "/api/v1/me/privacy-requests",
    tag = "privacy",
    responses(
        (status = 200, description = "My requests", body = PrivacyRequests),
        (status = 403, description = "Not a person, or something has to be done first", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub async fn list(State(access): State<Access>, presented: Presented) -> Result<Response, Problem> {
    let Presented { open, .. } = presented.settled()?;
    Ok(json::ok(&PrivacyRequests::of(access.asked_for(Some(open.person.id)).await?)))
}

/// Ask for a right of mine
#[utoipa::path(
    post,
    path = "/api/v1/me/privacy-requests",
    tag = "privacy",
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes the request safe to repeat")),
    request_body = RightBody,
    responses(
        (status = 201, description = "It is written down", body = PrivacyRequest),
        (status = 403, description = "Not a person, or something has to be done first", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 422, description = "Something breaks a rule", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub async fn ask(
    State(access): State<Access>,
    presented: Presented,
    KeyedBody { body: right, keyed }: KeyedBody<AskedRight>,
) -> Result<Response, Problem> {
    let Presented { open, .. } = presented.settled()?;
    let doer = Doer::Caller(open.principal());
    asked(&access, (doer, &open.person), (&right, &keyed), "/api/v1/me/privacy-requests").await
}
