//! Replacing the secret of a key.

use axum::{
    extract::{Path, State},
    response::Response,
};
use platform::http::{
    JsonBody, Principal, Problem,
    fields::{Fields, FromFields, integer},
    json,
    problem::ProblemDocument,
};
use utoipa::ToSchema;

use super::view::KeyMade;
use crate::{
    Doer,
    keys::{KeyDesk, MOST_OVERLAP_SECONDS, OVERLAP_SECONDS},
};

/// How to replace it.
#[derive(Debug, ToSchema)]
#[schema(as = KeyRotation)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "describes the body")]
pub struct RotationBody {
    /// Seconds that the secret it has now goes on serving; a day when absent, 0 ends it at once.
    #[schema(nullable, minimum = 0, maximum = 2_592_000, default = 86_400)]
    pub overlap_seconds: Option<i64>,
}

/// How to replace it, read.
#[derive(Debug)]
pub struct Rotation(i64);

impl FromFields for Rotation {
    fn from_fields(f: &mut Fields<'_>) -> Option<Rotation> {
        let overlap = f.optional("overlap_seconds", integer(0..=MOST_OVERLAP_SECONDS));
        Some(Rotation(overlap.unwrap_or(OVERLAP_SECONDS)))
    }
}

/// Replace the secret of a key
///
/// Both secrets serve for a while, so that whoever uses the key can change over without a failed request. The new one is told in this
/// answer and never again. A secret that an earlier rotation left serving ends with this one.
#[utoipa::path(
    post,
    path = "/api/v1/api-keys/{id}/rotate",
    tag = "keys",
    operation_id = "post_api_keys_by_id_rotate",
    params(("id" = String, Path, description = "Its public part")),
    request_body(content = Option<RotationBody>),
    responses(
        (status = 200, description = "It has another secret", body = KeyMade),
        (status = 403, description = "The key is stronger than the caller", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 404, description = "There is none", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 409, description = "It has ended", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub async fn rotate(
    State(desk): State<KeyDesk>,
    principal: Principal,
    Path(id): Path<String>,
    body: Option<JsonBody<Rotation>>,
) -> Result<Response, Problem> {
    let overlap = body.map_or(OVERLAP_SECONDS, |JsonBody(Rotation(overlap))| overlap);
    let made = desk.rotate(Doer::Caller(&principal), &id, overlap).await?;
    Ok(json::ok(&KeyMade::of(&made, desk.now())))
}
