//! Bulkheads: how many may wait for one dependency at once.
//!
//! Invariant: who finds no room is told at once and waits for nobody; the room taken is given back however the wait ends.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use prometheus_client::registry::Registry;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::metrics::look;

/// The room for those who ask one dependency. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Bulkhead(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    name: &'static str,
    most: usize,
    room: Arc<Semaphore>,
    refused: AtomicU64,
}

/// Room for one; given back when dropped.
#[derive(Debug)]
#[must_use = "the room is given back at once"]
pub struct Room(#[allow(dead_code, reason = "held for its end")] OwnedSemaphorePermit);

impl Bulkhead {
    /// Room for `most` before the dependency of that name.
    pub fn new(name: &'static str, most: usize) -> Bulkhead {
        Bulkhead(Arc::new(Inner { name, most, room: Arc::new(Semaphore::new(most)), refused: AtomicU64::new(0) }))
    }

    /// Room for one, when there is some.
    pub fn enter(&self) -> Option<Room> {
        let room = Arc::clone(&self.0.room).try_acquire_owned().ok().map(Room);
        if room.is_none() {
            self.0.refused.fetch_add(1, Ordering::Relaxed);
        }
        room
    }

    /// How many are in it.
    pub fn taken(&self) -> usize {
        self.0.most - self.0.room.available_permits().min(self.0.most)
    }

    /// Puts it on the page of figures.
    pub fn register(&self, registry: &mut Registry) {
        let own = self.clone();
        look(registry, move |page| {
            let labels = [("dependency", own.0.name)];
            page.gauges("gondola_bulkhead_in_use", "Calls that wait for a dependency", [(labels, own.taken())])?;
            page.gauges("gondola_bulkhead_limit", "Calls that may wait for a dependency", [(labels, own.0.most)])?;
            let refused = own.0.refused.load(Ordering::Relaxed);
            page.counters("gondola_bulkhead_refusals", "Calls for which there was no room", [(labels, refused)])
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_finds_no_room_is_told_and_room_comes_back() {
        let bulkhead = Bulkhead::new("cache", 2);
        let (first, second) = (bulkhead.enter(), bulkhead.enter());
        assert!(first.is_some() && second.is_some() && bulkhead.enter().is_none());
        assert_eq!(bulkhead.taken(), 2);
        drop(first);
        assert!(bulkhead.enter().is_some());
        assert_eq!((bulkhead.taken(), bulkhead.0.refused.load(Ordering::Relaxed)), (1, 1));
    }
}
