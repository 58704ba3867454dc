//! Signing the head of a chain now.

use axum::{
    extract::{Path, State},
    response::Response,
};
use domain::audit::Action;
use platform::{
    audit,
    http::{Principal, Problem, json, problem::ProblemDocument},
};
use store::ledger::read;

use super::checkpoints::CheckpointDocument;
use crate::{api::places, checkpoints, state::Warehouse};

/// Sign the head of a chain
///
/// When the head is signed already, its checkpoint is given.
#[utoipa::path(
    post,
    path = "/api/v1/ledger/{site}/checkpoints",
    tag = "ledger",
    params(("site" = String, Path, description = "Code of the site")),
    responses(
        (status = 201, description = "The new checkpoint", body = CheckpointDocument),
        (status = 200, description = "The checkpoint that signs the head already", body = CheckpointDocument),
        (status = 404, description = "There is no such site", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 409, description = "There is nothing to sign", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub async fn sign(
    State(warehouse): State<Warehouse>,
    principal: Principal,
    Path(code): Path<String>,
) -> Result<Response, Problem> {
    let site = places::site_in_path(&warehouse.db, &principal, &code).await?;
    let signed =
        checkpoints::sign(&warehouse.db, &warehouse.data_dir, &site, &*warehouse.clock).await.map_err(problem)?;
    if let Some(checkpoint) = signed {
        let told = audit::by(&principal, Action::CheckpointSigned).site(&site.code).on("ledger", &site.code);
        warehouse.audit.record(told.detail("seq", checkpoint.seq).at(warehouse.clock.now()));
        let list = format!("/api/v1/ledger/{}/checkpoints", json::segment(&code));
        return Ok(json::created(&list, &CheckpointDocument::from(&checkpoint)));
    }
    let newest = read::checkpoints(&warehouse.db, site.id, (i64::MAX, i64::MAX), 1).await?;
    let newest = newest.first().ok_or_else(|| Problem::conflict("nothing_to_sign"))?;
    Ok(json::ok(&CheckpointDocument::from(newest)))
}

/// A failure to sign or compare as a problem.
pub fn problem(error: checkpoints::Error) -> Problem {
    match error {
        checkpoints::Error::Store(error) => error.into(),
        other => Problem::internal(&other),
    }
}
