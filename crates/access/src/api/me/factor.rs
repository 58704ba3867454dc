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

/// The present password, where it is asked for.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "describes the body")]
pub struct OfferBody {
    /// The present password. Not asked of a session whose `next` is `second_factor`.
    #[schema(nullable, min_length = 1, max_length = 1024, format = Password)]
    pub current_password: Option<String>,
}

/// The present password, read, where it was given.
pub struct Offered(Option<Typed>);

impl FromFields for Offered {
    fn from_fields(f: &mut Fields<'_>) -> Option<Offered> {
        Some(Offered(f.optional("current_password", password)))
    }
}

/// Begin to set my second factor up
///
/// It is not asked for before a code of it was given to `…/confirm`. Asked again before that, there is another secret. The present password
/// is not asked of a session whose `next` is `second_factor`.
#[utoipa::path(
    post,
    path = "/api/v1/me/totp",
    tag = "people",
    request_body(content = Option<OfferBody>),
    responses(
        (status = 200, description = "What an authenticator needs", body = FactorOffer),
        (status = 403, description = "Not a person, or something has to be done first", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 409, description = "There is one in force", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 422, description = "The password is missing or wrong", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 429, description = "The account or the address failed too often", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub async fn offer(
    State(access): State<Access>,
    presented: Presented,
    body: Option<JsonBody<Offered>>,
) -> Result<Response, Problem> {
    let Presented { open, .. } = presented.at(&[Duty::Factor])?;
    let present = body.and_then(|JsonBody(Offered(password))| password);
    let offer = access.offer_factor(&open, present.as_ref()).await?;
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
        (status = 409, description = "None is being set up, or another was begun meanwhile", body = ProblemDocument, content_type = "application/problem+json"),
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
