//! `GET /health/deep` and `GET /status`, and the level they speak of.
//!
//! Invariant: `/health/deep` says what was found just now, `/status` and the header of every answer the level that follows from it over
//! time; both need a key, for the details tell how we are built.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use axum::{extract::State, http::StatusCode, response::Response};
use domain::{Clock, Stopwatch, Timestamp};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    deep::{Checked, Checks, Round},
    level::{Level, Standing},
};
use crate::http::{Degradation, json};

/// Changes of level that are remembered.
const MOST_CHANGES: usize = 50;

/// What is known of this node. Cheap to clone.
#[derive(Clone)]
pub struct About(Arc<Inner>);

struct Inner {
    version: &'static str,
    started: Timestamp,
    age: Stopwatch,
    clock: Arc<dyn Clock>,
    checks: Checks,
    degradation: Degradation,
    standing: Mutex<Standing>,
    history: Mutex<VecDeque<(Timestamp, Level)>>,
}

impl About {
    /// A node of this version that starts now; its level goes to `degradation`.
    pub fn new(version: &'static str, clock: Arc<dyn Clock>, checks: Checks, degradation: Degradation) -> About {
        let started = clock.now();
        let (age, standing) = (Stopwatch::start(), Mutex::new(Standing::new(started)));
        let history = Mutex::default();
        About(Arc::new(Inner { version, started, age, clock, checks, degradation, standing, history }))
    }

    /// Says so before anything was checked, of what is known at the start.
    pub fn begin_at(&self, level: Level) {
        let mut standing = self.standing();
        *standing = Standing::begun_at(level, self.0.started);
        self.0.degradation.set(level.number());
        self.remember(standing.since, level);
    }

    /// Checks everything and takes note of it: call it every [`super::CHECKED_EVERY`].
    pub async fn look(&self) {
        let round = self.0.checks.round().await;
        let mut standing = self.standing();
        if standing.note(round.level(), self.0.clock.now()) {
            let (level, why) = (standing.level.number(), round.why().join(", "));
            self.0.degradation.set(level);
            self.remember(standing.since, standing.level);
            tracing::warn!(level, why, "the level of service changed");
        }
    }

    /// The level we are at, and since when.
    pub fn level(&self) -> (Level, Timestamp) {
        let standing = self.standing();
        (standing.level, standing.since)
    }

    /// The last changes of level, the newest last.
    pub fn history(&self) -> Vec<(Timestamp, Level)> {
        self.0.history.lock().unwrap_or_else(PoisonError::into_inner).iter().copied().collect()
    }

    /// Whether each component is well, as found at most a few seconds ago.
    pub async fn well(&self) -> BTreeMap<&'static str, bool> {
        let round = self.0.checks.round().await;
        round.components.iter().map(|(name, checked)| (*name, checked.finding.level == Level::Optimal)).collect()
    }

    fn remember(&self, at: Timestamp, level: Level) {
        let mut history = self.0.history.lock().unwrap_or_else(PoisonError::into_inner);
        if history.len() == MOST_CHANGES {
            history.pop_front();
        }
        history.push_back((at, level));
    }

    fn standing(&self) -> MutexGuard<'_, Standing> {
        self.0.standing.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// `GET /health/deep` and `GET /status`.
pub fn deep_routes(about: About) -> OpenApiRouter {
    OpenApiRouter::new().routes(routes!(deep)).routes(routes!(status)).with_state(about)
}

/// Every component, one by one.
#[derive(Debug, Serialize, ToSchema)]
struct DeepHealth {
    /// `healthy`, `degraded` (works without all of its help) or `unhealthy` (something is missing that users will notice).
    status: &'static str,
    /// When it was asked; at most five seconds ago.
    #[schema(format = "date-time")]
    checked_at: String,
    /// By name.
    checks: BTreeMap<&'static str, ComponentHealth>,
}

/// One component.
#[derive(Debug, Serialize, ToSchema)]
struct ComponentHealth {
    /// `healthy`, `degraded` or `unhealthy`.
    status: &'static str,
    /// How long it took to answer, in milliseconds.
    latency_ms: f64,
    /// When it last was not healthy, as far as this process knows.
    #[schema(format = "date-time", required = true)]
    last_failure_at: Option<String>,
    /// The facts, by name; `error` where there is one.
    #[schema(value_type = Object)]
    detail: Map<String, Value>,
}

/// How this node is doing.
#[derive(Debug, Serialize, ToSchema)]
struct NodeStatus {
    /// 1 (all works) to 4 (nothing can be written), as in `X-Degradation-Level`.
    level: u8,
    /// `optimal`, `degraded`, `minimal` or `emergency`.
    name: Level,
    /// Since when.
    #[schema(format = "date-time")]
    since: String,
    /// The components that are not healthy now.
    why: Vec<&'static str>,
    /// Of the program.
    version: &'static str,
    /// When the process started.
    #[schema(format = "date-time")]
    started_at: String,
    /// Seconds since then.
    uptime_s: u64,
    /// When the components were asked.
    #[schema(format = "date-time")]
    checked_at: String,
    /// By name.
    components: BTreeMap<&'static str, ComponentHealth>,
}

