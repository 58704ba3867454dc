//! Telling listeners that stock changed.
//!
//! Invariant: told after the commit; an event names products, never quantities, so that a late one cannot show a wrong number.

use domain::ledger::Outcome;
use platform::events::Events;
use serde_json::json;

/// Products named in one event; the rest is said to be more.
const MOST_NAMED: usize = 50;

/// Tells what was posted now, site by site.
pub fn tell<'a>(events: &Events, outcomes: impl Iterator<Item = (&'a str, &'a Outcome)>) {
    for (site, outcome) in outcomes {
        let Outcome::Posted(posted) = outcome else { continue };
        let mut skus: Vec<&str> = posted.lines.iter().map(|line| &*line.sku).collect();
        skus.dedup();
        let more = skus.len() > MOST_NAMED;
        skus.truncate(MOST_NAMED);
        events.publish_of("stock", site, &json!({ "site": site, "seq": posted.seq, "skus": skus, "more": more }));
    }
}
