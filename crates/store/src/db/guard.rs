//! Whoever decides whether the database is asked at all.
//!
//! Invariant: every connection is lent with a leave that was asked for, and each leave is told once what became of it.

use std::{fmt::Debug, sync::Arc, time::Duration};

use crate::{Error, Result};

/// What became of a connection on loan.
#[derive(Debug)]
pub enum Found<'e> {
    /// The database answered, whatever the answer.
    Answered,
    /// It could not be reached, or broke off.
    Unreachable(&'e Error),
    /// Whoever asked went away before it was known.
    Nothing,
}

/// Decides whether the database is asked, and is told what was found.
pub trait Guard: Debug + Send + Sync {
    /// Leave to ask, by its number; otherwise how long until it may be worth asking.
    fn leave(&self) -> std::result::Result<u64, Duration>;

    /// The database answers, told as soon as it does: whoever waits for one that tries it need not wait until all of its work is done.
    fn answers(&self, leave: u64);

    /// What became of it.
    fn told(&self, leave: u64, found: Found<'_>);
}

/// A leave that was given.
#[derive(Debug)]
pub(super) struct Leave {
    guard: Arc<dyn Guard>,
    number: u64,
    answered: bool,
    failed: Option<Error>,
}

impl Leave {
    pub(super) fn of(guard: &Arc<dyn Guard>) -> Result<Leave> {
        let number = guard.leave().map_err(|wait| Error::Resting { wait })?;
        Ok(Leave { guard: Arc::clone(guard), number, answered: false, failed: None })
    }

    /// What a statement gave. A pool that was closed says nothing of the database.
    pub(super) fn note<T>(&mut self, result: std::result::Result<T, sqlx::Error>) -> Result<T> {
        let closed = matches!(result, Err(sqlx::Error::PoolClosed));
        let result = result.map_err(Error::from);
        match &result {
            Err(_) if closed => {}
            Err(error @ Error::Unavailable(_)) => self.failed = Some(error.clone()),
            Ok(_) | Err(_) if self.answered => {}
            Ok(_) | Err(_) => {
                self.answered = true;
                self.guard.answers(self.number);
            }
        }
        result
    }
}

impl Drop for Leave {
    fn drop(&mut self) {
        let found = match (&self.failed, self.answered) {
            (Some(error), _) => Found::Unreachable(error),
            (None, true) => Found::Answered,
            (None, false) => Found::Nothing,
        };
        self.guard.told(self.number, found);
    }
}
