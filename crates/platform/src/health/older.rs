//! How the node is, at the paths of the older system.
//!
//! Invariant: every figure is measured; a component that this node does not have is not told of and weighs nothing.

use std::collections::BTreeMap;

use axum::{extract::State, response::Response};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{About, Level};
use crate::{breaker::Breakers, http::json};

/// Components by the names of both systems, and what each weighs in the score.
const WEIGHTS: [(&str, &str, u32); 4] =
    [("database", "db", 50), ("model", "openai", 30), ("cache", "redis", 15), ("objects", "s3", 5)];
/// Something there is to be done, and the worst level at which it is.
pub type Feature = (&'static str, Level);

/// What the routes stand on.
#[derive(Clone)]
struct Desk {
    about: About,
    breakers: Breakers,
    features: &'static [Feature],
}

/// The routes and their document.
pub fn older_routes(about: About, breakers: Breakers, features: &'static [Feature]) -> OpenApiRouter {
    let desk = Desk { about, breakers, features };
    OpenApiRouter::new()
        .routes(routes!(show_breakers))
        .routes(routes!(show_features))
        .routes(routes!(show_degradation))
        .with_state(desk)
}

/// A breaker as the older system told of it.
#[derive(Debug, Serialize, ToSchema)]
struct OlderBreaker {
    /// `closed`, `half_open`, `open` or `full_open`.
    state: &'static str,
    /// Failures of the last minute.
    fail_counter: u32,
    /// Failures in a row that open it.
    fail_max: u32,
    /// Seconds it stays open.
    reset_timeout: u64,
}

/// What is on at this level.
#[derive(Debug, Serialize, ToSchema)]
struct OlderFeatures {
    /// 1 to 4.
    level: u8,
    /// By name.
    features: BTreeMap<&'static str, bool>,
}

/// The level, and how it came to it.
#[derive(Debug, Serialize, ToSchema)]
struct OlderDegradation {
    /// 1 to 4.
    level: u8,
    /// `optimal`, `degraded`, `minimal` or `emergency`.
    name: Level,
    /// Since when.
    #[schema(format = DateTime)]
    since: String,
    /// 0 to 100: the weights of the components that are well.
    score: u32,
    /// Whether each is well.
    components: BTreeMap<&'static str, bool>,
    /// The last changes, the newest last.
    history: Vec<OlderChange>,
}

/// A change of level.
#[derive(Debug, Serialize, ToSchema)]
struct OlderChange {
    /// When.
    #[schema(format = DateTime)]
    at: String,
    /// To what.
    level: u8,
}

/// The breakers by the older system's names
#[utoipa::path(
    get, path = "/api/circuit-breaker/status", tag = "compat", operation_id = "older_breakers",
    responses((status = 200, description = "By name", body = BTreeMap<String, OlderBreaker>)),
)]
async fn show_breakers(State(desk): State<Desk>) -> Response {
    let views = desk.breakers.views().into_iter().filter_map(|view| {
        let (_, name, _) = WEIGHTS.into_iter().find(|(own, ..)| *own == view.name)?;
        let breaker = OlderBreaker {
            state: view.state.name(),
            fail_counter: view.recent.failures,
            fail_max: view.policy.failures,
            reset_timeout: view.policy.open_for.as_secs(),
        };
        Some((name, breaker))
    });
    json::ok(&views.collect::<BTreeMap<_, _>>())
}

/// What is on at the present level
#[utoipa::path(
    get, path = "/api/features/available", tag = "compat", operation_id = "older_features",
    responses((status = 200, description = "By name", body = OlderFeatures)),
)]
async fn show_features(State(desk): State<Desk>) -> Response {
    let (level, _) = desk.about.level();
    let features = desk.features.iter().map(|(name, worst)| (*name, level <= *worst)).collect();
    json::ok(&OlderFeatures { level: level.number(), features })
}

/// The level of service and its history
#[utoipa::path(
    get, path = "/api/degradation/status", tag = "compat", operation_id = "older_degradation",
    responses((status = 200, description = "The level", body = OlderDegradation)),
)]
async fn show_degradation(State(desk): State<Desk>) -> Response {
    let (level, since) = desk.about.level();
    let found = desk.about.well().await;
    let known = WEIGHTS.into_iter().filter_map(|(own, name, weight)| Some((name, weight, *found.get(own)?)));
    let known: Vec<_> = known.collect();
    let history = desk.about.history().into_iter();
    json::ok(&OlderDegradation {
        level: level.number(),
        name: level,
        since: since.to_string(),
        score: score(&known),
        components: known.iter().map(|(name, _, well)| (*name, *well)).collect(),
        history: history.map(|(at, level)| OlderChange { at: at.to_string(), level: level.number() }).collect(),
    })
}

/// The weights of those that are well, out of a hundred.
fn score(known: &[(&'static str, u32, bool)]) -> u32 {
    let sum = |all: bool| known.iter().filter(|(.., well)| all || *well).map(|(_, weight, _)| weight).sum::<u32>();
    (sum(false) * 100).checked_div(sum(true)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_score_is_of_what_there_is() {
        let (db, redis) = (("db", 50, true), ("redis", 15, true));
        assert_eq!(score(&[db, redis]), 100);
        assert_eq!(score(&[db, ("redis", 15, false)]), 76);
        assert_eq!(score(&[("db", 50, false), redis]), 23);
        assert_eq!(score(&[db]), 100);
        assert_eq!(score(&[]), 0);
    }
}
