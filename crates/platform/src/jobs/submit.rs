//! Taking a job on.
//!
//! Invariant: a job has its place before it is written down, gives it back when that comes to nothing, and begins once it is committed.

use std::{
    sync::{Arc, atomic::AtomicBool},
    time::Duration,
};

use axum::response::Response;
use futures_util::future::BoxFuture;
use store::{Tx, job};
use uuid::Uuid;

use super::{JobDocument, JobHandle, Jobs, MOST_WAITING, Of, Stopped, run};
use crate::http::{idempotency::Keyed, json, problem::Problem};

/// The place of a job that was not begun yet.
struct Place {
    jobs: Jobs,
    kind: &'static str,
    id: Uuid,
    cancelled: Option<Arc<AtomicBool>>,
}

impl Drop for Place {
    fn drop(&mut self) {
        if self.cancelled.is_some() {
            self.jobs.running().remove(&self.id);
        }
    }
}

impl Place {
    /// Begins `work` when there is room.
    fn begin<W>(mut self, work: impl FnOnce(JobHandle) -> W + Send + 'static)
    where
        W: Future<Output = Result<serde_json::Value, Stopped>> + Send + 'static,
    {
        let Some(cancelled) = self.cancelled.take() else { return };
        let (jobs, kind) = (self.jobs.clone(), self.kind);
        let handle = JobHandle::new(jobs.clone(), self.id, cancelled);
        let tasks = jobs.0.tasks.clone();
        tasks.spawn(format!("job {kind}"), run::to_the_end((jobs, kind), handle.clone(), move || work(handle)));
    }
}

impl Jobs {
    /// Begins `work` when there is room. 503 when too many wait.
    pub async fn submit<W>(
        &self,
        kind: &'static str,
        of: Of<'_>,
        work: impl FnOnce(JobHandle) -> W + Send + 'static,
    ) -> Result<JobDocument, Problem>
    where
        W: Future<Output = Result<serde_json::Value, Stopped>> + Send + 'static,
    {
        let mut tx = self.0.db.write().await?;
        let (job, place) = self.enrol(&mut tx, kind, of).await?;
        tx.commit().await?;
        place.begin(work);
        Ok(job)
    }

    /// The answer to a request for `work`: 202 with the job and where it is, the same when it was asked for before under that key, and then
    /// nothing is begun.
    pub async fn accept<W>(
        &self,
        named: (&'static str, &Keyed),
        of: Of<'_>,
        work: impl FnOnce(JobHandle) -> W + Send + 'static,
    ) -> Result<Response, Problem>
    where
        W: Future<Output = Result<serde_json::Value, Stopped>> + Send + 'static,
    {
        self.accept_with(named, of, |_| Box::pin(std::future::ready(Ok(()))), work).await
    }

    /// The same; `also` is written with the job, or neither is.
    pub async fn accept_with<W>(
        &self,
        (kind, keyed): (&'static str, &Keyed),
        of: Of<'_>,
        also: impl for<'t> FnOnce(&'t mut Tx) -> BoxFuture<'t, Result<(), Problem>> + Send,
        work: impl FnOnce(JobHandle) -> W + Send + 'static,
    ) -> Result<Response, Problem>
    where
        W: Future<Output = Result<serde_json::Value, Stopped>> + Send + 'static,
    {
        let mut tx = self.0.db.write().await?;
        if let Some(answer) = keyed.answered(&mut tx, self.0.clock.now()).await? {
            return Ok(answer);
        }
        let (job, place) = self.enrol(&mut tx, kind, of).await?;
        also(&mut tx).await?;
        let answer = keyed.keep(&mut tx, json::accepted(&format!("/api/v1/jobs/{}", job.id), &job)).await?;
        tx.commit().await?;
        place.begin(work);
        Ok(answer)
    }

    async fn enrol(&self, tx: &mut Tx, kind: &'static str, of: Of<'_>) -> Result<(JobDocument, Place), Problem> {
        let at = self.0.clock.now();
        let place = self.admit(self.0.ids.next(at), kind)?;
        let job = job::create(tx, place.id, kind, of, at).await?;
        Ok((job.into(), place))
    }

    fn admit(&self, id: Uuid, kind: &'static str) -> Result<Place, Problem> {
        let mut running = self.running();
        if running.len() >= MOST_WAITING {
            return Err(Problem::unavailable(Duration::from_secs(10)).log("too many jobs are waiting"));
        }
        let cancelled = Arc::new(AtomicBool::new(false));
        running.insert(id, Arc::clone(&cancelled));
        Ok(Place { jobs: self.clone(), kind, id, cancelled: Some(cancelled) })
    }
}
