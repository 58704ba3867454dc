//! Setting one's second factor up and taking it off.

use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use platform::http::{
    JsonBody, Problem,
    fields::{Fields, FromFields},
    json,
    problem::ProblemDocument,
};
use serde::Serialize;
use utoipa::ToSchema;

use super::recovery::RecoveryCodes;
use crate::{
    Access,
    api::auth::{
        login::password,
        second_factor::{Code, CodeBody},
    },
    password::Typed,
    session::{Duty, Presented},
};

/// What an authenticator needs.
#[derive(Debug, Serialize, ToSchema)]
pub struct FactorOffer {
    /// The secret in base 32, to be typed.
    pub secret: String,
    /// The address an authenticator takes (`otpauth://…`).
    pub uri: String,
    /// The same as a QR code, as SVG.
    pub qr_svg: String,
}

/// The present password.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "describes the body")]
pub struct ProofBody {
    /// The present password.
    #[schema(min_length = 1, max_length = 1024, format = Password)]
    pub current_password: String,
}

/// The present password, read.
pub struct Proven(pub Typed);

impl FromFields for Proven {
    fn from_fields(f: &mut Fields<'_>) -> Option<Proven> {
        f.required("current_password", password).map(Proven)
    }
}

/// Begin to set my second factor up
///
/// It is not asked for before a code of it was given to `…/confirm`. Asked again before that, there is another secret.
#[utoipa::path(
    post,
    path = "/api/v1/me/totp",
    tag = "people",
    responses(
        (status = 200, description = "What an authenticator needs", body = FactorOffer),
        (status = 403, description = "Not a person, or something has to be done first", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 409, description = "There is one in force", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub async fn offer(State(access): State<Access>, presented: Presented) -> Result<Response, Problem> {
    let Presented { open, .. } = presented.at(&[Duty::Factor])?;
    let offer = access.offer_factor(&open).await?;
    Ok(json::ok(&FactorOffer { secret: offer.spelled, uri: offer.uri, qr_svg: offer.picture }))
}

/// Put my second factor in force
#[utoipa::path(
    post,
    path = "/api/v1/me/totp/confirm",
    tag = "people",
    request_body = CodeBody,
    responses(
        (status = 200, description = "From now on it is asked for; the codes for an emergency are told once", body = RecoveryCodes),
        (status = 409, description = "None is being set up", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 422, description = "It is not the code", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub async fn confirm(
    State(access): State<Access>,
    presented: Presented,
    JsonBody(Code(code)): JsonBody<Code>,
) -> Result<Response, Problem> {
    let Presented { open, .. } = presented.at(&[Duty::Factor])?;
    let codes = access.confirm_factor(&open, &code).await?;
    Ok(json::ok(&RecoveryCodes { recovery_codes: codes }))
}

/// Take my second factor off
#[utoipa::path(
    post,
    path = "/api/v1/me/totp/remove",
    tag = "people",
    request_body = ProofBody,
    responses(
        (status = 204, description = "It is asked for no more"),
        (status = 409, description = "The role must have one", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 422, description = "The password is wrong", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub async fn remove(
    State(access): State<Access>,
    presented: Presented,
    JsonBody(Proven(password)): JsonBody<Proven>,
) -> Result<Response, Problem> {
    let Presented { open, .. } = presented.settled()?;
    access.prove_password(&open, &password).await?;
    access.remove_factor(&open).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
