//! Whether we live and whether we can work.
//!
//! Invariant: `/health` touches nothing that could be down; `/ready` says no before anything else stops.

mod deep;
mod level;
mod older;
mod pulse;
mod status;

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use axum::{extract::State, http::StatusCode, response::Response};
use futures_util::{
    FutureExt,
    future::{BoxFuture, join_all},
};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

pub use deep::{CHECKED_EVERY, Checks, Finding};
pub use level::Level;
pub use older::{Feature, older_routes};
pub use pulse::Pulse;
pub use status::{About, deep_routes};

use crate::{http::json, lifecycle::Shutdown};

/// Time a dependency gets to answer.
const PROBE_TIMEOUT: Duration = Duration::from_secs(2);

type Probe = Arc<dyn Fn() -> BoxFuture<'static, bool> + Send + Sync>;

/// What we wait for before we can work.
#[derive(Clone, Default)]
pub struct Health {
    shutdown: Shutdown,
    waiting: Arc<Mutex<BTreeMap<&'static str, bool>>>,
    probes: Arc<Mutex<Vec<(&'static str, Probe)>>>,
}

impl Health {
    /// Ready until told otherwise or told to stop.
    pub fn new(shutdown: Shutdown) -> Health {
        Health { shutdown, ..Health::default() }
    }

    /// Says whether something we need at the start is there.
    pub fn set(&self, name: &'static str, ready: bool) {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).insert(name, ready);
    }

    /// Asks `answers` each time whether a dependency is there.
    pub fn probe<F: Future<Output = bool> + Send + 'static>(
        &self,
        name: &'static str,
        answers: impl Fn() -> F + Send + Sync + 'static,
    ) {
        let probe: Probe = Arc::new(move || answers().boxed());
        self.probes.lock().unwrap_or_else(PoisonError::into_inner).push((name, probe));
    }

    /// What we wait for; empty when ready.
    pub async fn waiting_for(&self) -> Vec<&'static str> {
        if self.shutdown.is_stopping() {
            return vec!["shutdown"];
        }
        let mut names: Vec<&'static str> = {
            let waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
            waiting.iter().filter(|(_, ready)| !**ready).map(|(name, _)| *name).collect()
        };
        let probes = self.probes.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let asked = probes.iter().map(|(name, probe)| async {
            let there = tokio::time::timeout(PROBE_TIMEOUT, probe()).await.unwrap_or(false);
            (!there).then_some(*name)
        });
        names.extend(join_all(asked).await.into_iter().flatten());
        names
    }
}

/// `GET /health` and `GET /ready`.
pub fn routes(health: Health) -> OpenApiRouter {
    OpenApiRouter::new().routes(routes!(alive)).routes(routes!(ready)).with_state(health)
}

/// That the process answers.
#[derive(Debug, Serialize, ToSchema)]
struct Alive {
    /// Always `healthy`.
    status: &'static str,
}

/// Whether the node can work.
#[derive(Debug, Serialize, ToSchema)]
struct Ready {
    /// `ready` or `not_ready`.
    status: &'static str,
    /// What is missing.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    waiting_for: Vec<&'static str>,
}

/// Says that the process answers; touches nothing else.
#[utoipa::path(get, path = "/health", tag = "meta", security(()), responses((status = 200, body = Alive)))]
async fn alive() -> Response {
    json::ok(&Alive { status: "healthy" })
}

/// Says whether the node can work, and if not, what it waits for.
#[utoipa::path(get, path = "/ready", tag = "meta", security(()), responses((status = 200, body = Ready), (status = 503, body = Ready)))]
async fn ready(State(health): State<Health>) -> Response {
    let waiting_for = health.waiting_for().await;
    let (code, status) =
        if waiting_for.is_empty() { (StatusCode::OK, "ready") } else { (StatusCode::SERVICE_UNAVAILABLE, "not_ready") };
    json::answer(code, &Ready { status, waiting_for })
}

#[cfg(test)]
mod tests {
    use axum::{
        Router,
        body::{Body, to_bytes},
        extract::Request,
    };
    use tower::ServiceExt;

    use super::*;

    async fn get(health: &Health, path: &str) -> (u16, String) {
        let app = Router::from(routes(health.clone()));
        let (parts, body) = app.oneshot(Request::get(path).body(Body::empty()).unwrap()).await.unwrap().into_parts();
        (parts.status.as_u16(), String::from_utf8(to_bytes(body, 1000).await.unwrap().to_vec()).unwrap())
    }

    #[tokio::test(start_paused = true)]
    async fn readiness_names_what_is_missing_and_health_does_not_care() {
        let shutdown = Shutdown::default();
        let health = Health::new(shutdown.clone());
        assert_eq!(get(&health, "/ready").await, (200, r#"{"status":"ready"}"#.to_owned()));
        health.set("writer", false);
        health.probe("cache", || async { true });
        health.probe("database", std::future::pending);
        assert_eq!(
            get(&health, "/ready").await,
            (503, r#"{"status":"not_ready","waiting_for":["writer","database"]}"#.to_owned())
        );
        shutdown.trigger();
        assert_eq!(
            get(&health, "/ready").await,
            (503, r#"{"status":"not_ready","waiting_for":["shutdown"]}"#.to_owned())
        );
        assert_eq!(get(&health, "/health").await, (200, r#"{"status":"healthy"}"#.to_owned()));
    }
}
