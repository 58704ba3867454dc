//! What was handed to a collector, and what was lost.
//!
//! Invariant: a collector that is gone costs what it would have been given and nothing else; that it is lost is told once, counted, and
//! told again when it is taken.

use std::{
    io,
    sync::atomic::{AtomicBool, AtomicU64, Ordering},
};

use super::{Collector, collector::Signal};

/// One kind of thing that is handed over.
#[derive(Debug)]
pub(crate) struct Handing {
    signal: Signal,
    what: &'static str,
    sent: AtomicU64,
    lost: AtomicU64,
    failing: AtomicBool,
}

/// Spans.
pub(super) static SPANS: Handing = Handing::of(Signal::Spans, "traces");
/// The page of figures, each time as a whole.
pub(crate) static FIGURES: Handing = Handing::of(Signal::Figures, "figures");

impl Handing {
    const fn of(signal: Signal, what: &'static str) -> Handing {
        let (sent, lost) = (AtomicU64::new(0), AtomicU64::new(0));
        Handing { signal, what, sent, lost, failing: AtomicBool::new(false) }
    }

    /// Hands over so many of them in one body. Blocks, and must not be called from a task.
    pub(crate) fn hand(&self, to: &Collector, body: &[u8], count: usize) -> io::Result<()> {
        let handed = to.take(self.signal, body);
        let tally = if handed.is_ok() { &self.sent } else { &self.lost };
        tally.fetch_add(count as u64, Ordering::Relaxed);
        let (what, failed_before) = (self.what, self.failing.swap(handed.is_err(), Ordering::Relaxed));
        match &handed {
            Err(error) if !failed_before => tracing::warn!(%error, collector = %to, "{what} are lost"),
            Ok(()) if failed_before => tracing::info!(collector = %to, "{what} are taken again"),
            _ => {}
        }
        handed
    }

    /// How many were sent and lost since the process began.
    pub(crate) fn counts(&self) -> [(&'static str, u64); 2] {
        [("sent", &self.sent), ("lost", &self.lost)].map(|(name, count)| (name, count.load(Ordering::Relaxed)))
    }
}
