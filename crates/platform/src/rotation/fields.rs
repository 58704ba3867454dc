//! The keys of encrypted values.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use domain::Clock;
use futures_util::future::BoxFuture;
use serde_json::json;

use super::{Fault, Rotates, Standing, by_itself};
use crate::{
    http::{Problem, auth::SiteScope},
    jobs::{JobDocument, JobHandle, Jobs, Of, Stopped},
    vault::Vault,
};

/// The kind of job that puts values under the newest key.
pub const JOB: &str = "reseal";

/// The keys of encrypted values. A new one serves at once; the values there are follow in the background.
pub struct FieldKeys {
    vault: Vault,
    clock: Arc<dyn Clock>,
    jobs: Option<Jobs>,
    /// Values that did not open the last time: no reason to begin again.
    left: Arc<AtomicU64>,
}

impl FieldKeys {
    /// Those of this vault. Without `jobs` nothing follows in the background.
    pub fn new(vault: Vault, clock: Arc<dyn Clock>, jobs: Option<Jobs>) -> FieldKeys {
        FieldKeys { vault, clock, jobs, left: Arc::default() }
    }

    /// Values that were left under an older key: by a rotation, by one that a crash interrupted, or by a process that had not
    /// heard of it yet.
    async fn follow(&self) -> Result<(), Fault> {
        let Some(jobs) = &self.jobs else { return Ok(()) };
        if !self.vault.is_open() || self.vault.standing().await?.outdated <= self.left.load(Ordering::Relaxed) {
            return Ok(());
        }
        let at_work = |job: &JobDocument| job.kind == JOB && matches!(job.status, "queued" | "running");
        if jobs.recent(&SiteScope::All, 50).await?.iter().any(at_work) {
            return Ok(());
        }
        let (vault, left) = (self.vault.clone(), Arc::clone(&self.left));
        jobs.submit(JOB, Of { actor: "system", site: None }, move |handle| reseal(vault, left, handle)).await?;
        Ok(())
    }
}

async fn reseal(vault: Vault, left: Arc<AtomicU64>, mut handle: JobHandle) -> Result<serde_json::Value, Stopped> {
    let mut reseal = vault.reseal().await.map_err(Problem::from)?;
    while reseal.step().await.map_err(Problem::from)? {
        handle.progress(reseal.done, Some(reseal.total)).await?;
    }
    left.store(reseal.left, Ordering::Relaxed);
    Ok(json!({"values": reseal.done, "left": reseal.left}))
}

impl Rotates for FieldKeys {
    fn name(&self) -> &'static str {
        "fields"
    }

    fn standing(&self) -> BoxFuture<'_, Result<Standing, Fault>> {
        Box::pin(async {
            let standing = self.vault.standing().await?;
            let under_way =
                (standing.outdated > 0).then(|| format!("{} values are under older keys", standing.outdated));
            let made_at = standing.newest_key.map(|(_, made_at)| made_at);
            Ok(Standing { made_at, ends_at: None, under_way })
        })
    }

    fn rotate(&self) -> Option<BoxFuture<'_, Result<(), Fault>>> {
        Some(Box::pin(async {
            self.vault.rotate(self.clock.as_ref(), by_itself(self.name())).await?;
            self.follow().await
        }))
    }

    fn settle(&self) -> BoxFuture<'_, Result<(), Fault>> {
        Box::pin(self.follow())
    }
}
