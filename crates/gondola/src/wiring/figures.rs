//! Where a node's figures are told: with everything else, or on an address of their own.
//!
//! Invariant: the same gate, table of permissions, door and layers stand before them wherever they are told, and they are told in one place.

use axum::Router;
use platform::{
    config::Settings,
    health::{self, Health},
    http::{
        auth::{self, Gate},
        door::counted,
        layers::{self, Shell},
    },
};
use utoipa_axum::router::OpenApiRouter;

use super::{Ground, Running};

/// The routes by which a node tells how it is.
pub(super) struct Told {
    /// The figures, which may be told where nothing else is.
    pub(super) figures: OpenApiRouter,
    pub(super) rest: OpenApiRouter,
}

/// What is told beside the other routes, and what is told on the address of the figures: those, and what probes ask.
pub(super) fn apart(
    (ground, settings): (&Ground, &Settings),
    told: Told,
    (running, shell, gate): (&Running, &Shell, &Gate),
) -> (OpenApiRouter, Router) {
    let health = health(ground, settings, running);
    let Told { figures, rest } = told;
    let (router, _) = figures.clone().merge(health::routes(health.clone())).split_for_parts();
    let router = auth::guard(counted(access::enforce(router), &shell.door), gate.clone());
    let is_apart = settings.door.metrics_listen.is_some();
    let beside = if is_apart { rest } else { figures.merge(rest) };
    (beside.merge(health::routes(health)), layers::shell(router, shell.clone()))
}

/// Whether the node is ready, by what its roles need.
fn health(ground: &Ground, settings: &Settings, running: &Running) -> Health {
    let health = Health::new(ground.shutdown.clone()).of_roles(&settings.roles.run);
    let db = ground.db.clone();
    health.probe("database", move || {
        let db = db.clone();
        async move { store::migrate::check(&db).await.is_ok() }
    });
    if let Some(warehouse) = &running.warehouse {
        warehouse.ready(&health);
    }
    health
}
