//! `GET` and `PUT /api/v1/log-level`.
//!
//! Invariant: whoever changes it is told to the audit log, with what it was.

use std::sync::Arc;

use axum::{extract::State, response::Response};
use domain::{Clock, audit::Action};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{level, set_level};
use crate::{
    audit::{self, Audit},
    http::{
        JsonBody, Principal, Problem,
        fields::{Fields, FromFields, text},
        json,
        problem::ProblemDocument,
    },
};

/// Characters of a level, modules included.
const MOST: usize = 200;

#[derive(Clone)]
struct Desk {
    audit: Audit,
    clock: Arc<dyn Clock>,
}

/// The routes and their document.
pub fn routes(audit: Audit, clock: Arc<dyn Clock>) -> OpenApiRouter {
    OpenApiRouter::new().routes(routes!(get, put)).with_state(Desk { audit, clock })
}

/// Which log lines are written.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct LogLevel {
    /// `error`, `warn`, `info`, `debug`, `trace`, `off`, or levels by module: `info,store=debug`.
    #[schema(min_length = 1, max_length = 200)]
    pub level: String,
}

impl FromFields for LogLevel {
    fn from_fields(fields: &mut Fields<'_>) -> Option<LogLevel> {
        Some(LogLevel { level: fields.required("level", text(1..=MOST))? })
    }
}

/// The log level in force
#[utoipa::path(
    get, path = "/api/v1/log-level", tag = "operations", operation_id = "get_log_level",
    responses((status = 200, description = "The level in force", body = LogLevel)),
)]
async fn get() -> Response {
    json::ok(&LogLevel { level: level() })
}

/// Change the log level
///
/// Of this server, until it ends: the next start takes the level of the settings again.
#[utoipa::path(
    put, path = "/api/v1/log-level", tag = "operations", operation_id = "put_log_level", request_body = LogLevel,
    responses(
        (status = 200, description = "It is in force", body = LogLevel),
        (status = 422, description = "That is no level", body = ProblemDocument, content_type = "application/problem+json"),
    ),
)]
async fn put(
    State(desk): State<Desk>,
    principal: Principal,
    JsonBody(wish): JsonBody<LogLevel>,
) -> Result<Response, Problem> {
    let before = level();
    if !set_level(&wish.level) {
        return Err(Problem::invalid_field("level", "unknown_log_level"));
    }
    let event =
        audit::by(&principal, Action::LogLevelSet).on("log", "level").change("level", before, wish.level.as_str());
    desk.audit.record(event.at(desk.clock.now()));
    Ok(json::ok(&wish))
}
