//! One node: the roles it runs, what they stand on, and how it stops.
//!
//! Invariant: the only place that knows every role. What a node starts, [`Node::stop`] ends.

mod document;
mod secrets;
mod watched;

use std::{sync::Arc, time::Duration};

use access::StoredKeys;
use axum::Router;
use domain::{Clock, Ids, RandomIds};
use platform::{
    config::Settings,
    events::{self, Events},
    health::{self, About, Health, Level},
    http::{
        auth::{self, Gate, Keys},
        idempotency,
        layers::{self, Shell},
    },
    jobs::{self, JobParts, Jobs},
    lifecycle::{Shutdown, Tasks},
    metrics,
    rotation::Rotation,
    vault::Vault,
};
use prometheus_client::registry::Registry;
pub(crate) use secrets::{SecretParts, rotation};
use store::{
    Db,
    ledger::{Writer, WriterOptions},
};
use tokio::task::JoinHandle;
use utoipa_axum::router::OpenApiRouter;
use warehouse::{Parts, Warehouse, metrics::LedgerMetrics};

/// How often a node looks whether a business day has ended.
const CHECKPOINT_EVERY: Duration = Duration::from_secs(600);
/// How often answers kept for repeated requests are looked through.
const FORGET_EVERY: Duration = Duration::from_secs(3600);
/// Jobs that run at once; more wait.
const JOBS_AT_ONCE: usize = 2;

/// A running node.
pub(crate) struct Node {
    router: Router,
    db: Db,
    tasks: Tasks,
    writer: JoinHandle<()>,
}

/// What everything in the node is made with.
struct Ground {
    db: Db,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
    tasks: Tasks,
    events: Events,
    shutdown: Shutdown,
    /// Opens encrypted values; without a key it says so whenever it is asked.
    vault: Vault,
}

impl Ground {
    fn new(db: Db, vault: Vault, clock: Arc<dyn Clock>, shutdown: Shutdown) -> Ground {
        let topics: Vec<&'static str> = warehouse::TOPICS.iter().copied().chain([jobs::TOPIC]).collect();
        let events = Events::new(&topics, clock.as_ref());
        Ground { db, clock, ids: Arc::new(RandomIds), tasks: Tasks::default(), events, shutdown, vault }
    }

    fn job_parts(&self) -> JobParts {
        JobParts {
            db: self.db.clone(),
            clock: Arc::clone(&self.clock),
            ids: Arc::clone(&self.ids),
            events: self.events.clone(),
            tasks: self.tasks.clone(),
        }
    }
}

impl Node {
    /// Starts every role over a database at this program's version.
    pub(crate) async fn start(
        db: Db,
        settings: &Settings,
        clock: Arc<dyn Clock>,
        shutdown: Shutdown,
    ) -> anyhow::Result<Node> {
        let vault = Vault::load(&db, &settings.encryption, clock.as_ref()).await?;
        if !vault.is_open() {
            tracing::warn!("no encryption key: what is kept encrypted will be refused (gondola key init)");
        }
        let ground = Ground::new(db, vault, clock, shutdown);
        let options =
            WriterOptions { queue: settings.writer_queue_postings, batch_lines: settings.writer_batch_movements };
        let mut registry = Registry::default();
        let ledger = LedgerMetrics::register(&mut registry);
        let (writer, writing) = Writer::start_watched(ground.db.clone(), Arc::clone(&ground.clock), options, ledger);
        let jobs = start_jobs(&ground).await?;
        let parts =
            SecretParts { vault: ground.vault.clone(), clock: Arc::clone(&ground.clock), jobs: Some(jobs.clone()) };
        let secrets = rotation(&parts, settings);
        secrets::keep_rotating(&ground, secrets.clone());
        let shell = Shell::new(settings, Arc::clone(&ground.clock), Arc::clone(&ground.ids));
        let told = told(
            &ground,
            settings,
            Watched { registry, writer: &writer, jobs: &jobs, shell: &shell, secrets: &secrets },
        );
        sign_daily(&ground, settings);
        forget_answers(&ground);
        end_lost_jobs(&ground, &jobs);
        let routes = documented(&ground, settings, writer, jobs).merge(told);
        let gate = gate(&ground);
        let pages =
            dashboard::router(dashboard::State::new(ground.db.clone(), Arc::clone(&ground.clock), gate.clone()));
        let guarded = auth::guard(access::enforce(document::with_docs(routes).merge(pages)), gate);
        Ok(Node { router: layers::shell(guarded, shell), db: ground.db, tasks: ground.tasks, writer: writing })
    }

    /// Every route, with what surrounds it.
    pub(crate) fn router(&self) -> Router {
        self.router.clone()
    }

    /// Commits what is waiting and ends everything. Whether all of it ended in time.
    pub(crate) async fn stop(self, within: Duration) -> bool {
        // The last handles of the writer live in the routes and in jobs; without them it ends by itself.
        drop(self.router);
        let finished = self.tasks.finish(within).await;
        let written = tokio::time::timeout(within, self.writer).await.is_ok();
        self.db.close().await;
        written && finished
    }
}

/// What a node tells of, besides what every part of it stands on.
struct Watched<'n> {
    registry: Registry,
    writer: &'n Writer,
    jobs: &'n Jobs,
    shell: &'n Shell,
    secrets: &'n Rotation,
}

/// The routes by which a node tells how it is; it begins to look after itself.
fn told(ground: &Ground, settings: &Settings, watched: Watched<'_>) -> OpenApiRouter {
    let Watched { mut registry, writer, jobs, shell, secrets } = watched;
    watched::register(&mut registry, ground, settings);
    warehouse::metrics::register_queue(&mut registry, writer.queue());
    jobs.register(&mut registry);
    shell.register(&mut registry);
    secrets.register(&mut registry);
    let checks = watched::checks(ground, settings, writer.queue(), jobs.clone());
    let secrets = secrets.clone();
    checks.add("secrets", Level::Degraded, move || std::future::ready(secrets::finding(&secrets)));
    let about = About::new(watched::VERSION, Arc::clone(&ground.clock), checks, shell.degradation.clone());
    watched::keep_looking(ground, about.clone());
    metrics::routes(registry).merge(health::deep_routes(about))
}

