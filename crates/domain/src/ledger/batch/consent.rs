//! What takes a second person.
//!
//! Invariant: asked last, of what is right in everything else: a second person is never asked about what the ledger would not take.

use super::{Batch, Undo, is_internal};
use crate::ledger::{Draft, Entry, Limits, Rejection, books::SiteBook, limits};

impl Batch {
    /// Refuses what passes the limits of its caller.
    pub(super) fn within_limits(&self, draft: &Draft, site: &SiteBook, entry: &Entry) -> Result<(), Rejection> {
        if draft.limits == Limits::NONE {
            return Ok(());
        }
        // What was held before the first line of this draft; the average has moved since.
        let held = |product: i64| {
            self.undo.iter().find_map(|undo| match undo {
                Undo::Valuation { product: changed, before, .. } if *changed == product => *before,
                _ => None,
            })
        };
        let worth = limits::worth(entry, |from, to| is_internal(site, from) != is_internal(site, to), held);
        let learned = draft.taken_at.map_or(self.now, |taken| taken.min(self.now));
        let days_back = i64::from(site.zone.day_of(learned).number()) - i64::from(entry.business_day.number());
        match draft.limits.passed(draft.is_adjustment(), worth, days_back) {
            Some(over) => Err(Rejection::ApprovalNeeded { worth, days_back, over }),
            None => Ok(()),
        }
    }
}
