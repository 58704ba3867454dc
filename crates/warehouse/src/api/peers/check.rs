//! Whether the warehouse can be asked.

use axum::{extract::State, response::Response};
use contracts::Stock;
use platform::http::{Problem, json};
use serde_json::json;

use crate::state::Warehouse;

/// 200 while there is somebody to take postings.
pub(super) async fn check(State(warehouse): State<Warehouse>) -> Result<Response, Problem> {
    warehouse.check().await?;
    Ok(json::ok(&json!({"status": "ready"})))
}
