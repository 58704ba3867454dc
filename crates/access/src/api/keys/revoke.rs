//! Ending a key.

use axum::{
    extract::{Path, State},
    response::Response,
};
use platform::http::{Principal, Problem, json, problem::ProblemDocument};

use super::view::KeyItem;
use crate::{Doer, keys::KeyDesk};

/// End a key
///
/// At once on the node that answers, within seconds on others. One that has ended stays as it is.
#[utoipa::path(
    post,
    path = "/api/v1/api-keys/{id}/revoke",
    tag = "keys",
    operation_id = "post_api_keys_by_id_revoke",
    params(("id" = String, Path, description = "Its public part")),
    responses(
        (status = 200, description = "It opens nothing any more", body = KeyItem),
        (status = 403, description = "The key is stronger than the caller", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 404, description = "There is none", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub async fn revoke(
    State(desk): State<KeyDesk>,
    principal: Principal,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let key = desk.revoke(Doer::Caller(&principal), &id).await?;
    Ok(json::ok(&KeyItem::of(&key, desk.now())))
}
