//! How much of us works, in four levels.
//!
//! Invariant: it gets worse only after several bad checks in a row and better only after good ones over some time, so that one slow
//! answer does not make it flicker.

use domain::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

/// Checks in a row that must be worse before we say so.
const BAD_CHECKS: u32 = 3;
/// Checks in a row that must be better before we say so, …
const GOOD_CHECKS: u32 = 2;
/// … and the time they must span.
const GOOD_FOR_MICROS: i64 = 10_000_000;

/// How much works. Worse is greater.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// Everything.
    Optimal = 1,
    /// Everything, slower or without a helper.
    Degraded = 2,
    /// The database is down or cut off.
    Minimal = 3,
    /// Nothing can be written.
    Emergency = 4,
}

impl Level {
    /// As it stands in the header of every answer, from 1 up.
    pub const fn number(self) -> u8 {
        self as u8
    }
}

/// The level we say we are at, and since when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Standing {
    pub(super) level: Level,
    pub(super) since: Timestamp,
    worse: u32,
    better: u32,
    better_from: Timestamp,
}

impl Standing {
    /// Optimal from now on.
    pub(super) fn new(now: Timestamp) -> Standing {
        Standing::begun_at(Level::Optimal, now)
    }

    /// At that level from now on.
    pub(super) fn begun_at(level: Level, now: Timestamp) -> Standing {
        Standing { level, since: now, worse: 0, better: 0, better_from: now }
    }

    /// Takes note of what a check found. Whether the level changed.
    pub(super) fn note(&mut self, found: Level, now: Timestamp) -> bool {
        self.worse = if found > self.level { self.worse + 1 } else { 0 };
        self.better = if found < self.level { self.better + 1 } else { 0 };
        if self.better == 1 {
            self.better_from = now;
        }
        let long_enough = now.micros() - self.better_from.micros() >= GOOD_FOR_MICROS;
        let changes = self.worse >= BAD_CHECKS || (self.better >= GOOD_CHECKS && long_enough);
        if changes {
            *self = Standing { level: found, since: now, worse: 0, better: 0, better_from: now };
        }
        changes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn worse_after_three_and_better_after_ten_seconds() {
        use Level::{Degraded, Emergency, Minimal, Optimal};
        let at = |s: i64| Timestamp::from_micros(s * 1_000_000);
        let mut standing = Standing::new(at(0));
        for (s, found, level, since) in [
            (5, Minimal, Optimal, 0),
            (10, Optimal, Optimal, 0),
            (15, Minimal, Optimal, 0),
            (20, Minimal, Optimal, 0),
            (25, Minimal, Minimal, 25),
            (30, Optimal, Minimal, 25),
            (35, Optimal, Minimal, 25),
            (40, Optimal, Optimal, 40),
            (45, Degraded, Optimal, 40),
            (50, Minimal, Optimal, 40),
            (55, Emergency, Emergency, 55),
            (60, Degraded, Emergency, 55),
            (65, Emergency, Emergency, 55),
            (70, Degraded, Emergency, 55),
            (80, Degraded, Degraded, 80),
        ] {
            standing.note(found, at(s));
            assert_eq!((standing.level, standing.since), (level, at(since)), "after {s} s");
        }
    }
}
