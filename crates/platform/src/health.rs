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

/// A dependency that is asked about: the role that needs it, `None` for all of them; its name.
type Asked = (Option<&'static str>, &'static str, Probe);

/// What each role waits for; those that wait for nothing are not named.
type PerRole = BTreeMap<&'static str, Vec<&'static str>>;

/// What we wait for before we can work.
#[derive(Clone, Default)]
pub struct Health {
    shutdown: Shutdown,
    waiting: Arc<Mutex<BTreeMap<&'static str, bool>>>,
    probes: Arc<Mutex<Vec<Asked>>>,
    roles: Arc<[&'static str]>,
}

impl Health {
    /// Ready until told otherwise or told to stop.
    pub fn new(shutdown: Shutdown) -> Health {
        Health { shutdown, ..Health::default() }
    }

    /// Tells of each of these roles by itself too.
    #[must_use]
    pub fn of_roles(self, roles: &[&'static str]) -> Health {
        Health { roles: roles.into(), ..self }
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
        self.probe_of(None, name, answers);
    }

    /// The same of something that one role alone needs.
    pub fn probe_of<F: Future<Output = bool> + Send + 'static>(
        &self,
        role: Option<&'static str>,
        name: &'static str,
        answers: impl Fn() -> F + Send + Sync + 'static,
    ) {
        let probe: Probe = Arc::new(move || answers().boxed());
        self.probes.lock().unwrap_or_else(PoisonError::into_inner).push((role, name, probe));
    }

    /// What we wait for; empty when ready.
    pub async fn waiting_for(&self) -> Vec<&'static str> {
        self.missing().await.into_iter().map(|(_, name)| name).collect()
    }

    /// What is missing, with the role that needs it; `None` for all of them.
    async fn missing(&self) -> Vec<(Option<&'static str>, &'static str)> {
        if self.shutdown.is_stopping() {
            return vec![(None, "shutdown")];
        }
        let mut missing: Vec<_> = {
            let waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
            waiting.iter().filter(|(_, ready)| !**ready).map(|(name, _)| (None, *name)).collect()
        };
        let probes = self.probes.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let asked = probes.iter().map(|(role, name, probe)| async {
            let there = tokio::time::timeout(PROBE_TIMEOUT, probe()).await.unwrap_or(false);
            (!there).then_some((*role, *name))
        });
        missing.extend(join_all(asked).await.into_iter().flatten());
        missing
    }

    fn per_role(&self, missing: &[(Option<&'static str>, &'static str)]) -> PerRole {
        let of = |role: &'static str| {
            let own = missing.iter().filter(move |(needs, _)| needs.is_none_or(|needs| needs == role));
            (role, own.map(|(_, name)| *name).collect::<Vec<_>>())
        };
        self.roles.iter().map(|role| of(role)).filter(|(_, names)| !names.is_empty()).collect()
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
    /// What is missing to each role of the node that waits.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    #[schema(required = false, value_type = BTreeMap<String, Vec<String>>)]
    roles: PerRole,
}

/// Says that the process answers; touches nothing else.
#[utoipa::path(get, path = "/health", tag = "meta", security(()), responses((status = 200, body = Alive)))]
async fn alive() -> Response {
    json::ok(&Alive { status: "healthy" })
}

/// Says whether the node can work, and if not, what it waits for.
#[utoipa::path(get, path = "/ready", tag = "meta", security(()), responses((status = 200, body = Ready), (status = 503, body = Ready)))]
async fn ready(State(health): State<Health>) -> Response {
    let missing = health.missing().await;
    let roles = health.per_role(&missing);
    let waiting_for: Vec<&'static str> = missing.into_iter().map(|(_, name)| name).collect();
    let (code, status) =
        if waiting_for.is_empty() { (StatusCode::OK, "ready") } else { (StatusCode::SERVICE_UNAVAILABLE, "not_ready") };
    json::answer(code, &Ready { status, waiting_for, roles })
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
