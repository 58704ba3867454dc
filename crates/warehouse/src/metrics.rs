//! What the ledger's writer does, counted; and what is told of the stock and of proofs.
//!
//! Invariant: counted once for a batch, by the one task that commits; every kind and outcome has its counter from the start.

mod proofs;
mod shop;

use std::{sync::Arc, time::Duration};

use domain::ledger::{Draft, Outcome, PostingKind, Rejection};
use platform::metrics::look;
use prometheus_client::{
    metrics::{counter::Counter, histogram::Histogram},
    registry::Registry,
};
use store::ledger::{Queue, Stood, Watch};

use crate::shelf::Shelf;

pub(crate) use proofs::proved;
pub use proofs::register_proofs;
pub use shop::ShopFigures;

/// Seconds: from a commit to a fast disk up to one that a person notices.
const COMMIT_BOUNDS: [f64; 13] = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];
/// Movements of one commit.
const BATCH_BOUNDS: [f64; 11] = [1.0, 2.0, 5.0, 10.0, 25.0, 50.0, 100.0, 250.0, 500.0, 1_000.0, 2_000.0];
const OUTCOMES: [&str; 4] = ["posted", "duplicate", "rejected", "waiting"];

/// Counts what the writer does.
#[derive(Debug)]
pub struct LedgerMetrics {
    /// By kind, in the order of [`PostingKind::ALL`], and then by outcome.
    postings: Vec<[Counter; OUTCOMES.len()]>,
    movements: Counter,
    batches: Histogram,
    commits: Histogram,
    failures: Counter,
    refused: Counter,
}

impl LedgerMetrics {
    /// Puts it on the page of figures. Give it to the writer as its watch.
    pub fn register(registry: &mut Registry) -> Arc<LedgerMetrics> {
        let metrics = LedgerMetrics {
            postings: PostingKind::ALL.iter().map(|_| Default::default()).collect(),
            movements: Counter::default(),
            batches: Histogram::new(BATCH_BOUNDS),
            commits: Histogram::new(COMMIT_BOUNDS),
            failures: Counter::default(),
            refused: Counter::default(),
        };
        registry.register("gondola_movements", "Movements committed", metrics.movements.clone());
        registry.register("gondola_batch_movements", "Movements in one commit", metrics.batches.clone());
        let commits = "Seconds from the first read of a batch to its durable commit";
        registry.register("gondola_commit_duration_seconds", commits, metrics.commits.clone());
        registry.register("gondola_commit_failures", "Attempts to commit that failed", metrics.failures.clone());
        let refused = "Requests turned away because too many waited for the ledger";
        registry.register("gondola_queue_refusals", refused, metrics.refused.clone());
        let metrics = Arc::new(metrics);
        let own = Arc::clone(&metrics);
        look(registry, move |page| {
            let rows = PostingKind::ALL.iter().zip(&own.postings).flat_map(|(kind, counters)| {
                OUTCOMES
                    .iter()
                    .zip(counters)
                    .map(|(outcome, counter)| ([("kind", kind.name()), ("outcome", *outcome)], counter.get()))
            });
            page.counters("gondola_postings", "Postings by kind and by what became of them", rows)
        });
        metrics
    }

    fn counter(&self, kind: PostingKind, outcome: &Outcome) -> Option<&Counter> {
        let outcome = match outcome {
            Outcome::Posted(_) => 0,
            Outcome::Duplicate(_) => 1,
            // Nothing is wrong with it: a second person decides.
            Outcome::Rejected(Rejection::ApprovalNeeded { .. }) => 3,
            Outcome::Rejected(_) => 2,
        };
        let kind = PostingKind::ALL.iter().position(|known| *known == kind)?;
        self.postings.get(kind)?.get(outcome)
    }
}

impl Watch for LedgerMetrics {
    fn committed(&self, drafts: &[&Draft], outcomes: &[Outcome], took: Duration) {
        let mut movements = 0_u32;
        for (draft, outcome) in drafts.iter().zip(outcomes) {
            if let Outcome::Posted(posted) = outcome {
                movements = movements.saturating_add(u32::try_from(posted.lines.len()).unwrap_or(u32::MAX));
            }
            if let Some(counter) = self.counter(draft.kind, outcome) {
                counter.inc();
            }
        }
        // What wrote nothing, repetitions and refusals alone, would make commits look faster and smaller than they are.
        if movements > 0 {
            self.movements.inc_by(movements.into());
            self.batches.observe(movements.into());
            self.commits.observe(took.as_secs_f64());
        }
    }

    fn failed(&self) {
        self.failures.inc();
    }

    fn full(&self) {
        self.refused.inc();
    }
}

/// Counts what the writer does, and tells the stock that is remembered.
#[derive(Debug)]
pub struct Told {
    /// What is counted.
    pub metrics: Arc<LedgerMetrics>,
    /// What is remembered.
    pub shelf: Shelf,
}

impl Watch for Told {
    fn committed(&self, drafts: &[&Draft], outcomes: &[Outcome], took: Duration) {
        self.metrics.committed(drafts, outcomes, took);
        self.shelf.posted(drafts, outcomes);
    }

    fn stood(&self, stood: &Stood<'_>) {
        self.shelf.stood(stood);
    }

    fn failed(&self) {
        self.metrics.failed();
    }

    fn full(&self) {
        self.metrics.full();
    }
}

/// Puts what waits for the writer on the page of figures.
pub fn register_queue(registry: &mut Registry, queue: Queue) {
    look(registry, move |page| {
        let figures = queue.figures();
        page.known_gauge("gondola_queue_depth", "Requests waiting for the ledger", figures.map(|f| f.depth))?;
        page.known_gauge("gondola_queue_capacity", "Requests that may wait for it", figures.map(|f| f.capacity))
    });
}
