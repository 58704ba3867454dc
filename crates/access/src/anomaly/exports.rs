//! How much is taken out at a time.

use std::collections::VecDeque;

use domain::{Timestamp, audit::Event};

use super::{Anomaly, MEMORY_DAYS, Rule, actor, found};

/// An export of more rows than this many times the third quartile is unusual.
pub const TIMES_THE_QUARTILE: u64 = 3;
/// With fewer exports than this before it nobody knows what is usual.
pub const LEAST_EXPORTS: usize = 4;
/// Exports remembered.
const MOST_EXPORTS: usize = 10_000;

/// The sizes of the exports of the last days.
#[derive(Debug, Default)]
pub(super) struct Sizes(VecDeque<(Timestamp, u64)>);

impl Sizes {
    pub(super) fn see(&mut self, event: &Event) -> Option<Anomaly> {
        // One that broke off counts too: what went, went.
        let rows = rows(event)?;
        let since = event.at.plus_seconds(-MEMORY_DAYS * 86_400);
        while self.0.front().is_some_and(|(at, _)| *at < since) || self.0.len() >= MOST_EXPORTS {
            self.0.pop_front();
        }
        let usual = self.third_quartile();
        self.0.push_back((event.at, rows));
        let usual = usual?;
        let unusual = rows > usual.saturating_mul(TIMES_THE_QUARTILE);
        unusual.then(|| found(Rule::LargeExport, event, actor(event), rows, usual))
    }

    /// The size that three of four exports do not go past (nearest rank).
    fn third_quartile(&self) -> Option<u64> {
        let mut sizes: Vec<u64> = self.0.iter().map(|(_, rows)| *rows).collect();
        if sizes.len() < LEAST_EXPORTS {
            return None;
        }
        let rank = (3 * sizes.len()).div_ceil(4) - 1;
        Some(*sizes.select_nth_unstable(rank).1)
    }
}

fn rows(event: &Event) -> Option<u64> {
    let details: serde_json::Value = serde_json::from_str(&event.details).ok()?;
    details.get("rows")?.as_u64()
}