/// Everything this node stands on, one by one; at most five seconds old.
#[utoipa::path(
    get, path = "/health/deep", tag = "meta", operation_id = "deep_health",
    responses(
        (status = 200, description = "Healthy or degraded", body = DeepHealth),
        (status = 503, description = "Unhealthy", body = DeepHealth),
    ),
)]
async fn deep(State(about): State<About>) -> Response {
    let round = about.0.checks.round().await;
    let level = round.level();
    let code = if level >= Level::Minimal { StatusCode::SERVICE_UNAVAILABLE } else { StatusCode::OK };
    let checked_at = round.at.to_string();
    json::answer(code, &DeepHealth { status: word(level), checked_at, checks: components(&round) })
}

/// How much of this node works, since when and why.
#[utoipa::path(
    get, path = "/status", tag = "meta", operation_id = "node_status",
    responses((status = 200, body = NodeStatus)),
)]
async fn status(State(about): State<About>) -> Response {
    let round = about.0.checks.round().await;
    let (level, since) = {
        let standing = about.standing();
        (standing.level, standing.since)
    };
    json::ok(&NodeStatus {
        level: level.number(),
        name: level,
        since: since.to_string(),
        why: round.why(),
        version: about.0.version,
        started_at: about.0.started.to_string(),
        uptime_s: about.0.age.elapsed().as_secs(),
        checked_at: round.at.to_string(),
        components: components(&round),
    })
}

const fn word(level: Level) -> &'static str {
    match level {
        Level::Optimal => "healthy",
        Level::Degraded => "degraded",
        Level::Minimal | Level::Emergency => "unhealthy",
    }
}

fn components(round: &Round) -> BTreeMap<&'static str, ComponentHealth> {
    round.components.iter().map(|(name, checked)| (*name, component(checked))).collect()
}

fn component(checked: &Checked) -> ComponentHealth {
    ComponentHealth {
        status: word(checked.finding.level),
        latency_ms: (checked.took.as_secs_f64() * 1e6).round() / 1e3,
        last_failure_at: checked.last_failure.map(|at| at.to_string()),
        detail: checked.finding.detail.clone(),
    }
}

#[cfg(test)]
mod tests {
    use axum::{
        Router,
        body::{Body, to_bytes},
        extract::Request,
    };
    use domain::clock::FixedClock;
    use serde_json::json;
    use tower::ServiceExt;

    use super::*;
    use crate::health::Finding;

    async fn get(about: &About, path: &str) -> (u16, Value) {
        let request = Request::get(path).body(Body::empty()).unwrap();
        let app = Router::from(deep_routes(about.clone()));
        let (parts, body) = app.oneshot(request).await.unwrap().into_parts();
        (parts.status.as_u16(), serde_json::from_slice(&to_bytes(body, 10_000).await.unwrap()).unwrap())
    }

    fn node(level: Level) -> (About, Degradation) {
        let clock: Arc<dyn Clock> = Arc::new(FixedClock(Timestamp::from_micros(1_700_000_000_000_000)));
        let (checks, degradation) = (Checks::new(Arc::clone(&clock)), Degradation::default());
        checks.add("memory", Level::Degraded, || async { Finding::new(Level::Optimal) });
        checks.add("database", Level::Minimal, move || async move { Finding::new(level).with("error", "gone") });
        (About::new("1.2.3", clock, checks, degradation.clone()), degradation)
    }

    #[tokio::test]
    async fn what_was_found_now_is_told_at_once_and_the_level_follows() {
        let (about, degradation) = node(Level::Minimal);
        let (code, health) = get(&about, "/health/deep").await;
        assert_eq!((code, &health["status"]), (503, &json!("unhealthy")));
        let database = &health["checks"]["database"];
        assert_eq!((&database["status"], &database["detail"]), (&json!("unhealthy"), &json!({"error": "gone"})));
        assert!(database["latency_ms"].is_number() && database["last_failure_at"].is_string());
        assert_eq!(health["checks"]["memory"]["status"], "healthy");
        assert_eq!(health["checks"]["memory"]["last_failure_at"], Value::Null);
        let (_, status) = get(&about, "/status").await;
        assert_eq!(
            (&status["level"], &status["name"], &status["why"]),
            (&json!(1), &json!("optimal"), &json!(["database"]))
        );
        for _ in 0..3 {
            about.look().await;
        }
        let (code, status) = get(&about, "/status").await;
        assert_eq!((code, &status["level"], &status["name"]), (200, &json!(3), &json!("minimal")));
        assert_eq!((&status["version"], &status["since"]), (&json!("1.2.3"), &status["started_at"]));
        assert_eq!(degradation.level(), 3, "every answer says it");
    }

    #[tokio::test]
    async fn without_a_helper_it_still_answers_200() {
        let (about, _) = node(Level::Degraded);
        let (code, health) = get(&about, "/health/deep").await;
        assert_eq!((code, &health["status"]), (200, &json!("degraded")));
    }
}
