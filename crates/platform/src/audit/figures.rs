//! How many events were kept, and where.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use domain::audit::Event;
use prometheus_client::registry::Registry;

use crate::metrics::look;

#[derive(Debug, Default)]
pub(super) struct Figures {
    in_database: AtomicU64,
    in_log: AtomicU64,
    failures: AtomicU64,
}

impl Figures {
    pub(super) fn kept(&self, events: usize) {
        self.in_database.fetch_add(u64::try_from(events).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    pub(super) fn failed(&self) {
        self.failures.fetch_add(1, Ordering::Relaxed);
    }

    #[cfg(test)]
    pub(super) fn counts(&self) -> [u64; 3] {
        [&self.in_database, &self.in_log, &self.failures].map(|count| count.load(Ordering::Relaxed))
    }

    /// Writes an event to the program's log, because it cannot be written where it belongs.
    pub(super) fn to_log(&self, event: &Event, why: &str) {
        self.in_log.fetch_add(1, Ordering::Relaxed);
        let event = super::draft::as_json(event);
        tracing::error!(why, %event, "an audit event stands here because it could not be kept");
    }
}

/// Puts the figures on the page; `queue` gives how many events wait and how many may.
pub(super) fn register(
    registry: &mut Registry,
    figures: Arc<Figures>,
    queue: impl Fn() -> Option<(usize, usize)> + Send + Sync + 'static,
) {
    look(registry, move |page| -> fmt::Result {
        let kept = [("database", &figures.in_database), ("log", &figures.in_log)];
        let kept = kept.map(|(place, count)| ([("kept", place)], count.load(Ordering::Relaxed)));
        page.counters("gondola_audit_events", "Events told outside a transaction, by where they are kept", kept)?;
        let failures = figures.failures.load(Ordering::Relaxed);
        page.counter("gondola_audit_write_failures", "Times the audit log could not be written", failures)?;
        let (waiting, most) = queue().unzip();
        page.known_gauge("gondola_audit_queue_events", "Events that wait to be written", waiting)?;
        page.known_gauge("gondola_audit_queue_limit", "Events that may wait", most)
    });
}
