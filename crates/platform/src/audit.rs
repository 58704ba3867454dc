//! Writing down who did what.
//!
//! Invariant: an event is never lost unseen. What happens inside a transaction is appended in it (`store::audit::append`); what
//! happens outside one goes through [`Audit`], whose queue is written to the database in groups. While the database is away events
//! wait; what finds no room, or is still waiting when an orderly stop runs out of time, is written to the program's log in whole
//! and counted.

mod details;
mod draft;
mod figures;
mod keeper;
mod repeats;

use std::sync::Arc;

use domain::audit::Event;
use prometheus_client::registry::Registry;
use tokio::sync::mpsc::{self, error::TrySendError};

pub use details::Details;
pub use draft::{Draft, by, by_nobody, by_system};
pub use keeper::Keeper;

use figures::Figures;

/// Events that may wait to be written.
pub const QUEUE: usize = 8192;

/// Where events outside a transaction are told. Cheap to clone; telling never waits.
#[derive(Debug, Clone)]
pub struct Audit {
    queue: mpsc::Sender<Event>,
    figures: Arc<Figures>,
}

/// Events that were told, for tests of whoever tells them.
#[derive(Debug)]
pub struct Told(mpsc::Receiver<Event>);

impl Told {
    /// Those told since the last time.
    pub fn take(&mut self) -> Vec<Event> {
        std::iter::from_fn(|| self.0.try_recv().ok()).collect()
    }
}

impl Audit {
    /// A handle whose events are handed over instead of being written.
    pub fn watched() -> (Audit, Told) {
        let (queue, told) = mpsc::channel(QUEUE);
        (Audit { queue, figures: Arc::default() }, Told(told))
    }

    /// Takes an event to be written soon.
    pub fn record(&self, event: Event) {
        match self.queue.try_send(event) {
            Ok(()) => {}
            Err(TrySendError::Full(event)) => self.figures.to_log(&event, "the queue of the audit log is full"),
            Err(TrySendError::Closed(event)) => self.figures.to_log(&event, "the audit log is closed"),
        }
    }

    /// Puts its figures on the page of figures.
    pub fn register(&self, registry: &mut Registry) {
        let (queue, figures) = (self.queue.downgrade(), Arc::clone(&self.figures));
        figures::register(registry, figures, move || {
            let queue = queue.upgrade()?;
            let capacity = queue.max_capacity();
            Some((capacity - queue.capacity(), capacity))
        });
    }
}

#[cfg(test)]
mod tests;
