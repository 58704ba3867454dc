//! A key that replaces its own secret.

use axum::{extract::State, response::Response};
use platform::{
    http::{
        JsonBody, Principal, Problem,
        fields::{Fields, FromFields, integer, text},
        json,
        problem::{FieldError, ProblemDocument},
    },
    secret::Secret,
    secrets::{KeyText, MOST_SECRET_DIGITS, SECRET_DIGITS},
};
use utoipa::ToSchema;

use super::view::KeyItem;
use crate::keys::{KeyDesk, LEAST_OWN_OVERLAP_SECONDS, MOST_OVERLAP_SECONDS, OVERLAP_SECONDS};

/// The secret that is to take the place of the one there is.
#[derive(Debug, ToSchema)]
#[schema(as = KeyRenewal)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "describes the body")]
pub struct RenewalBody {
    /// The new secret part: letters and digits, made by chance, kept by whoever asks before they ask.
    #[schema(min_length = 43, max_length = 64)]
    pub secret: String,
    /// Seconds that the secret it has now goes on serving; a day when absent.
    #[schema(nullable, minimum = 86_400, maximum = 2_592_000, default = 86_400)]
    pub overlap_seconds: Option<i64>,
}

/// The same, read.
#[derive(Debug)]
pub struct Renewal {
    secret: Secret,
    overlap: i64,
}

impl FromFields for Renewal {
    fn from_fields(f: &mut Fields<'_>) -> Option<Renewal> {
        let secret = f.required("secret", text(SECRET_DIGITS..=MOST_SECRET_DIGITS));
        let overlap = f.optional("overlap_seconds", integer(LEAST_OWN_OVERLAP_SECONDS..=MOST_OVERLAP_SECONDS));
        Some(Renewal { secret: Secret::new(secret?), overlap: overlap.unwrap_or(OVERLAP_SECONDS) })
    }
}

/// Replace the secret of the key one comes with
///
/// A program renews its own key, without anybody to carry a secret: it makes one by chance, keeps it, and asks. Both serve for the
/// overlap. The same secret again changes nothing, so that a lost answer is no harm; another one is refused until the overlap is over.
#[utoipa::path(
    post,
    path = "/api/v1/api-keys/self/renew",
    tag = "keys",
    operation_id = "post_api_keys_self_renew",
    request_body(content = RenewalBody),
    responses(
        (status = 200, description = "It has that secret", body = KeyItem),
        (status = 403, description = "Not by a key, not within its scopes, or by one that signs and not over TLS", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 409, description = "It has ended, or its secret was replaced a while ago", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub async fn renew(
    State(desk): State<KeyDesk>,
    principal: Principal,
    JsonBody(renewal): JsonBody<Renewal>,
) -> Result<Response, Problem> {
    let chosen = KeyText::with_secret(&principal.key_id, renewal.secret.expose());
    let text = chosen.ok_or_else(|| Problem::invalid(vec![FieldError::new("secret", "secret_by_chance")]))?;
    let key = desk.renew(&principal, &text, renewal.overlap).await?;
    Ok(json::ok(&KeyItem::of(&key, desk.now())))
}
