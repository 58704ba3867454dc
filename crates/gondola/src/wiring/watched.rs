//! What a node tells of itself: its figures, its components, its level.
//!
//! Invariant: nothing here keeps the ledger's writer alive, and telling writes nothing but a file that is removed at once.

use std::{path::PathBuf, sync::Arc, time::Duration};

use domain::{Clock, Timestamp};
use platform::{
    breaker::Breaker,
    config::Settings,
    health::{self, About, Checks, Feature, Finding, Level},
    http::auth::remembered,
    jobs::Jobs,
    machine::{self, Disk, Memory},
    metrics::{Page, look, pushed, register_process},
    telemetry::spans,
    vault::Vault,
};
use prometheus_client::registry::Registry;
use store::{Db, db::Backend, ledger::Queue};
use warehouse::metrics::ShopFigures;

use super::{Ground, breakers, pause, volumes};

/// What there is to be done, and the worst level at which it is.
pub(super) const FEATURES: [Feature; 8] = [
    ("stock_from_memory", Level::Emergency),
    ("sales", Level::Minimal),
    ("receipts", Level::Minimal),
    ("waste", Level::Minimal),
    ("catalog", Level::Degraded),
    ("counts", Level::Degraded),
    ("transfers", Level::Degraded),
    ("imports_and_exports", Level::Degraded),
];
/// Of the program.
pub(crate) const VERSION: &str = env!("CARGO_PKG_VERSION");
/// Free room of the disk below which somebody should look. Not a part of the whole: a tenth of a large disk is room for years.
const LITTLE_ROOM_BYTES: u64 = 1024 * 1024 * 1024;
/// Free room below which the next commits may fail.
const NO_ROOM_BYTES: u64 = 16 * 1024 * 1024;
/// Memory of the machine, in percent, below which it begins to suffer.
const LITTLE_MEMORY_PERCENT: u64 = 5;
/// How often the stock's value and levels are looked at; nothing is computed while nothing changes.
const COUNTED_EVERY: Duration = Duration::from_secs(60);
/// What is remembered of who may come in.
const CREDENTIALS: (&str, &str) = ("cache", "credentials");
/// Postings are signed once a business day; two hours of patience for a day that ends and a node that starts.
const UNSIGNED_FOR_S: i64 = 26 * 3600;

/// Puts the machine, the process and the database's connections on the page of figures.
pub(super) fn register(registry: &mut Registry, ground: &Ground, settings: &Settings) {
    let tasks = ground.tasks.clone();
    register_process(registry, VERSION, ground.clock.as_ref(), tasks, settings.data_dir.clone());
    let db = ground.db.clone();
    look(registry, move |page| {
        let pools = db.pools();
        let states = pools.iter().flat_map(|pool| {
            [("in_use", pool.in_use), ("idle", pool.idle)]
                .map(|(state, n)| ([("pool", pool.name), ("state", state)], n))
        });
        page.gauges("gondola_db_pool_connections", "Connections to the database", states)?;
        let limits = pools.iter().map(|pool| ([("pool", pool.name)], pool.limit));
        page.gauges("gondola_db_pool_limit", "Connections there may be", limits)?;
        let lent = pools.iter().map(|pool| ([("pool", pool.name)], pool.lent));
        page.counters("gondola_db_pool_lent", "Times a connection was lent", lent)?;
        let opened = pools.iter().map(|pool| ([("pool", pool.name)], pool.opened));
        page.counters("gondola_db_pool_opened", "Connections that were opened", opened)?;
        let waits = pools.iter().map(|pool| ([("pool", pool.name)], pool.waits));
        page.counters("gondola_db_pool_waits", "Times somebody had to wait for a connection", waits)?;
        let waited = pools.iter().map(|pool| ([("pool", pool.name)], pool.waited.as_secs_f64()));
        page.counters("gondola_db_pool_wait_seconds", "Time spent waiting for connections", waited)?;
        let timeouts = pools.iter().map(|pool| ([("pool", pool.name)], pool.timeouts));
        page.counters("gondola_db_pool_timeouts", "Times somebody waited in vain", timeouts)?;
        statements(page, &db)?;
        let spans = spans().map(|(outcome, count)| ([("outcome", outcome)], count));
        page.counters("gondola_trace_spans", "Spans made, and what became of them", spans)?;
        let series = pushed().map(|(outcome, count)| ([("outcome", outcome)], count));
        page.counters("gondola_metric_pushes", "Series handed to a collector, by what became of them", series)?;
        let (hits, misses) = remembered();
        page.counters("gondola_cache_hits", "Times something was remembered", [([CREDENTIALS], hits)])?;
        page.counters("gondola_cache_misses", "Times it had to be asked for", [([CREDENTIALS], misses)])
    });
}

