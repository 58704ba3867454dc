//! New recovery codes.

use axum::{extract::State, response::Response};
use platform::http::{JsonBody, Problem, json, problem::ProblemDocument};
use serde::Serialize;
use utoipa::ToSchema;

use super::factor::{ProofBody, Proven};
use crate::{Access, session::Presented};

/// Codes for whoever has lost their authenticator.
#[derive(Debug, Serialize, ToSchema)]
pub struct RecoveryCodes {
    /// Each is good once. They are not told again.
    pub recovery_codes: Vec<String>,
}

/// Renew my recovery codes
///
/// Those there were are void.
#[utoipa::path(
    post,
    path = "/api/v1/me/recovery-codes",
    tag = "people",
    request_body = ProofBody,
    responses(
        (status = 200, description = "They are told once", body = RecoveryCodes),
        (status = 409, description = "There is no second factor", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 422, description = "The password is wrong", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub async fn renew(
    State(access): State<Access>,
    presented: Presented,
    JsonBody(Proven(password)): JsonBody<Proven>,
) -> Result<Response, Problem> {
    let Presented { open, .. } = presented.settled()?;
    access.prove_password(&open, &password).await?;
    Ok(json::ok(&RecoveryCodes { recovery_codes: access.renew_recovery(&open).await? }))
}
