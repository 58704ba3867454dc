//! What a job holds while it works.
//!
//! Invariant: progress is written down a few times a second at most, however often it is told.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use domain::Stopwatch;
use store::job;
use uuid::Uuid;

use super::Jobs;
use crate::http::problem::Problem;

const WRITTEN_EVERY: Duration = Duration::from_millis(300);

/// Why a job ended without a result.
#[derive(Debug)]
pub enum Stopped {
    /// Somebody wished it.
    Cancelled,
    /// It could not be done.
    Failed(Problem),
}

impl From<Problem> for Stopped {
    fn from(problem: Problem) -> Stopped {
        Stopped::Failed(problem)
    }
}

impl From<store::Error> for Stopped {
    fn from(error: store::Error) -> Stopped {
        Stopped::Failed(error.into())
    }
}

/// A running job.
#[derive(Clone)]
pub struct JobHandle {
    jobs: Jobs,
    id: Uuid,
    cancelled: Arc<AtomicBool>,
    written: Option<Stopwatch>,
}

impl JobHandle {
    pub(super) fn new(jobs: Jobs, id: Uuid, cancelled: Arc<AtomicBool>) -> JobHandle {
        JobHandle { jobs, id, cancelled, written: None }
    }

    /// Its identity.
    pub fn id(&self) -> Uuid {
        self.id
    }

    /// Whether it is to stop. Cheap.
    pub fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Relaxed)
    }

    /// Tells how far it is, and learns whether it is to stop. Not to be called while a write transaction is open: it takes one.
    pub async fn progress(&mut self, done: u64, total: Option<u64>) -> Result<(), Stopped> {
        if self.is_cancelled() {
            return Err(Stopped::Cancelled);
        }
        if self.written.is_some_and(|since| since.elapsed() < WRITTEN_EVERY) {
            return Ok(());
        }
        self.written = Some(Stopwatch::start());
        let whole = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
        let inner = &self.jobs.0;
        let mut tx = inner.db.write().await?;
        let running = job::progress(&mut tx, self.id, whole(done), total.map(whole), inner.clock.now()).await?;
        tx.commit().await?;
        // Cancelled through another process, perhaps.
        if !running {
            return Err(Stopped::Cancelled);
        }
        self.jobs.tell(&self.jobs.get(self.id).await?);
        Ok(())
    }
}