fn statements(page: &mut Page<'_>, db: &Db) -> std::fmt::Result {
    let figures = db.statements();
    let rows = figures.iter().map(|seen| {
        let sum = Duration::from_micros(seen.sum_us).as_secs_f64();
        ([("statement", seen.name.as_str())], (sum, seen.count(), seen.buckets()))
    });
    page.histograms("gondola_db_query_duration_seconds", "Time the database took, by statement", rows)
}

/// Keeps the figures of the shop as of the last minute.
pub(super) fn keep_counting(ground: &Ground, registry: &mut Registry) {
    let (figures, db, shutdown) = (ShopFigures::default(), ground.db.clone(), ground.shutdown.clone());
    figures.register(registry);
    ground.spawn("figures of the shop", async move {
        while !shutdown.is_stopping() {
            if let Err(error) = figures.refresh(&db).await {
                tracing::warn!(error = &error as &dyn std::error::Error, "the figures of the shop are not renewed");
            }
            pause(&shutdown, COUNTED_EVERY).await;
        }
    });
}

/// Makes the folder of data: with a server nothing may have been written yet. Should it fail, the look at the disk will say so.
pub(super) async fn make_folder(settings: &Settings) {
    let folder = settings.data_dir.clone();
    let _ = tokio::task::spawn_blocking(move || std::fs::create_dir_all(folder)).await;
}

/// Every component that there is.
pub(super) fn checks(ground: &Ground, settings: &Settings, jobs: Jobs) -> Checks {
    let checks = Checks::new(Arc::clone(&ground.clock));
    let (db, breaker) = (ground.db.clone(), ground.breakers.named(breakers::DATABASE));
    checks.add("database", Level::Minimal, move || database(db.clone(), breaker.clone()));
    let vault = ground.vault.clone();
    checks.add("encryption", Level::Degraded, move || encryption(vault.clone()));
    let (folder, backend) = (settings.data_dir.clone(), ground.db.backend());
    // Slow under heavy writing is not full: only an answer says that.
    checks.add("disk_space", Level::Degraded, move || disk(folder.clone(), backend));
    checks.add("jobs", Level::Degraded, move || std::future::ready(work(&jobs)));
    checks.add("memory", Level::Degraded, || std::future::ready(memory()));
    volumes::check(&checks, settings);
    checks
}

/// What a node that writes the ledger has besides.
pub(super) fn check_ledger(checks: &Checks, ground: &Ground, queue: Queue) {
    let (db, clock) = (ground.db.clone(), Arc::clone(&ground.clock));
    checks.add("checkpoints", Level::Degraded, move || checkpoints(db.clone(), Arc::clone(&clock)));
    checks.add("ledger", Level::Emergency, move || std::future::ready(ledger(&queue)));
}

/// Looks at the components for as long as the node runs.
pub(super) fn keep_looking(ground: &Ground, about: About) {
    let shutdown = ground.shutdown.clone();
    ground.tasks.spawn("health", async move {
        while !shutdown.is_stopping() {
            about.look().await;
            pause(&shutdown, health::CHECKED_EVERY).await;
        }
    });
}

async fn database(db: Db, breaker: Option<Breaker>) -> Finding {
    let backend = if db.backend() == Backend::Sqlite { "sqlite" } else { "postgres" };
    let finding = match store::migrate::check(&db).await {
        Ok(()) => Finding::new(Level::Optimal).with("version", store::migrate::newest()),
        Err(error) => Finding::new(Level::Minimal).with("error", error.to_string()),
    }
    .with("engine", backend);
    breaker.iter().fold(finding, breakers::told)
}

/// A shop that keeps nothing encrypted needs no key.
async fn encryption(vault: Vault) -> Finding {
    let finding = match vault.refresh().await {
        Ok(()) => Finding::new(Level::Optimal),
        Err(error) => Finding::new(Level::Degraded).with("error", error.to_string()),
    };
    finding.with("key_set", vault.is_open()).with("keys", vault.keys())
}

fn ledger(queue: &Queue) -> Finding {
    let Some(figures) = queue.figures() else {
        return Finding::new(Level::Emergency).with("error", "the writer has stopped");
    };
    let nearly_full = figures.depth * 10 >= figures.capacity * 9;
    let level = if nearly_full { Level::Degraded } else { Level::Optimal };
    Finding::new(level).with("queue_depth", figures.depth).with("queue_capacity", figures.capacity)
}

