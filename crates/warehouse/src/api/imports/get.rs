//! How an import is doing.

use axum::{
    extract::{Path, State},
    response::Response,
};
use platform::{
    http::{Principal, Problem, json, problem::ProblemDocument},
    jobs::JobDocument,
};
use uuid::Uuid;

use super::create::JOB;
use crate::state::Warehouse;

/// Read how an import is doing
#[utoipa::path(
    get,
    path = "/api/v1/imports/{id}",
    tag = "imports",
    params(("id" = Uuid, Path, description = "Identity of its job")),
    responses(
        (status = 200, description = "Its job; when it is done, its result is the report", body = JobDocument),
        (status = 404, description = "There is none", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub async fn get(
    State(warehouse): State<Warehouse>,
    principal: Principal,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    Ok(json::ok(&find(&warehouse, &principal, &id).await?))
}

/// The import that a path names.
pub async fn find(warehouse: &Warehouse, principal: &Principal, id: &str) -> Result<JobDocument, Problem> {
    let missing = || Problem::not_found(id);
    let number: Uuid = id.parse().map_err(|_| missing())?;
    let job = warehouse
        .jobs
        .get_for(&principal.sites, number)
        .await
        .map_err(|problem| if problem.status() == 404 { missing() } else { problem })?;
    if job.kind == JOB { Ok(job) } else { Err(missing()) }
}
