//! All breakers of a node.
//!
//! Invariant: a dependency has one breaker, whoever asks it.

use std::sync::{Arc, Mutex, PoisonError};

use prometheus_client::registry::Registry;

use super::{Breaker, View, figures};

/// The breakers of a node, by name. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Breakers(Arc<Mutex<Vec<Breaker>>>);

impl Breakers {
    /// Adds one, in the place of another of its name.
    pub fn add(&self, breaker: Breaker) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|known| known.name() != breaker.name());
        all.push(breaker);
        all.sort_unstable_by_key(Breaker::name);
    }

    /// All of them, by name.
    pub fn all(&self) -> Vec<Breaker> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The one of that name.
    pub fn named(&self, name: &str) -> Option<Breaker> {
        self.all().into_iter().find(|breaker| breaker.name() == name)
    }

    /// What is known of all of them.
    pub fn views(&self) -> Vec<View> {
        self.all().iter().map(Breaker::view).collect()
    }

    /// Puts them on the page of figures.
    pub fn register(&self, registry: &mut Registry) {
        figures::register(self.clone(), registry);
    }
}
