//! A clock that tests move by hand.
//!
//! Invariant: it stands still until it is moved.

use std::sync::{Arc, Mutex, PoisonError};

use domain::{Clock, Timestamp};

/// A clock that tests move. Its clones are the same clock.
#[derive(Debug, Clone)]
pub struct Hand(Arc<Mutex<Timestamp>>);

impl Hand {
    /// At that instant.
    pub fn at(now: Timestamp) -> Hand {
        Hand(Arc::new(Mutex::new(now)))
    }

    /// Moves it on.
    pub fn pass_seconds(&self, seconds: i64) {
        let mut now = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *now = now.plus_seconds(seconds);
    }

    /// Moves it on by whole days.
    pub fn pass_days(&self, days: i64) {
        self.pass_seconds(days * 86_400);
    }
}

impl Clock for Hand {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
