//! Work that takes longer than a request, as it can be watched and cancelled.
//!
//! Invariant: so many run at once and so many wait, no more; each ends as done, failed or cancelled, also when it panics, and also
//! when its process is gone; a job that lives is never taken for lost by another process.

mod api;
mod document;
mod figures;
mod handle;
mod life;
mod run;
mod submit;

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use domain::{Clock, Ids};
use store::{Db, db::Backend, job};
use tokio::sync::Semaphore;
use uuid::Uuid;

pub use api::routes;
pub use document::{JobDocument, JobProgress};
pub use figures::JobFigures;
pub use handle::{JobHandle, Stopped};
pub use life::{LOOKED_EVERY, Watch};
pub use store::job::Of;

use crate::{
    events::Events,
    http::{auth::SiteScope, problem::Problem},
    lifecycle::Tasks,
};

/// The topic jobs publish on.
pub const TOPIC: &str = "jobs";
/// Jobs that may wait for their turn.
const MOST_WAITING: usize = 100;

/// Runs jobs in this process, and knows of all.
#[derive(Clone)]
pub struct Jobs(Arc<Inner>);

struct Inner {
    db: Db,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
    events: Events,
    tasks: Tasks,
    room: Semaphore,
    /// The jobs of this process that have not ended, and whether each is to stop.
    running: Mutex<HashMap<Uuid, Arc<AtomicBool>>>,
    at_once: usize,
    ended: figures::Ended,
}

/// What jobs need.
pub struct JobParts {
    /// Where they are written down.
    pub db: Db,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// Names them.
    pub ids: Arc<dyn Ids>,
    /// Where their progress is told.
    pub events: Events,
    /// What they run among.
    pub tasks: Tasks,
}

impl Jobs {
    /// Runs `at_once` jobs at a time.
    pub fn new(parts: JobParts, at_once: usize) -> Jobs {
        let JobParts { db, clock, ids, events, tasks } = parts;
        Jobs(Arc::new(Inner {
            db,
            clock,
            ids,
            events,
            tasks,
            room: Semaphore::new(at_once),
            running: Mutex::default(),
            at_once,
            ended: figures::Ended::default(),
        }))
    }

    /// Ends, as failed, what an earlier run left behind on a file, which only one process runs jobs on: call it before taking
    /// requests. On a server others may be at work, and [`Jobs::end_lost`] tells them apart. How many there were.
    pub async fn recover(&self) -> store::Result<u64> {
        if self.is_shared() {
            return Ok(0);
        }
        let at = self.0.clock.now();
        let mut tx = self.0.db.write().await?;
        let count = job::fail_abandoned(&mut tx, at, &interrupted(), at).await?;
        tx.commit().await?;
        Ok(count)
    }

    /// Whether other processes may run jobs on the same database.
    pub fn is_shared(&self) -> bool {
        self.0.db.backend() == Backend::Postgres
    }

    /// The job of that id. 404 when there is none.
    pub async fn get(&self, id: Uuid) -> Result<JobDocument, Problem> {
        let found = job::get(&self.0.db, id).await?;
        found.map(JobDocument::from).ok_or_else(no_such_job)
    }

    /// The job of that id, when it is about a site of those, or about none. 404 else.
    pub async fn get_for(&self, sites: &SiteScope, id: Uuid) -> Result<JobDocument, Problem> {
        let found = self.get(id).await?;
        if found.site.as_deref().is_none_or(|site| sites.includes(site)) { Ok(found) } else { Err(no_such_job()) }
    }

    /// The newest jobs about those sites, and those about none.
    pub async fn recent(&self, sites: &SiteScope, limit: i64) -> Result<Vec<JobDocument>, Problem> {
        let codes: Option<Vec<&str>> = match sites {
            SiteScope::All => None,
            SiteScope::Only(codes) => Some(codes.iter().map(|code| &**code).collect()),
        };
        let jobs = job::recent(&self.0.db, codes.as_deref(), limit).await?;
        Ok(jobs.into_iter().map(JobDocument::from).collect())
    }

    /// Asks a job to stop; one that has ended stays as it is.
    pub async fn cancel(&self, id: Uuid) -> Result<JobDocument, Problem> {
        if let Some(cancelled) = self.running().get(&id) {
            cancelled.store(true, Ordering::Relaxed);
        }
        let mut tx = self.0.db.write().await?;
        let stopped = job::end(&mut tx, id, &job::Ending::Cancelled, self.0.clock.now()).await?;
        tx.commit().await?;
        let document = self.get(id).await?;
        if stopped {
            self.tell(&document);
        }
        Ok(document)
    }

    /// Tells those who may know of it how a job stands.
    fn tell(&self, document: &JobDocument) {
        match &document.site {
            Some(site) => self.0.events.publish_of(TOPIC, site, document),
            None => self.0.events.publish(TOPIC, document),
        }
    }

    fn running(&self) -> MutexGuard<'_, HashMap<Uuid, Arc<AtomicBool>>> {
        self.0.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn no_such_job() -> Problem {
    Problem::new(axum::http::StatusCode::NOT_FOUND, "no_such_job")
}

/// Why a job that a process left behind has failed, as it is written down.
fn interrupted() -> String {
    document::written(&Problem::conflict("job_interrupted").document_in(crate::texts::Locale::default()))
}

#[cfg(test)]
mod tests;
