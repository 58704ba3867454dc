//! The node's part of the audit log: when it began to answer and when it stopped in order.
//!
//! Invariant: a node whose beginning has no end beside it was stopped by force.

use std::time::Duration;

use domain::{
    Clock,
    audit::{Action, Event},
};
use platform::audit::{self, Audit, Keeper};

use super::watched::VERSION;

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
