//! `GET /api/v1/breakers`, and closing one by hand.
//!
//! Invariant: whoever closes one by hand is told to the audit log; what it then finds may open it again at once.

use std::sync::Arc;

use axum::{
    extract::{Path, State as Given},
    response::Response,
};
use domain::{Clock, audit::Action};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{Breakers, View};
use crate::{
    audit::{self, Audit},
    http::{List, Principal, Problem, json, problem::ProblemDocument},
};

/// What the routes stand on.
#[derive(Clone)]
struct Desk {
    breakers: Breakers,
    audit: Audit,
    clock: Arc<dyn Clock>,
}

/// The routes and their document.
pub fn routes(breakers: Breakers, audit: Audit, clock: Arc<dyn Clock>) -> OpenApiRouter {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(reset)).with_state(Desk { breakers, audit, clock })
}

/// The breaker before a dependency.
#[derive(Debug, Serialize, ToSchema)]
pub struct BreakerDocument {
    /// The dependency: `database`, `cache`.
    pub name: &'static str,
    /// `closed`, `half_open`, `open`, or `full_open`: open until its checks pass.
    pub state: &'static str,
    /// Since when.
    #[schema(format = DateTime)]
    pub since: String,
    /// Milliseconds until it is tried again; null while it is asked.
    #[schema(required)]
    pub retry_in_ms: Option<u64>,
    /// Failures in a row that open it.
    pub failures_to_open: u32,
    /// Milliseconds it stays open.
    pub open_for_ms: u64,
    /// Calls that were settled in the last minute.
    pub recent_calls: u32,
    /// Those of them that failed.
    pub recent_failures: u32,
    /// Times in a row that trying it failed.
    pub reopened: u32,
    /// Calls answered since the start.
    pub worked: u64,
    /// Calls failed since the start.
    pub failed: u64,
    /// Calls not let through since the start.
    pub refused: u64,
    /// The last failure.
    #[schema(required)]
    pub last_error: Option<String>,
    /// When that was.
    #[schema(required, format = DateTime)]
    pub last_error_at: Option<String>,
    /// The last changes of state, the newest last.
    pub history: Vec<BreakerChange>,
}

/// A change of state.
#[derive(Debug, Serialize, ToSchema)]
pub struct BreakerChange {
    /// When.
    #[schema(format = DateTime)]
    pub at: String,
    /// From what.
    pub from: &'static str,
    /// To what.
    pub to: &'static str,
}

impl From<View> for BreakerDocument {
    fn from(view: View) -> BreakerDocument {
        let millis = |duration: std::time::Duration| u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
        let history = view.history.iter().map(|change| BreakerChange {
            at: change.at.to_string(),
            from: change.from.name(),
            to: change.to.name(),
        });
        BreakerDocument {
            name: view.name,
            state: view.state.name(),
            since: view.since.to_string(),
            retry_in_ms: view.wait.map(millis),
            failures_to_open: view.policy.failures,
            open_for_ms: millis(view.policy.open_for),
            recent_calls: view.recent.calls,
            recent_failures: view.recent.failures,
            reopened: view.reopened,
            worked: view.tally.worked,
            failed: view.tally.failed,
            refused: view.tally.refused,
            last_error_at: view.last_error.as_ref().map(|(at, _)| at.to_string()),
            last_error: view.last_error.map(|(_, words)| words),
            history: history.collect(),
        }
    }
}

/// List the breakers
///
/// One for each dependency: whether it is asked, since when, and what was found.
#[utoipa::path(
    get, path = "/api/v1/breakers", tag = "operations", operation_id = "get_breakers",
    responses((status = 200, description = "All of them", body = List<BreakerDocument>)),
)]
async fn list(Given(desk): Given<Desk>) -> Response {
    json::ok(&List { items: desk.breakers.views().into_iter().map(BreakerDocument::from).collect(), next_cursor: None })
}

/// Close a breaker
///
/// The dependency is asked again at once. When it is still down, what it fails opens the breaker again.
#[utoipa::path(
    post, path = "/api/v1/breakers/{name}/reset", tag = "operations", operation_id = "post_breakers_by_name_reset",
    params(("name" = String, Path, description = "The dependency")),
    responses(
        (status = 200, description = "It is closed", body = BreakerDocument),
        (status = 404, description = "There is none of that name", body = ProblemDocument, content_type = "application/problem+json"),
    ),
)]
async fn reset(Given(desk): Given<Desk>, principal: Principal, Path(name): Path<String>) -> Result<Response, Problem> {
    let breaker = desk.breakers.named(&name).ok_or_else(|| Problem::not_found(name.as_str()))?;
    let before = breaker.state().name();
    breaker.reset();
    let event = audit::by(&principal, Action::BreakerReset).on("breaker", breaker.name());
    desk.audit.record(event.change("state", before, breaker.state().name()).at(desk.clock.now()));
    Ok(json::ok(&BreakerDocument::from(breaker.view())))
}
