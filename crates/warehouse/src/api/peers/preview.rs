//! What would become of postings that another role thinks of.

use axum::{body::Bytes, extract::State, response::Response};
use platform::http::Problem;

use super::{answer, drafts};
use crate::{api::postings::take, state::Warehouse};

/// Each posting with what would become of it, in order; nothing is written.
pub(super) async fn preview(State(warehouse): State<Warehouse>, body: Bytes) -> Result<Response, Problem> {
    let outcomes = take::preview_for_role(&warehouse, &drafts(&body)?).await?;
    answer(outcomes.into_iter().map(Some).collect())
}
