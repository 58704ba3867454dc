//! The desk where postings wait for a second person.
//!
//! Invariant: a warehouse has one, which its API, its journal and the pages share; pages that run apart look for themselves and ask it to
//! decide.

use std::{sync::Arc, time::Duration};

use contracts::approval::{Desk, Parts, Requests};
use domain::{Clock, Ids, RandomIds, SystemClock};
use platform::{config::Settings, events::Events, lifecycle::Tasks};
use store::{
    Db,
    ledger::{Watch, Writer},
};
use warehouse::follow::{Following, refusal};

use super::{Ground, pause};

/// How often it is looked which requests nobody decided in time.
const EXPIRE_EVERY: Duration = Duration::from_secs(60);

/// Looking at what waits, without a desk.
pub(super) fn requests(ground: &Ground) -> Requests {
    Requests::new(ground.db.clone(), Arc::clone(&ground.clock), refusal)
}

/// The desk of a node; whoever watches that writer hears of what is let through too.
pub(super) fn desk(ground: &Ground, settings: &Settings, writer: &Writer) -> Desk {
    let Ground { db, clock, ids, events, tasks, .. } = ground;
    make(db, settings, (Arc::clone(clock), Arc::clone(ids)), (events, tasks, writer.watch()))
}

/// A desk for a command.
pub(crate) fn for_commands(db: &Db, settings: &Settings, events: &Events) -> Desk {
    make(db, settings, (Arc::new(SystemClock), Arc::new(RandomIds)), (events, &Tasks::default(), Arc::new(())))
}

fn make(
    db: &Db,
    settings: &Settings,
    (clock, ids): (Arc<dyn Clock>, Arc<dyn Ids>),
    (events, tasks, watch): (&Events, &Tasks, Arc<dyn Watch>),
) -> Desk {
    let follow = Arc::new(Following::new(db.clone(), Arc::clone(&clock), events.clone()));
    let (db, events, consent, tasks) = (db.clone(), events.clone(), settings.consent, tasks.clone());
    Desk::new(Parts { db, clock, ids, events, consent, follow, refusal, watch, tasks })
}

/// Ends what nobody decided in time.
pub(super) fn expire(ground: &Ground, desk: &Desk) {
    let (desk, shutdown) = (desk.clone(), ground.shutdown.clone());
    ground.spawn("approvals", async move {
        while !shutdown.is_stopping() {
            if let Err(problem) = desk.expire().await {
                tracing::error!(%problem, "could not end requests that nobody decided in time");
            }
            pause(&shutdown, EXPIRE_EVERY).await;
        }
    });
}
