//! Postings that another role asks for, on behalf of whoever stands in each.

use axum::{body::Bytes, extract::State, response::Response};
use platform::http::Problem;

use super::{answer, drafts};
use crate::{api::postings::take, state::Warehouse};

/// Each posting with what became of it, in order.
pub(super) async fn post(State(warehouse): State<Warehouse>, body: Bytes) -> Result<Response, Problem> {
    let drafts = drafts(&body)?;
    if let Some(nobody) = drafts.iter().find(|draft| draft.actor.is_empty()) {
        return Err(Problem::malformed("bad_request").log(format_args!("nobody asks for {}", nobody.id)));
    }
    answer(take::post_for_role(&warehouse, drafts).await?)
}
