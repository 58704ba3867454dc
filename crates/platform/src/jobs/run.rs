//! A job from its turn to its end.
//!
//! Invariant: whatever happens inside, the end is written down, and the job's place is free again.

use std::panic::AssertUnwindSafe;

use futures_util::FutureExt;
use store::{job, job::Ending};
use tracing::Instrument;

use super::{JobHandle, Jobs, Stopped, document::written};
use crate::{
    http::{
        context::{self, scope},
        problem::Problem,
    },
    lifecycle::panic_message,
    telemetry,
};

/// Waits for room, works, writes the end down. In the language of, and under the id of, the request that asked for it.
pub(super) fn to_the_end<W>(
    (jobs, kind): (Jobs, &str),
    handle: JobHandle,
    work: impl FnOnce() -> W + Send + 'static,
) -> impl Future<Output = ()> + Send + 'static
where
    W: Future<Output = Result<serde_json::Value, Stopped>> + Send + 'static,
{
    let (context, span) = (context::current(), telemetry::job(kind));
    let worked = scope(context, async move {
        let ending = jobs.while_living(handle.id(), turn(&jobs, &handle, work)).await;
        jobs.running().remove(&handle.id());
        jobs.0.ended.note(&ending);
        if let Err(error) = write_end(&jobs, &handle, &ending).await {
            tracing::error!(job = %handle.id(), error = &error as &dyn std::error::Error, "the end of a job could not be written down");
        }
    });
    worked.instrument(span)
}

async fn turn<W>(jobs: &Jobs, handle: &JobHandle, work: impl FnOnce() -> W) -> Ending
where
    W: Future<Output = Result<serde_json::Value, Stopped>>,
{
    // Never closed, so the turn always comes.
    let _room = jobs.0.room.acquire().await;
    match begin(jobs, handle).await {
        Ok(true) => {}
        Ok(false) => return Ending::Cancelled,
        Err(error) => return failed(handle, &error.into()),
    }
    // Also what the closure itself does, before there is a future, is part of the job.
    match AssertUnwindSafe(async { work().await }).catch_unwind().await {
        Ok(Ok(result)) => Ending::Done(result.to_string()),
        Ok(Err(Stopped::Cancelled)) => Ending::Cancelled,
        Ok(Err(Stopped::Failed(problem))) => failed(handle, &problem),
        Err(panic) => failed(handle, &Problem::bug(format_args!("panic: {}", panic_message(&*panic)))),
    }
}

async fn begin(jobs: &Jobs, handle: &JobHandle) -> store::Result<bool> {
    let mut tx = jobs.0.db.write().await?;
    let started = job::start(&mut tx, handle.id(), jobs.0.clock.now()).await?;
    tx.commit().await?;
    Ok(started)
}

fn failed(handle: &JobHandle, problem: &Problem) -> Ending {
    tracing::warn!(job = %handle.id(), reason = %problem, "a job failed");
    Ending::Failed(written(&problem.document()))
}

async fn write_end(jobs: &Jobs, handle: &JobHandle, ending: &Ending) -> Result<(), Problem> {
    let mut tx = jobs.0.db.write().await?;
    job::end(&mut tx, handle.id(), ending, jobs.0.clock.now()).await?;
    tx.commit().await?;
    jobs.tell(&jobs.get(handle.id()).await?);
    Ok(())
}
