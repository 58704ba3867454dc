//! One key.

use axum::{
    extract::{Path, State},
    response::Response,
};
use platform::http::{Principal, Problem, json, problem::ProblemDocument};

use super::view::KeyItem;
use crate::{Doer, keys::KeyDesk};

/// Read a key
#[utoipa::path(
    get,
    path = "/api/v1/api-keys/{id}",
    tag = "keys",
    operation_id = "get_api_keys_by_id",
    params(("id" = String, Path, description = "Its public part")),
    responses(
        (status = 200, description = "The key, without its secret", body = KeyItem),
        (status = 404, description = "There is none", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub async fn get(
    State(desk): State<KeyDesk>,
    principal: Principal,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let key = desk.get(Doer::Caller(&principal), &id).await?;
    Ok(json::ok(&KeyItem::of(&key, desk.now())))
}
