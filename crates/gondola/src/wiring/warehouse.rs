//! The warehouse role of a node: the ledger's writer, the journal before it, the API over both, and what roles elsewhere ask.
//!
//! Invariant: of this nothing runs where the role does not.

use std::{path::Path, sync::Arc};

use axum::Router;
use contracts::approval::Desk;
use platform::{
    config::Settings,
    events,
    health::{Checks, Health, Pulse},
    jobs::{self, Jobs},
};
use prometheus_client::registry::Registry;
use store::ledger::{Queue, Writer, WriterOptions};
use tokio::task::JoinHandle;
use utoipa_axum::router::OpenApiRouter;
use warehouse::{
    Parts, Warehouse,
    api::peers,
    journal::Intake,
    metrics::{LedgerMetrics, Told},
    shelf::Shelf,
};

use super::{Ground, approvals, journal, upkeep};
use crate::roles::Role;

/// The role's state, and what is looked at of it.
pub(super) struct Started {
    pub(super) role: Warehouse,
    journal: Option<journal::Started>,
    queue: Queue,
    most_bytes: usize,
}

/// Starts the writer, first of all: others wait for it.
pub(super) fn writer(
    ground: &Ground,
    settings: &Settings,
    registry: &mut Registry,
    shelf: &Shelf,
) -> (Writer, JoinHandle<()>) {
    let options = WriterOptions { queue: settings.writer_queue_postings, batch_lines: settings.writer_batch_movements };
    let told = Told { metrics: LedgerMetrics::register(registry), shelf: shelf.clone() };
    Writer::start_watched(ground.db.clone(), Arc::clone(&ground.clock), options, Arc::new(told))
}

/// Starts the rest, and what the role does by itself.
pub(super) async fn start(
    ground: &Ground,
    settings: &Settings,
    (writer, shelf): (Writer, Shelf),
    jobs: &Jobs,
    pulse: Option<Pulse>,
) -> Started {
    let desk = approvals::desk(ground, settings, &writer);
    let journal = journal::start(ground, settings, (&writer, &desk, &shelf), pulse).await;
    let queue = writer.queue();
    let intake = journal.as_ref().map(|started| started.intake.clone());
    approvals::expire(ground, &desk);
    let role = state(ground, settings, (writer, intake, desk, shelf), jobs.clone());
    upkeep::warm_search(ground, &role);
    upkeep::settle_transfers(ground, &role);
    upkeep::sweep_imports(ground, &role);
    upkeep::sign_daily(ground, settings);
    upkeep::forget_answers(ground);
    Started { role, journal, queue, most_bytes: settings.bulk_body_limit_bytes }
}

/// The role over these parts.
pub(super) fn state(
    ground: &Ground,
    settings: &Settings,
    (writer, journal, approvals, shelf): (Writer, Option<Intake>, Desk, Shelf),
    jobs: Jobs,
) -> Warehouse {
    Warehouse::new(Parts {
        db: ground.db.clone(),
        writer,
        journal,
        shelf,
        approvals,
        clock: Arc::clone(&ground.clock),
        ids: Arc::clone(&ground.ids),
        currency: settings.currency.clone(),
        scale_labels: settings.scale_labels.clone(),
        data_dir: settings.data_dir.clone(),
        jobs,
        events: ground.events.clone(),
        audit: ground.audit.clone(),
        vault: ground.vault.clone(),
    })
}

impl Started {
    /// The routes that the API's document describes.
    pub(super) fn routes(&self, ground: &Ground, jobs: Jobs) -> OpenApiRouter {
        warehouse::routes(self.most_bytes)
            .with_state(self.role.clone())
            .merge(jobs::routes(jobs))
            .merge(events::routes(ground.events.clone(), ground.shutdown.clone()))
    }

    /// What roles elsewhere ask.
    pub(super) fn peer_routes(&self) -> Router {
        peers::routes(self.role.clone(), self.most_bytes)
    }

    /// Where its journal is.
    pub(super) fn journal_folder(&self) -> Option<&Path> {
        self.journal.as_ref().map(|journal| journal.folder.as_path())
    }

    /// What it needs to be ready.
    pub(super) fn ready(&self, health: &Health) {
        let writer = self.role.writer.clone();
        health.probe_of(Some(Role::Warehouse.name()), "ledger", move || std::future::ready(writer.is_running()));
    }

    /// Puts it among the figures and the components.
    pub(super) fn watch(&self, registry: &mut Registry, checks: &Checks, ground: &Ground) {
        super::watched::keep_counting(ground, registry);
        warehouse::metrics::register_queue(registry, self.queue.clone());
        warehouse::metrics::register_proofs(registry);
        super::watched::check_ledger(checks, ground, self.queue.clone());
        if let Some(journal) = &self.journal {
            journal.watch(registry, checks, ground);
        }
    }
}
