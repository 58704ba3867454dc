//! `GET /api/v1/jobs`, `GET` and `DELETE /api/v1/jobs/{id}`.
//!
//! Invariant: an id that is not one is simply not there.

use axum::{
    extract::{Path, State},
    response::Response,
};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{JobDocument, Jobs};
use crate::http::{
    List, Params, Principal,
    fields::{Fields, FromFields, integer},
    json,
    problem::Problem,
};

/// The routes of jobs.
pub fn routes(jobs: Jobs) -> OpenApiRouter {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(get, cancel)).with_state(jobs)
}

struct Newest(i64);

impl FromFields for Newest {
    fn from_fields(f: &mut Fields<'_>) -> Option<Newest> {
        Some(Newest(f.optional("limit", integer(1..=500)).unwrap_or(50)))
    }
}

/// The newest jobs first.
#[utoipa::path(
    get, path = "/api/v1/jobs", tag = "jobs", operation_id = "list_jobs",
    params(("limit" = Option<i64>, Query, minimum = 1, maximum = 500, description = "At most so many; 50 when missing")),
    responses((status = 200, body = List<JobDocument>)),
)]
async fn list(
    State(jobs): State<Jobs>,
    principal: Principal,
    Params(Newest(limit)): Params<Newest>,
) -> Result<Response, Problem> {
    Ok(json::ok(&List { items: jobs.recent(&principal.sites, limit).await?, next_cursor: None }))
}

/// How a job is doing.
#[utoipa::path(
    get, path = "/api/v1/jobs/{id}", tag = "jobs", operation_id = "get_job",
    params(("id" = uuid::Uuid, Path, description = "The job's id")),
    responses((status = 200, body = JobDocument)),
)]
async fn get(State(jobs): State<Jobs>, principal: Principal, Path(id): Path<String>) -> Result<Response, Problem> {
    Ok(json::ok(&jobs.get_for(&principal.sites, parsed(&id)?).await?))
}

/// Asks a job to stop. One that has ended stays as it is.
#[utoipa::path(
    delete, path = "/api/v1/jobs/{id}", tag = "jobs", operation_id = "cancel_job",
    params(("id" = uuid::Uuid, Path, description = "The job's id")),
    responses((status = 200, body = JobDocument)),
)]
async fn cancel(State(jobs): State<Jobs>, principal: Principal, Path(id): Path<String>) -> Result<Response, Problem> {
    let job = jobs.get_for(&principal.sites, parsed(&id)?).await?;
    Ok(json::ok(&jobs.cancel(job.id).await?))
}

fn parsed(id: &str) -> Result<uuid::Uuid, Problem> {
    id.parse().map_err(|_| Problem::new(axum::http::StatusCode::NOT_FOUND, "no_such_job"))
}
