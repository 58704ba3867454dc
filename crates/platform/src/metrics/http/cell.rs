//! One histogram of durations.
//!
//! Invariant: noting is three additions to atomics; what is read may be a request behind between them, never torn.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

/// Upper bounds in microseconds. From what a read from memory takes to where a request is given up; among them the
/// time within which nineteen of twenty are promised.
const BOUNDS_US: [u64; 14] = [
    1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 200_000, 250_000, 500_000, 1_000_000, 2_500_000, 5_000_000,
    10_000_000,
];
const BUCKETS: usize = BOUNDS_US.len() + 1;

/// Counts durations.
#[derive(Debug, Default)]
pub(super) struct Cell {
    buckets: [AtomicU64; BUCKETS],
    sum_us: AtomicU64,
}

/// What a cell held, or several together.
#[derive(Debug, Clone, Default)]
pub(super) struct Figures {
    buckets: [u64; BUCKETS],
    sum_us: u64,
}

impl Cell {
    pub(super) fn note(&self, took: Duration) {
        let us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        let bucket = BOUNDS_US.iter().position(|bound| us <= *bound).unwrap_or(BOUNDS_US.len());
        self.buckets[bucket].fetch_add(1, Ordering::Relaxed);
        self.sum_us.fetch_add(us, Ordering::Relaxed);
    }

    pub(super) fn figures(&self) -> Figures {
        Figures {
            buckets: std::array::from_fn(|i| self.buckets[i].load(Ordering::Relaxed)),
            sum_us: self.sum_us.load(Ordering::Relaxed),
        }
    }
}

impl Figures {
    pub(super) fn add(&mut self, other: &Figures) {
        self.buckets.iter_mut().zip(other.buckets).for_each(|(own, others)| *own += others);
        self.sum_us += other.sum_us;
    }

    pub(super) fn count(&self) -> u64 {
        self.buckets.iter().sum()
    }

    pub(super) fn sum_seconds(&self) -> f64 {
        seconds(self.sum_us)
    }

    /// Bounds in seconds with the count of each bucket alone.
    pub(super) fn buckets(&self) -> Vec<(f64, u64)> {
        let bounds = BOUNDS_US.iter().map(|us| seconds(*us)).chain([f64::INFINITY]);
        bounds.zip(self.buckets).collect()
    }
}

fn seconds(us: u64) -> f64 {
    Duration::from_micros(us).as_secs_f64()
}

/// The time within which that part of all was answered, as Prometheus's `histogram_quantile` estimates it: evenly spread within a
/// bucket, and the last bound for what lies beyond it.
pub(super) fn quantile_seconds(figures: &Figures, part: f64) -> f64 {
    let rank = figures.count() as f64 * part;
    let (mut below, mut from) = (0_u64, 0_u64);
    for (bound, count) in BOUNDS_US.iter().zip(figures.buckets) {
        if count > 0 && (below + count) as f64 >= rank {
            let within = (rank - below as f64) / count as f64;
            return seconds(from) + (seconds(*bound) - seconds(from)) * within;
        }
        below += count;
        from = *bound;
    }
    if below == figures.count() { 0.0 } else { seconds(from) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_on_a_bound_belongs_to_it_and_what_is_too_long_is_not_lost() {
        let cell = Cell::default();
        for ms in [1, 2, 2_000_000] {
            cell.note(Duration::from_millis(ms));
        }
        let figures = cell.figures();
        assert_eq!(
            (figures.count(), figures.buckets[0], figures.buckets[1], figures.buckets[BUCKETS - 1]),
            (3, 1, 1, 1)
        );
        assert_eq!(figures.buckets().last(), Some(&(f64::INFINITY, 1)));
        assert!((figures.sum_seconds() - 2_000.003).abs() < 1e-9);
    }

    #[test]
    fn the_quantile_lies_within_its_bucket() {
        let cell = Cell::default();
        assert!(quantile_seconds(&cell.figures(), 0.95).abs() < f64::EPSILON);
        (0..100).for_each(|_| cell.note(Duration::from_micros(700)));
        assert!((quantile_seconds(&cell.figures(), 0.95) - 0.000_95).abs() < 1e-9);
        (0..100).for_each(|_| cell.note(Duration::from_secs(60)));
        assert!((quantile_seconds(&cell.figures(), 0.95) - 10.0).abs() < 1e-9, "no more is known of it");
    }
}
