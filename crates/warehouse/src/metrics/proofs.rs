//! What the last verifications of this process found.
//!
//! Invariant: of each site the last one counts, so that a fault is told until a proof without one.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

use platform::metrics::look;
use prometheus_client::registry::Registry;

/// Faults by site. There are no more than sites.
static FOUND: Mutex<BTreeMap<String, usize>> = Mutex::new(BTreeMap::new());

/// A site was proved, and so many faults were found.
pub(crate) fn proved(site: &str, faults: usize) {
    FOUND.lock().unwrap_or_else(PoisonError::into_inner).insert(site.to_owned(), faults);
}

/// Puts them on the page of figures.
pub fn register_proofs(registry: &mut Registry) {
    look(registry, |page| {
        let faults: usize = FOUND.lock().unwrap_or_else(PoisonError::into_inner).values().sum();
        let what = "Faults that the last verification of each site found, as a job of this process";
        page.gauge("gondola_verification_faults", what, faults)
    });
}
