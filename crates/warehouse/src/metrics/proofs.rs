//! What the last verifications of this process found.
//!
//! Invariant: of each site the last one counts, so that a fault is told by this process until a proof without one, or until it ends. Of
//! what was never proved nothing is told.

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
        let faults = known(&FOUND.lock().unwrap_or_else(PoisonError::into_inner));
        let what = "Faults that the last verification of each site found, as a job of this process";
        page.known_gauge("gondola_verification_faults", what, faults)
    });
}

/// All of them, once there was a verification.
fn known(found: &BTreeMap<String, usize>) -> Option<usize> {
    (!found.is_empty()).then(|| found.values().sum())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn before_the_first_verification_nothing_is_told_and_after_it_a_zero_is() {
        let of = |sites: &[(&str, usize)]| {
            known(&sites.iter().map(|(site, faults)| ((*site).to_owned(), *faults)).collect())
        };
        assert_eq!((of(&[]), of(&[("centro", 0)]), of(&[("centro", 1), ("norte", 2)])), (None, Some(0), Some(3)));
    }
}