/// A file of records grows where the data folder is; with a server only copies of checkpoints do.
const fn full_disk(backend: Backend) -> Level {
    match backend {
        Backend::Sqlite => Level::Emergency,
        Backend::Postgres => Level::Degraded,
    }
}

async fn disk(folder: PathBuf, backend: Backend) -> Finding {
    let looked = tokio::task::spawn_blocking(move || (machine::try_writing(&folder), Disk::of(&folder)));
    let Ok((written, space)) = looked.await else {
        return Finding::new(full_disk(backend)).with("error", "could not be looked at");
    };
    let full = written.is_err() || space.is_some_and(|space| space.free_bytes < NO_ROOM_BYTES);
    let tight = space.is_none_or(|space| space.free_bytes < LITTLE_ROOM_BYTES);
    let level = match (full, tight) {
        (true, _) => full_disk(backend),
        (false, true) => Level::Degraded,
        (false, false) => Level::Optimal,
    };
    let mut finding = Finding::new(level).with("writable", written.is_ok());
    if let Err(error) = written {
        finding = finding.with("error", error.to_string());
    }
    let Some(space) = space else { return finding };
    let free_percent = space.free_percent();
    finding.with("free_bytes", space.free_bytes).with("size_bytes", space.size_bytes).with("free_percent", free_percent)
}

fn memory() -> Finding {
    let Some(memory) = Memory::of_machine() else { return Finding::new(Level::Optimal).with("known", false) };
    let short = memory.available_percent() < LITTLE_MEMORY_PERCENT;
    Finding::new(if short { Level::Degraded } else { Level::Optimal })
        .with("available_bytes", memory.available_bytes)
        .with("size_bytes", memory.size_bytes)
        .with("available_percent", memory.available_percent())
}

fn work(jobs: &Jobs) -> Finding {
    let figures = jobs.figures();
    let full = figures.running + figures.queued >= figures.limit;
    let level = if full { Level::Degraded } else { Level::Optimal };
    Finding::new(level).with("running", figures.running).with("queued", figures.queued).with("limit", figures.limit)
}

async fn checkpoints(db: Db, clock: Arc<dyn Clock>) -> Finding {
    match store::ledger::checkpoint::oldest_unsigned(&db).await {
        Ok(unsigned) => unsigned_for(&unsigned, clock.now()),
        Err(error) => Finding::new(Level::Degraded).with("error", error.to_string()),
    }
}

fn unsigned_for(unsigned: &[(String, Timestamp)], now: Timestamp) -> Finding {
    let age_s = |at: &Timestamp| (now.micros() - at.micros()) / 1_000_000;
    let oldest = unsigned.iter().map(|(_, at)| age_s(at)).max().unwrap_or(0);
    let late: Vec<&str> =
        unsigned.iter().filter(|(_, at)| age_s(at) > UNSIGNED_FOR_S).map(|(site, _)| site.as_str()).collect();
    let level = if late.is_empty() { Level::Optimal } else { Level::Degraded };
    Finding::new(level).with("oldest_unsigned_s", oldest).with("late_sites", late)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_site_unsigned_for_more_than_a_day_is_named() {
        let now = Timestamp::from_micros(1_000_000_000_000_000);
        let ago = |hours: i64| now.plus_seconds(-hours * 3600);
        let unsigned =
            |hours: &[i64]| -> Vec<(String, Timestamp)> { hours.iter().map(|h| (format!("s{h}"), ago(*h))).collect() };
        let fine = unsigned_for(&unsigned(&[1, 25]), now);
        assert_eq!((fine.level, &fine.detail["oldest_unsigned_s"]), (Level::Optimal, &json!(90_000)));
        let late = unsigned_for(&unsigned(&[1, 27]), now);
        assert_eq!((late.level, &late.detail["late_sites"]), (Level::Degraded, &json!(["s27"])));
        assert_eq!(unsigned_for(&[], now).level, Level::Optimal);
    }

    #[tokio::test]
    async fn a_folder_that_is_gone_cannot_be_written() {
        let gone = std::env::temp_dir().join("gondola-no-such-folder").join("deeper");
        let finding = disk(gone.clone(), Backend::Sqlite).await;
        assert_eq!((finding.level, &finding.detail["writable"]), (Level::Emergency, &json!(false)));
        assert!(finding.detail["error"].is_string());
        assert_eq!(disk(gone, Backend::Postgres).await.level, Level::Degraded);
    }
}
