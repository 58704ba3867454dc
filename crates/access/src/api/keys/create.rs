//! Making a key.

use axum::{extract::State, response::Response};
use domain::Role;
use platform::http::{
    JsonBody, Principal, Problem,
    fields::{Fields, FromFields, boolean, instant, integer, one_of, text},
    idempotency::Unkeyed,
    json,
    problem::ProblemDocument,
};
use store::api_key::Limits;
use utoipa::ToSchema;

use super::view::KeyMade;
use crate::{
    Doer,
    keys::{KeyDesk, MOST_QUOTA, MOST_SCOPES, MOST_SITES, NewKey},
};

/// A key to make.
#[derive(Debug, ToSchema)]
#[schema(as = NewApiKey)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "describes the body")]
pub struct KeyBody {
    /// What it is for.
    #[schema(min_length = 1, max_length = 64)]
    pub name: String,
    /// What it is in the shop.
    #[schema(pattern = "^(owner|manager|stock_keeper|cashier|accountant|auditor|operator|service)$")]
    pub role: String,
    /// What it is limited to besides: names of permissions or of whole sorts (`read`, `post`, `change`, `admin`). Absent or empty:
    /// all that the role may do.
    #[schema(nullable, max_items = 64)]
    pub scopes: Option<Vec<String>>,
    /// Codes of the sites it may know of; every one when absent.
    #[schema(nullable, min_items = 1, max_items = 500)]
    pub sites: Option<Vec<String>>,
    /// Requests a minute, instead of the usual limit.
    #[schema(nullable, minimum = 1, maximum = 1_000_000)]
    pub quota_per_minute: Option<u32>,
    /// When it ends by itself; never when absent.
    #[schema(nullable, format = DateTime)]
    pub expires_at: Option<String>,
    /// Whether it opens nothing but for requests that it signs.
    #[schema(nullable)]
    pub require_signature: Option<bool>,
}

impl FromFields for NewKey {
    fn from_fields(f: &mut Fields<'_>) -> Option<NewKey> {
        let name = f.required("name", text(1..=64));
        let role = f.required("role", one_of(&Role::ALL.map(Role::name), Role::named));
        let limits = Limits {
            scopes: distinct(f.optional_items("scopes", 0..=MOST_SCOPES, text(1..=64))).unwrap_or_default(),
            sites: distinct(f.optional_items("sites", 1..=MOST_SITES, text(1..=64))),
            quota_per_minute: f
                .optional("quota_per_minute", integer(1..=MOST_QUOTA))
                .and_then(|quota| u32::try_from(quota).ok()),
            require_signature: f.optional("require_signature", boolean).unwrap_or(false),
        };
        let expires_at = f.optional("expires_at", instant);
        Some(NewKey { name: name?, role: role?, limits, expires_at })
    }
}

/// The same in order, each once.
fn distinct(names: Option<Vec<String>>) -> Option<Vec<String>> {
    let mut names = names?;
    names.sort_unstable();
    names.dedup();
    Some(names)
}

/// Make a key
///
/// Nobody makes a key that may do more than they may, at more sites, for longer or more often. Its secret is told in this answer and
/// never again, so a request with an `Idempotency-Key` is refused.
#[utoipa::path(
    post,
    path = "/api/v1/api-keys",
    tag = "keys",
    operation_id = "post_api_keys",
    request_body = KeyBody,
    responses(
        (status = 201, description = "It was made", body = KeyMade, headers(("Location" = String, description = "Where it is"))),
        (status = 400, description = "It has an `Idempotency-Key`, or the body is not JSON", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 403, description = "It would be stronger than the caller", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 422, description = "Something breaks a rule", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub async fn create(
    State(desk): State<KeyDesk>,
    principal: Principal,
    _: Unkeyed,
    JsonBody(new): JsonBody<NewKey>,
) -> Result<Response, Problem> {
    let made = desk.create(Doer::Caller(&principal), &new).await?;
    Ok(json::created(&format!("/api/v1/api-keys/{}", made.key.id), &KeyMade::of(&made, desk.now())))
}
