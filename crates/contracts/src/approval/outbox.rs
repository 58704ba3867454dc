//! Decisions that wait for a warehouse that is away.
//!
//! Invariant: what was answered as waiting is on the disk until the warehouse has answered it. Sent again after a crash it is the same
//! decision by the same person, which changes nothing there. What is declined then is kept for whoever decided, for a while.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use domain::{Clock, Timestamp};
use platform::{
    http::{Principal, Problem},
    journal::{Error, Files, Journal},
    lifecycle::Shutdown,
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use tokio::sync::Notify;
use uuid::Uuid;

use super::{Came, Decides, Remote, Verdict};
use crate::{
    Answer,
    wire::{DecisionDocument, Declined},
};

/// Records read at a time.
const AT_ONCE: usize = 100;
/// Pause between attempts, and between looks at what came back.
const PAUSE: Duration = Duration::from_secs(1);
/// How long a decision is tried to be made, and how long one that was declined is shown.
const KEPT_SECONDS: i64 = 7 * 24 * 3600;
/// The problem of a role that does not answer.
const AWAY: &str = "role_away";

/// A decision that was not made yet.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Unsent {
    /// When it was taken, in microseconds.
    at: i64,
    decision: DecisionDocument,
}

impl Unsent {
    /// When it was taken.
    pub const fn at(&self) -> Timestamp {
        Timestamp::from_micros(self.at)
    }

    /// The login of whoever decided.
    pub fn login(&self) -> &str {
        &self.decision.login
    }

    /// What they decided.
    pub fn verdict(&self) -> Verdict<'_> {
        self.decision.verdict()
    }

    fn is(&self, caller: &Principal, verdict: Verdict<'_>) -> bool {
        self.decision.code == caller.signature() && self.verdict() == verdict
    }
}

/// One that was declined when it was made.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Returned {
    /// When, in microseconds.
    at: i64,
    declined: Declined,
    unsent: Unsent,
}

/// Asks the warehouse over HTTP, and keeps what it decides there while it is away. Cheap to clone.
#[derive(Clone)]
pub struct Outbox(Arc<Inner>);

struct Inner {
    remote: Remote,
    files: Files,
    clock: Arc<dyn Clock>,
    /// By request.
    unsent: Mutex<HashMap<Uuid, Unsent>>,
    /// By request.
    returned: Mutex<HashMap<Uuid, Returned>>,
    awake: Notify,
}

impl Outbox {
    /// Over these files, for the warehouse there.
    pub fn new(remote: Remote, files: Files, clock: Arc<dyn Clock>) -> Outbox {
        let (unsent, returned) = (Mutex::default(), Mutex::default());
        Outbox(Arc::new(Inner { remote, files, clock, unsent, returned, awake: Notify::new() }))
    }

    /// How many wait, and how many were declined lately.
    pub fn figures(&self) -> (u64, u64) {
        let (waiting, refused) = self.0.files.figures();
        (waiting.pending, refused.pending)
    }

    /// Makes what waits, as soon as the warehouse can be asked, for as long as the node runs.
    pub async fn run(self, shutdown: Shutdown) {
        if let Err(error) = self.recall().await {
            tracing::error!(%error, "the decisions that wait could not be read");
        }
        while !shutdown.is_stopping() {
            // What stops in the middle is begun again: the same decision twice changes nothing.
            tokio::select! {
                round = self.round() => {
                    if let Err(why) = round {
                        tracing::warn!(why, "decisions wait for the warehouse");
                    }
                }
                () = shutdown.wait() => return,
            }
            tokio::select! {
                () = tokio::time::sleep(PAUSE) => {}
                () = self.0.awake.notified() => {}
                () = shutdown.wait() => {}
            }
        }
    }

    /// What an earlier run left.
    async fn recall(&self) -> Result<(), Error> {
        let unsent: Vec<Unsent> = all(&self.0.files.waiting).await?;
        self.waits().extend(unsent.into_iter().map(|unsent| (unsent.decision.id, unsent)));
        let returned: Vec<Returned> = all(&self.0.files.refused).await?;
        self.came_back().extend(returned.into_iter().map(|returned| (returned.unsent.decision.id, returned)));
        Ok(())
    }

    async fn round(&self) -> Result<(), String> {
        self.forget().await.map_err(|error| error.to_string())?;
        loop {
            let records = self.0.files.waiting.oldest(AT_ONCE).await.map_err(|error| error.to_string())?;
            if records.is_empty() {
                return Ok(());
            }
            for record in records {
                match serde_json::from_slice::<Unsent>(&record.payload) {
                    Ok(unsent) => self.make(unsent).await?,
                    Err(error) => tracing::error!(%error, "a decision that waited cannot be read"),
                }
                self.0.files.waiting.settle(record.number).await.map_err(|error| error.to_string())?;
            }
        }
    }