/// The routes that the API's document describes.
fn documented(ground: &Ground, settings: &Settings, writer: Writer, jobs: Jobs) -> OpenApiRouter {
    let health = Health::new(ground.shutdown.clone());
    let (db, ledger) = (ground.db.clone(), writer.clone());
    health.probe("database", move || {
        let db = db.clone();
        async move { store::migrate::check(&db).await.is_ok() }
    });
    health.probe("ledger", move || std::future::ready(ledger.is_running()));
    let warehouse = warehouse(ground, settings, writer, jobs.clone());
    warm_search(ground, &warehouse);
    settle_transfers(ground, &warehouse);
    warehouse::routes(settings.bulk_body_limit_bytes)
        .with_state(warehouse)
        .merge(jobs::routes(jobs))
        .merge(events::routes(ground.events.clone(), ground.shutdown.clone()))
        .merge(health::routes(health))
}

fn warehouse(ground: &Ground, settings: &Settings, writer: Writer, jobs: Jobs) -> Warehouse {
    Warehouse::new(Parts {
        db: ground.db.clone(),
        writer,
        clock: Arc::clone(&ground.clock),
        ids: Arc::clone(&ground.ids),
        currency: settings.currency.clone(),
        scale_labels: settings.scale_labels.clone(),
        data_dir: settings.data_dir.clone(),
        jobs,
        events: ground.events.clone(),
    })
}

/// The warehouse for a command that only reads: nothing runs beside it.
pub(crate) fn reading_warehouse(db: Db, settings: &Settings, clock: Arc<dyn Clock>) -> Warehouse {
    let vault = Vault::closed(&db);
    let ground = Ground::new(db, vault, clock, Shutdown::default());
    let (writer, _idle) = Writer::start(ground.db.clone(), Arc::clone(&ground.clock), WriterOptions::default());
    warehouse(&ground, settings, writer, Jobs::new(ground.job_parts(), JOBS_AT_ONCE))
}

fn gate(ground: &Ground) -> Gate {
    let stored = StoredKeys::new(ground.db.clone(), Arc::clone(&ground.clock));
    let keys = Keys::new(stored, Arc::clone(&ground.clock)).accepting_cookie(dashboard::KEY_COOKIE);
    Gate::new(keys, access::is_open).with_login_page(dashboard::LOGIN_PAGE)
}

async fn start_jobs(ground: &Ground) -> anyhow::Result<Jobs> {
    let jobs = Jobs::new(ground.job_parts(), JOBS_AT_ONCE);
    match jobs.recover().await {
        Ok(0) => {}
        Ok(count) => tracing::warn!(count, "jobs of an earlier run were interrupted"),
        Err(error) => return Err(anyhow::Error::new(error).context("cannot look after the jobs of an earlier run")),
    }
    Ok(jobs)
}

/// Ends after the pause, or at once when the node stops.
async fn pause(shutdown: &Shutdown, length: Duration) {
    tokio::select! {
        () = tokio::time::sleep(length) => {}
        () = shutdown.wait() => {}
    }
}

/// Loads the index of the catalogue, so that the first search does not pay for it.
fn warm_search(ground: &Ground, warehouse: &Warehouse) {
    let (search, db) = (warehouse.search.clone(), ground.db.clone());
    ground.tasks.spawn("search index", async move {
        if let Err(error) = search.warm(&db).await {
            tracing::warn!(error = &error as &dyn std::error::Error, "the first search will load its index");
        }
    });
}

/// Brings transfers that a crash interrupted in line with the ledger.
fn settle_transfers(ground: &Ground, warehouse: &Warehouse) {
    let warehouse = warehouse.clone();
    ground.tasks.spawn("transfers", async move {
        match warehouse::api::transfers::settle::settle_all(&warehouse).await {
            Ok(0) => {}
            Ok(count) => tracing::info!(count, "transfers interrupted earlier were settled"),
            Err(problem) => tracing::error!(%problem, "interrupted transfers will be settled when they are next read"),
        }
    });
}

fn sign_daily(ground: &Ground, settings: &Settings) {
    let (db, clock, shutdown) = (ground.db.clone(), Arc::clone(&ground.clock), ground.shutdown.clone());
    let folder = settings.data_dir.clone();
    ground.tasks.spawn("checkpoints", async move {
        while !shutdown.is_stopping() {
            if let Err(error) = warehouse::checkpoints::sign_due(&db, &folder, clock.as_ref()).await {
                tracing::error!(error = &error as &dyn std::error::Error, "could not sign a checkpoint");
            }
            pause(&shutdown, CHECKPOINT_EVERY).await;
        }
    });
}

fn forget_answers(ground: &Ground) {
    let (db, clock, shutdown) = (ground.db.clone(), Arc::clone(&ground.clock), ground.shutdown.clone());
    ground.tasks.spawn("answers kept for repetitions", async move {
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
fn end_lost_jobs(ground: &Ground, jobs: &Jobs) {
    let (jobs, shutdown) = (jobs.clone(), ground.shutdown.clone());
    if !jobs.is_shared() {
        return;
    }
    ground.tasks.spawn("lost jobs", async move {
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

async fn forget(db: &Db, before: domain::Timestamp) -> store::Result<()> {
    let mut tx = db.write().await?;
    store::idempotency::purge(&mut tx, before).await?;
    tx.commit().await
}
