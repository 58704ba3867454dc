//! Breakers on the page of figures.
//!
//! Invariant: a dependency has its figures from the start, zero included, so that a rule on them never waits for the first outage.

use prometheus_client::registry::Registry;

use super::{Breakers, State};
use crate::metrics::look;

pub(super) fn register(breakers: Breakers, registry: &mut Registry) {
    look(registry, move |page| {
        let views = breakers.views();
        let words = "Whether a dependency is asked: 0 closed, 1 half open, 2 open, 3 open until its checks pass";
        let states = views.iter().map(|view| ([("dependency", view.name)], view.state as u32));
        page.gauges("gondola_breaker_state", words, states)?;
        let calls = views.iter().flat_map(|view| {
            [("worked", view.tally.worked), ("failed", view.tally.failed), ("refused", view.tally.refused)]
                .map(|(outcome, n)| ([("dependency", view.name), ("outcome", outcome)], n))
        });
        page.counters("gondola_breaker_calls", "Calls of a dependency by what became of them", calls)?;
        let changes = views.iter().flat_map(|view| {
            State::ALL.map(|to| ([("dependency", view.name), ("to", to.name())], view.tally.changes[to as usize]))
        });
        page.counters("gondola_breaker_changes", "Changes of a breaker into each state", changes)
    });
}