    /// Has the warehouse make it. An error when that cannot be asked.
    async fn make(&self, unsent: Unsent) -> Result<(), String> {
        let (id, login) = (unsent.decision.id, unsent.login().to_owned());
        let decided = if self.is_over(unsent.at) {
            Err(Declined::Expired)
        } else {
            self.0.remote.send(&unsent.decision).await.map_err(|problem| problem.to_string())?
        };
        match decided {
            Ok(()) => tracing::info!(%id, login, "a decision that waited for the warehouse is made"),
            Err(declined) => {
                tracing::warn!(%id, login, ?declined, "a decision that waited for the warehouse was declined");
                let returned = Returned { at: self.0.clock.now().micros(), declined, unsent };
                let bytes = serde_json::to_vec(&returned).map_err(|error| error.to_string())?;
                self.0.files.refused.append(vec![bytes]).await.map_err(|error| error.to_string())?;
                self.came_back().insert(id, returned);
            }
        }
        self.waits().remove(&id);
        Ok(())
    }

    /// Lets go of what was declined long enough ago.
    async fn forget(&self) -> Result<(), Error> {
        while let Some(record) = self.0.files.refused.oldest(1).await?.pop() {
            let returned = serde_json::from_slice::<Returned>(&record.payload).ok();
            if returned.as_ref().is_some_and(|returned| !self.is_over(returned.at)) {
                break;
            }
            self.0.files.refused.settle(record.number).await?;
            if let Some(returned) = returned {
                self.came_back().remove(&returned.unsent.decision.id);
            }
        }
        Ok(())
    }

    fn is_over(&self, at_micros: i64) -> bool {
        self.0.clock.now() >= Timestamp::from_micros(at_micros).plus_seconds(KEPT_SECONDS)
    }

    async fn take(&self, caller: &Principal, id: Uuid, verdict: Verdict<'_>) -> Result<Came, Problem> {
        let unsent = self.waits().get(&id).cloned();
        if let Some(unsent) = unsent {
            return if unsent.is(caller, verdict) {
                Ok(Came::Waits)
            } else {
                Err(Problem::conflict("decision_waits").arg("login", unsent.login().to_owned()))
            };
        }
        let decision = self.0.remote.document(caller, id, verdict).await?;
        match self.0.remote.send(&decision).await {
            Ok(Ok(())) => {
                // What was declined before is no news any more.
                self.came_back().remove(&id);
                Ok(Came::Made)
            }
            Ok(Err(declined)) => Err(self.0.remote.problem(declined, id)),
            Err(problem) if problem.code() == AWAY => self.keep(decision, problem).await,
            Err(problem) => Err(problem),
        }
    }

    /// Keeps it, or gives `away` when it cannot be kept.
    async fn keep(&self, decision: DecisionDocument, away: Problem) -> Result<Came, Problem> {
        let (id, unsent) = (decision.id, Unsent { at: self.0.clock.now().micros(), decision });
        let bytes = serde_json::to_vec(&unsent).map_err(|error| Problem::internal(&error))?;
        self.waits().insert(id, unsent);
        if let Err(error) = self.0.files.waiting.append(vec![bytes]).await {
            tracing::error!(%error, "a decision could not be kept");
            self.waits().remove(&id);
            return Err(away);
        }
        self.came_back().remove(&id);
        self.0.awake.notify_one();
        Ok(Came::Waits)
    }

    fn waits(&self) -> MutexGuard<'_, HashMap<Uuid, Unsent>> {
        self.0.unsent.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn came_back(&self) -> MutexGuard<'_, HashMap<Uuid, Returned>> {
        self.0.returned.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Decides for Outbox {
    fn decide<'a>(&'a self, caller: &'a Principal, id: Uuid, verdict: Verdict<'a>) -> Answer<'a, Came> {
        Box::pin(self.take(caller, id, verdict))
    }

    fn unsent(&self, id: Uuid) -> Option<Unsent> {
        self.waits().get(&id).cloned()
    }

    fn returned(&self, id: Uuid) -> Option<(Unsent, Problem)> {
        let Returned { declined, unsent, .. } = self.came_back().get(&id).cloned()?;
        Some((unsent, self.0.remote.problem(declined, id)))
    }

    fn waiting(&self) -> usize {
        self.waits().len()
    }
}

/// Everything in a file, as far as it can be read.
async fn all<T: DeserializeOwned>(file: &Journal) -> Result<Vec<T>, Error> {
    let records = file.oldest(usize::try_from(file.figures().pending).unwrap_or(usize::MAX)).await?;
    Ok(records.iter().filter_map(|record| serde_json::from_slice(&record.payload).ok()).collect())
}
