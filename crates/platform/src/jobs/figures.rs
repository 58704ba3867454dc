//! How many jobs there are and how they ended.
//!
//! Invariant: only of this process; other processes tell of their own.

use std::sync::atomic::{AtomicU64, Ordering};

use prometheus_client::registry::Registry;
use store::job::Ending;

use super::{Jobs, MOST_WAITING};
use crate::metrics::look;

/// How jobs ended since the start.
#[derive(Debug, Default)]
pub(super) struct Ended {
    done: AtomicU64,
    failed: AtomicU64,
    cancelled: AtomicU64,
}

impl Ended {
    pub(super) fn note(&self, ending: &Ending) {
        let counter = match ending {
            Ending::Done(_) => &self.done,
            Ending::Failed(_) => &self.failed,
            Ending::Cancelled => &self.cancelled,
        };
        counter.fetch_add(1, Ordering::Relaxed);
    }
}

/// The jobs of this process at this moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct JobFigures {
    /// At work.
    pub running: usize,
    /// Waiting for their turn.
    pub queued: usize,
    /// How many may be there in all.
    pub limit: usize,
}

impl Jobs {
    /// The jobs of this process at this moment.
    pub fn figures(&self) -> JobFigures {
        let all = self.running().len();
        let running = self.0.at_once.saturating_sub(self.0.room.available_permits());
        JobFigures { running, queued: all.saturating_sub(running), limit: MOST_WAITING }
    }

    /// Puts them on the page of figures.
    pub fn register(&self, registry: &mut Registry) {
        let jobs = self.clone();
        look(registry, move |page| {
            let JobFigures { running, queued, .. } = jobs.figures();
            let states = [([("state", "running")], running), ([("state", "queued")], queued)];
            page.gauges("gondola_jobs", "Jobs of this process", states)?;
            let Ended { done, failed, cancelled } = &jobs.0.ended;
            let ended = [("done", done), ("failed", failed), ("cancelled", cancelled)];
            let ended = ended.map(|(outcome, count)| ([("outcome", outcome)], count.load(Ordering::Relaxed)));
            page.counters("gondola_jobs_ended", "Jobs that ended, by how", ended)
        });
    }
}
