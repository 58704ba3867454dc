//! How busy the connections are.
//!
//! Invariant: being counted costs who need not wait one addition.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

/// Connections of one kind, at this moment and since the start.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PoolFigures {
    /// What they are for: `read` and `write`, or `all` and `ledger`.
    pub name: &'static str,
    /// How many there may be.
    pub limit: usize,
    /// On loan, or being made for somebody.
    pub in_use: usize,
    /// Open and not on loan.
    pub idle: usize,
    /// How often one was lent.
    pub lent: u64,
    /// How many were opened, which is less often as long as they are used again.
    pub opened: u64,
    /// How often somebody had to wait for one.
    pub waits: u64,
    /// How long all of them waited.
    pub waited: Duration,
    /// How often somebody waited in vain.
    pub timeouts: u64,
}

/// Who waited, and how long.
#[derive(Debug, Default)]
pub(super) struct Waits {
    count: AtomicU64,
    micros: AtomicU64,
    timeouts: AtomicU64,
}

impl Waits {
    pub(super) fn note(&self, waited: Duration, in_vain: bool) {
        self.count.fetch_add(1, Ordering::Relaxed);
        self.micros.fetch_add(u64::try_from(waited.as_micros()).unwrap_or(u64::MAX), Ordering::Relaxed);
        self.timeouts.fetch_add(u64::from(in_vain), Ordering::Relaxed);
    }

    pub(super) fn figures(&self, rest: PoolFigures) -> PoolFigures {
        PoolFigures {
            waits: self.count.load(Ordering::Relaxed),
            waited: Duration::from_micros(self.micros.load(Ordering::Relaxed)),
            timeouts: self.timeouts.load(Ordering::Relaxed),
            ..rest
        }
    }
}
