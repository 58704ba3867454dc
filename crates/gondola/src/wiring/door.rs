//! The door of a node: its limits, alone or shared with other nodes, and whom it keeps out.
//!
//! Invariant: a cache that is not there slows no start and stops no request.

use std::sync::Arc;

use platform::{
    ban::Bans,
    config::Settings,
    health::{Checks, Finding, Level},
    http::{auth::Gate, door::Door},
    limit::Shared,
};
use prometheus_client::registry::Registry;

use super::{Ground, breakers};

/// What a page is made of besides itself: the same for everyone, and kept by the browser.
const FREE_PATHS: [&str; 1] = ["/assets/*"];

/// The door that the settings describe, with what it has to know of the gate behind it.
pub(super) fn door(ground: &Ground, settings: &Settings, gate: &Gate, door: Door) -> anyhow::Result<Door> {
    let gate = gate.clone();
    let door = door.freeing(&FREE_PATHS).recognising(move |method, headers| gate.recognises(method, headers));
    let (bans, keeper) = Bans::new(&settings.door, Arc::clone(&ground.clock));
    ground.spawn("bans", keeper.run(ground.db.clone(), ground.shutdown.clone()));
    let door = door.keeping_out(bans).telling(ground.audit.clone(), Arc::clone(&ground.clock));
    let (Some(url), Some(_)) = (&settings.cache_url, door.limits()) else { return Ok(door) };
    let shared = Shared::new(url, breakers::cache(&ground.breakers, settings, &ground.clock))?;
    ground.tasks.spawn("shared limits", shared.clone().keep(ground.shutdown.clone()));
    Ok(door.sharing(shared))
}

/// Whether the cache answers, where there is one.
pub(super) fn check(checks: &Checks, door: &Door, registry: &mut Registry) {
    let Some(shared) = door.limits().and_then(|limits| limits.shared().cloned()) else { return };
    shared.register(registry);
    checks.add("cache", Level::Degraded, move || {
        let up = shared.is_up();
        let level = if up { Level::Optimal } else { Level::Degraded };
        std::future::ready(breakers::told(Finding::new(level).with("limits_shared", up), shared.breaker()))
    });
}
