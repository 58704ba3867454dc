//! What a node does by itself, beside answering.
//!
//! Invariant: each is a task of the node's that ends when the node stops; one that fails says so and is tried again.

use std::{sync::Arc, time::Duration};

use access::{Access, StoredNonces, TokenDesk};
use platform::{
    config::Settings,
    http::idempotency,
    jobs::{self, Jobs},
};
use store::Db;
use warehouse::Warehouse;

use super::{Ground, audit, pause, people};

/// How often a node looks whether a business day has ended.
const CHECKPOINT_EVERY: Duration = Duration::from_secs(600);
/// How often answers kept for repeated requests are looked through.
const FORGET_EVERY: Duration = Duration::from_secs(3600);
/// How often files of interrupted imports are looked for.
const SWEEP_EVERY: Duration = Duration::from_secs(3600);
/// How often nonces of signed requests and ended tokens are looked through.
const FORGET_USED_EVERY: Duration = Duration::from_secs(60);

/// What one node of an installation does for all of them.
pub(super) fn start(ground: &Ground, settings: &Settings, access: &Access, tokens: &TokenDesk) {
    audit::keep_up(ground, settings);
    forget_used(ground, tokens.clone());
    people::keep_tidy(ground, access);
    people::keep_no_longer(ground, settings, access);
    people::seal_contacts(ground);
}

/// Loads the index of the catalogue, so that the first search does not pay for it.
pub(super) fn warm_search(ground: &Ground, warehouse: &Warehouse) {
    let (search, db) = (warehouse.search.clone(), ground.db.clone());
    ground.spawn("search index", async move {
        if let Err(error) = search.warm(&db).await {
            tracing::warn!(error = &error as &dyn std::error::Error, "the first search will load its index");
        }
    });
}

/// Brings transfers that a crash interrupted in line with the ledger.
pub(super) fn settle_transfers(ground: &Ground, warehouse: &Warehouse) {
    let warehouse = warehouse.clone();
    ground.spawn("transfers", async move {
        match warehouse::api::transfers::settle::settle_all(&warehouse).await {
            Ok(0) => {}
            Ok(count) => tracing::info!(count, "transfers interrupted earlier were settled"),
            Err(problem) => tracing::error!(%problem, "interrupted transfers will be settled when they are next read"),
        }
    });
}

/// Removes what imports that were killed left to be read, also by other nodes of the installation over the same folder.
pub(super) fn sweep_imports(ground: &Ground, warehouse: &Warehouse) {
    let (warehouse, shutdown) = (warehouse.clone(), ground.shutdown.clone());
    ground.spawn("files of interrupted imports", async move {
        while !shutdown.is_stopping() {
            match warehouse::imports::legacy::file::sweep(&warehouse.db, &warehouse.scratch()).await {
                Ok(0) => {}
                Ok(count) => tracing::info!(count, "files of interrupted imports were removed"),
                Err(error) => tracing::warn!(%error, "files of interrupted imports could not be removed"),
            }
            pause(&shutdown, SWEEP_EVERY).await;
        }
    });
}

/// Signs the head of each site whose business day has ended.
pub(super) fn sign_daily(ground: &Ground, settings: &Settings) {
    let (db, clock, shutdown) = (ground.db.clone(), Arc::clone(&ground.clock), ground.shutdown.clone());
    let folder = settings.data_dir.clone();
    ground.spawn("checkpoints", async move {
        while !shutdown.is_stopping() {
            if let Err(error) = warehouse::checkpoints::sign_due(&db, &folder, clock.as_ref()).await {
                tracing::error!(error = &error as &dyn std::error::Error, "could not sign a checkpoint");
            }
            pause(&shutdown, CHECKPOINT_EVERY).await;
        }
    });
}

/// Forgets answers that were kept for repetitions long enough.
pub(super) fn forget_answers(ground: &Ground) {
    let (db, clock, shutdown) = (ground.db.clone(), Arc::clone(&ground.clock), ground.shutdown.clone());
    ground.spawn("answers kept for repetitions", async move {
        while !shutdown.is_stopping() {
            let before = clock.now().plus_seconds(-idempotency::KEPT_MICROS / 1_000_000);
            if let Err(error) = forget(&db, before).await {
                tracing::error!(error = &error as &dyn std::error::Error, "could not forget old answers");
            }
            pause(&shutdown, FORGET_EVERY).await;
        }
    });
}

/// Where several nodes share a database, each ends the jobs of those that are gone.
pub(super) fn end_lost_jobs(ground: &Ground, jobs: &Jobs) {
    let (jobs, shutdown) = (jobs.clone(), ground.shutdown.clone());
    if !jobs.is_shared() {
        return;
    }
    ground.spawn("lost jobs", async move {
        let mut watch = jobs::Watch::default();
        while !shutdown.is_stopping() {
            match jobs.end_lost(&mut watch).await {
                Ok(0) => {}
                Ok(count) => tracing::warn!(count, "jobs of a process that is gone were interrupted"),
                Err(problem) => tracing::warn!(%problem, "could not look for lost jobs"),
            }
            pause(&shutdown, jobs::LOOKED_EVERY).await;
        }
    });
}

/// Nonces and ended tokens whose time is over need not be remembered.
fn forget_used(ground: &Ground, tokens: TokenDesk) {
    let nonces = StoredNonces::new(ground.db.clone());
    let (clock, shutdown) = (Arc::clone(&ground.clock), ground.shutdown.clone());
    ground.spawn("nonces and tokens", async move {
        while !shutdown.is_stopping() {
            let now = clock.now();
            for gone in [nonces.purge(now).await, tokens.purge(now).await] {
                if let Err(error) = gone {
                    tracing::error!(error = &error as &dyn std::error::Error, "could not forget old nonces and tokens");
                }
            }
            pause(&shutdown, FORGET_USED_EVERY).await;
        }
    });
}

async fn forget(db: &Db, before: domain::Timestamp) -> store::Result<()> {
    let mut tx = db.write().await?;
    store::idempotency::purge(&mut tx, before).await?;
    tx.commit().await
}
