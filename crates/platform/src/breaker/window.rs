//! What was found in the last while.
//!
//! Invariant: what is older than the window is not counted, to a tenth of it; it takes the same room however many call.

use std::time::Duration;

const SLOTS: usize = 10;

/// Calls of a while.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// All that were settled.
    pub calls: u32,
    /// Those that failed.
    pub failures: u32,
}

/// A rolling window, in tenths.
#[derive(Debug, Clone)]
pub(super) struct Window {
    slot: Duration,
    slots: [(u64, Counts); SLOTS],
}

impl Window {
    pub(super) fn new(length: Duration) -> Window {
        let slot = (length / 10).max(Duration::from_millis(1));
        Window { slot, slots: [(0, Counts::default()); SLOTS] }
    }

    pub(super) fn note(&mut self, failed: bool, now: Duration) {
        let number = self.number(now);
        let (of, counts) = &mut self.slots[usize::try_from(number).unwrap_or_default() % SLOTS];
        if *of != number {
            (*of, *counts) = (number, Counts::default());
        }
        counts.calls = counts.calls.saturating_add(1);
        counts.failures = counts.failures.saturating_add(u32::from(failed));
    }

    pub(super) fn counts(&self, now: Duration) -> Counts {
        let newest = self.number(now);
        let recent = self.slots.iter().filter(|(of, _)| newest - (*of).min(newest) < SLOTS as u64);
        recent.fold(Counts::default(), |sum, (_, counts)| Counts {
            calls: sum.calls.saturating_add(counts.calls),
            failures: sum.failures.saturating_add(counts.failures),
        })
    }

    pub(super) fn forget(&mut self) {
        self.slots = [(0, Counts::default()); SLOTS];
    }

    fn number(&self, now: Duration) -> u64 {
        u64::try_from(now.as_millis() / self.slot.as_millis().max(1)).unwrap_or(u64::MAX)
    }
}
