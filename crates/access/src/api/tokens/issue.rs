//! A short-lived token for a key.

use axum::{extract::State, response::Response};
use platform::http::{
    JsonBody, Principal, Problem,
    auth::Scopes,
    fields::{Fault, Fields, FromFields, Read, Value, integer, text},
    json,
    problem::ProblemDocument,
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    keys::MOST_SCOPES,
    permission::scopes_named,
    token::{Asked, MOST_SECONDS, TokenDesk},
};

/// How long a token lives unless told otherwise.
const USUAL_SECONDS: i64 = 3600;

/// What token is asked for.
#[derive(Debug, ToSchema)]
#[schema(as = NewToken)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "describes the body")]
pub struct TokenBody {
    /// Seconds it is to live; an hour when absent. It ends with its key all the same.
    #[schema(nullable, minimum = 60, maximum = 28_800, default = 3600)]
    pub expires_in: Option<i64>,
    /// Permissions, or sorts of them, that it is limited to; all that the key may do when absent.
    #[schema(nullable, min_items = 1, max_items = 64)]
    pub scopes: Option<Vec<String>>,
}

impl FromFields for Asked {
    fn from_fields(f: &mut Fields<'_>) -> Option<Asked> {
        let seconds = f.optional("expires_in", integer(60..=MOST_SECONDS)).unwrap_or(USUAL_SECONDS);
        let scopes = f.optional_items("scopes", 1..=MOST_SCOPES, scope);
        let scopes = scopes.map_or(Scopes::ALL, |scopes| scopes.into_iter().fold(Scopes::NONE, Scopes::or));
        Some(Asked { seconds, scopes })
    }
}

fn scope(value: &Value<'_>) -> Read<Scopes> {
    let name = text(1..=64)(value)?;
    scopes_named(&name).ok_or_else(|| Fault::new("unknown_scope").arg("scope", name))
}

/// A token that was given out.
#[derive(Debug, Serialize, ToSchema)]
pub struct Token {
    /// The token, for `Authorization: Bearer`.
    pub access_token: String,
    /// Always `Bearer`.
    pub token_type: &'static str,
    /// Seconds it lives.
    pub expires_in: i64,
    /// Its name, by which it is ended.
    pub id: String,
}

/// Exchange a key for a short-lived token
///
/// The token may no more than the key and ends with it.
#[utoipa::path(
    post,
    path = "/api/v1/auth/token",
    tag = "keys",
    operation_id = "post_auth_token",
    request_body(content = Option<TokenBody>),
    responses(
        (status = 200, description = "A token", body = Token),
        (status = 403, description = "Not for this sort of caller", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 503, description = "The server has no encryption key, without which it keeps none to sign with", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub async fn issue(
    State(desk): State<TokenDesk>,
    principal: Principal,
    body: Option<JsonBody<Asked>>,
) -> Result<Response, Problem> {
    let asked = body.map_or(Asked { seconds: USUAL_SECONDS, scopes: Scopes::ALL }, |JsonBody(asked)| asked);
    let issued = desk.issue(&principal, &asked).await?;
    let expires_in = issued.claims.exp - issued.claims.iat;
    let token = Token { access_token: issued.text, token_type: "Bearer", expires_in, id: issued.claims.jti };
    Ok(json::ok(&token))
}
