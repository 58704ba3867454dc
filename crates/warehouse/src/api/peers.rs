//! What other roles of ours ask for, where they run apart.
//!
//! Invariant: behind the same door, gate and table as the API, and no part of it; what is asked is what the role in the same process
//! would get.

mod check;
mod decide;
mod post;
mod preview;

use axum::{
    Router,
    body::Bytes,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::{get, post as on_post},
};
use contracts::wire;
use domain::ledger::{Draft, Outcome};
use platform::http::{Problem, body::body_limit};

use crate::state::Warehouse;

/// The routes. Bodies may have `most_bytes`.
pub fn routes(warehouse: Warehouse, most_bytes: usize) -> Router {
    Router::new()
        .route(wire::CHECK, get(check::check))
        .route(wire::POST, on_post(post::post))
        .route(wire::PREVIEW, on_post(preview::preview))
        .route(wire::DECIDE, on_post(decide::decide))
        .layer(body_limit(most_bytes))
        .with_state(warehouse)
}

/// The drafts of a body. When one was taken while the ledger was away is for the journal alone to say.
fn drafts(body: &Bytes) -> Result<Vec<Draft>, Problem> {
    let mut drafts = wire::read_drafts(body).ok_or_else(|| Problem::malformed("bad_request").log("no drafts"))?;
    drafts.iter_mut().for_each(|draft| draft.taken_at = None);
    Ok(drafts)
}

fn answer(outcomes: Vec<Option<Outcome>>) -> Result<Response, Problem> {
    Ok(written(wire::outcomes_bytes(outcomes).map_err(|error| Problem::internal(&error))?))
}

fn written(body: Vec<u8>) -> Response {
    (StatusCode::OK, [(header::CONTENT_TYPE, "application/json")], body).into_response()
}
