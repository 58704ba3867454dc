//! What changed, told to whoever listens, with a memory of the last while.
//!
//! Invariant: ids grow by one in the order of publishing; a listener gets every event once, in order, or is told to read anew
//! (`resync`). Publishing never waits for a listener.

mod api;
mod stream;

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use domain::Clock;
use serde::Serialize;
use tokio::sync::broadcast;

pub use api::routes;

/// Events remembered for listeners that come back, and events a slow listener may be behind.
const KEPT: usize = 1024;
/// Listeners at once.
const MOST_LISTENERS: usize = 1000;

/// Something that changed.
#[derive(Debug, Clone)]
pub(crate) struct Event {
    number: u64,
    topic: &'static str,
    /// The site it is about, for those who may not know of every one.
    site: Option<Arc<str>>,
    data: Arc<str>,
}

/// Publishes and remembers.
#[derive(Debug, Clone)]
pub struct Events(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    topics: Vec<&'static str>,
    /// Tells ids of this run from those of another, whose events are gone.
    run: String,
    memory: Mutex<Memory>,
    sender: broadcast::Sender<Event>,
}

#[derive(Debug, Default)]
struct Memory {
    last: u64,
    kept: VecDeque<Event>,
}

impl Events {
    /// For these topics.
    pub fn new(topics: &[&'static str], clock: &dyn Clock) -> Events {
        let run = format!("{:x}", clock.now().micros());
        let (sender, _) = broadcast::channel(KEPT);
        Events(Arc::new(Inner { topics: topics.to_vec(), run, memory: Mutex::default(), sender }))
    }

    /// Tells every listener of `topic`.
    pub fn publish(&self, topic: &'static str, data: &impl Serialize) {
        self.tell(topic, None, data);
    }

    /// Tells the listeners of `topic` who may know of that site.
    pub fn publish_of(&self, topic: &'static str, site: &str, data: &impl Serialize) {
        self.tell(topic, Some(site.into()), data);
    }

    fn tell(&self, topic: &'static str, site: Option<Arc<str>>, data: &impl Serialize) {
        debug_assert!(self.0.topics.contains(&topic), "an unlisted topic reaches nobody");
        let data = match serde_json::to_string(data) {
            Ok(data) => data.into(),
            Err(error) => return tracing::error!(topic, %error, "an event could not be written"),
        };
        // Sent under the lock, so that what a newcomer finds in memory and what it then receives meet without a gap.
        let mut memory = self.memory();
        memory.last += 1;
        let event = Event { number: memory.last, topic, site, data };
        if memory.kept.len() == KEPT {
            memory.kept.pop_front();
        }
        memory.kept.push_back(event.clone());
        // An error means that nobody listens.
        let _ = self.0.sender.send(event);
    }

    /// How many events there were.
    #[cfg(test)]
    pub(crate) fn published(&self) -> u64 {
        self.memory().last
    }

    /// The topics there are.
    pub fn topics(&self) -> &[&'static str] {
        &self.0.topics
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.0.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn id(&self, number: u64) -> String {
        format!("{}-{number}", self.0.run)
    }
}

#[cfg(test)]
mod tests;
