//! How many connections each address has.
//!
//! Invariant: an address that has none is not remembered, so what is held is bounded by the connections there are.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use crate::network::{Network, Networks};

/// Counts connections by caller. Cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct Crowd {
    most: usize,
    /// Where many come through one address.
    exempt: Networks,
    held: Arc<Mutex<HashMap<Network, usize>>>,
}

/// One connection of somebody; gives its place back when dropped.
#[derive(Debug)]
pub(super) struct Place {
    crowd: Crowd,
    caller: Option<Network>,
}

impl Crowd {
    pub(super) fn new(most: usize, exempt: Networks) -> Crowd {
        Crowd { most, exempt, held: Arc::default() }
    }

    /// A place for one more connection from there; `None` when it has as many as it may.
    pub(super) fn place(&self, address: IpAddr) -> Option<Place> {
        if self.exempt.contain(address) {
            return Some(Place { crowd: self.clone(), caller: None });
        }
        let caller = Network::of_caller(address);
        let mut held = self.held();
        let count = held.entry(caller).or_default();
        if *count >= self.most {
            return None;
        }
        *count += 1;
        Some(Place { crowd: self.clone(), caller: Some(caller) })
    }

    fn held(&self) -> MutexGuard<'_, HashMap<Network, usize>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let Some(caller) = self.caller else { return };
        let mut held = self.crowd.held();
        if let Some(count) = held.get_mut(&caller) {
            *count -= 1;
            if *count == 0 {
                held.remove(&caller);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_gets_so_many_places_and_each_one_back() {
        let crowd = Crowd::new(2, Networks::parse("10.0.0.0/8").unwrap());
        let ip = |text: &str| text.parse().unwrap();
        let first = crowd.place(ip("2001:db8::1")).unwrap();
        let _second = crowd.place(ip("2001:db8::2")).unwrap();
        assert!(crowd.place(ip("2001:db8::3")).is_none(), "of one customer");
        assert!(crowd.place(ip("192.0.2.1")).is_some(), "its neighbour has its own");
        drop(first);
        assert!(crowd.place(ip("2001:db8::3")).is_some());
        let many: Vec<_> = (0..50).map(|_| crowd.place(ip("10.1.2.3"))).collect();
        assert!(many.iter().all(Option::is_some), "who is exempt has no bound");
        drop((many, _second));
        assert!(crowd.held().is_empty());
    }
}
