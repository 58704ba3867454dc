//! The node's part of the audit log: when it began to answer and when it stopped in order, who may look into the log, what the log
//! needs once a day, and watching it.
//!
//! Invariant: a node whose beginning has no end beside it was stopped by force.

use std::{sync::Arc, time::Duration};

use access::audit::{Desk, upkeep::Upkeep, watch::Watcher};
use domain::{
    Clock,
    audit::{Action, Event},
};
use platform::{
    audit::{self, Audit, Keeper},
    config::Settings,
};
use prometheus_client::registry::Registry;

use super::{Ground, pause, watched::VERSION};

/// How often a node asks whether the log needs something.
const UPKEEP_EVERY: Duration = Duration::from_secs(3600);
/// How often a node looks for what is unusual.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// Whose part of the program it is, in the log.
const SERVER: &str = "server";

fn lifecycle(action: Action, clock: &dyn Clock) -> Event {
    audit::by_system(SERVER, action).on("node", std::process::id()).detail("version", VERSION).at(clock.now())
}

/// Writes down that the node begins to answer.
pub(super) fn started(audit: &Audit, clock: &dyn Clock) {
    audit.record(lifecycle(Action::ServerStarted, clock));
}

/// Writes down that it stops, and everything that still waits to be written. Whether that was done in time.
pub(super) async fn stop(audit: &Audit, keeper: Keeper, clock: &dyn Clock, within: Duration) -> bool {
    audit.record(lifecycle(Action::ServerStopped, clock));
    keeper.finish(within).await
}

/// What looking into the log takes.
pub(super) fn desk(ground: &Ground, settings: &Settings) -> Desk {
    Desk {
        db: ground.db.clone(),
        clock: Arc::clone(&ground.clock),
        audit: ground.audit.clone(),
        zone: settings.timezone.clone(),
    }
}

/// Signs the log and lets go of what is old, when that is due.
pub(super) fn keep_up(ground: &Ground, settings: &Settings) {
    let (db, clock, shutdown) = (ground.db.clone(), Arc::clone(&ground.clock), ground.shutdown.clone());
    let (folder, keep_days) = (settings.data_dir.clone(), settings.audit_keep_days);
    ground.spawn("audit upkeep", async move {
        while !shutdown.is_stopping() {
            let kept = match warehouse::checkpoints::signing_key(&folder) {
                Ok(key) => {
                    let clock = Arc::clone(&clock);
                    let upkeep = Upkeep { db: &db, data_dir: &folder, key: &key, clock, keep_days };
                    upkeep.run().await.map_err(anyhow::Error::from)
                }
                Err(error) => Err(error.into()),
            };
            if let Err(error) = kept {
                tracing::error!(error = &*error as &dyn std::error::Error, "the audit log could not be signed or cut");
            }
            pause(&shutdown, UPKEEP_EVERY).await;
        }
    });
}

/// Watches the log for what is unusual.
pub(super) fn watch(ground: &Ground, settings: &Settings, registry: &mut Registry) {
    let shop = (settings.timezone.clone(), settings.audit_quiet_hours);
    let mut watcher = Watcher::new(ground.db.clone(), Arc::clone(&ground.clock), ground.events.clone(), shop);
    watcher.register(registry);
    let shutdown = ground.shutdown.clone();
    ground.spawn("audit watch", async move {
        while !shutdown.is_stopping() {
            if let Err(error) = watcher.look().await {
                tracing::warn!(error = &error as &dyn std::error::Error, "the audit log could not be watched");
            }
            pause(&shutdown, LOOK_EVERY).await;
        }
    });
}
