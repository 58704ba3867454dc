//! Decisions that wait for a warehouse that is away.
//!
//! Invariant: what was answered as waiting is on the disk until the warehouse has answered it, and of one request one decision at most. Sent
//! again after a crash it is the same decision by the same person, which changes nothing there. What is declined then is kept for whoever
//! decided, for a while; what cannot be read is kept as it is.

mod kept;
mod round;
#[cfg(test)]
mod tests;

use std::{
    collections::{HashMap, HashSet},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use domain::{Clock, Stopwatch};
use platform::{
    http::{Principal, Problem},
    journal::{Error, Files, Record},
    lifecycle::Shutdown,
};
use tokio::sync::Notify;
use uuid::Uuid;

use super::{Came, Decides, Remote, Verdict};
use crate::{Answer, wire::DecisionDocument};

pub use kept::Unsent;
use kept::{Identity, Kept, Returned};

/// Pause between attempts, and between looks at what came back.
const PAUSE: Duration = Duration::from_secs(1);
/// The problem of a role that does not answer.
const AWAY: &str = "role_away";

/// Asks the warehouse over HTTP, and keeps what it decides there while it is away. Cheap to clone.
#[derive(Clone)]
pub struct Outbox(Arc<Inner>);

struct Inner {
    remote: Remote,
    files: Files,
    clock: Arc<dyn Clock>,
    /// Held while a decision is looked up, kept and known as kept, and while a file is read or let go of: what is in the files and what is
    /// known of them is the same to whoever has it.
    desk: tokio::sync::Mutex<()>,
    /// By request.
    unsent: Mutex<HashMap<Uuid, Unsent>>,
    /// By request.
    returned: Mutex<HashMap<Uuid, Returned>>,
    /// Those that were declined and are still among what waits: told of once they are not, for they would be made after a restart.
    declined: Mutex<HashMap<Identity, Returned>>,
    /// Those that were tried in vain.
    tried: Mutex<HashMap<Uuid, Tried>>,
    /// How many records nobody can read.
    unreadable: AtomicU64,
    awake: Notify,
}

/// How a decision was tried in vain.
#[derive(Debug, Clone, Copy)]
struct Tried {
    times: u32,
    last: Stopwatch,
    /// How long it waits since.
    wait: Duration,
}

/// How many of what an outbox holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OutboxFigures {
    /// Decisions that wait.
    pub waiting: u64,
    /// Decisions that were declined lately.
    pub declined: u64,
    /// Records that nobody can read, which stay for a person.
    pub unreadable: u64,
}

impl Outbox {
    /// Over these files, which it knows from here on, for the warehouse there.
    pub async fn open(remote: Remote, files: Files, clock: Arc<dyn Clock>) -> Result<Outbox, Error> {
        let outbox = Outbox::new(remote, files, clock);
        outbox.recall().await?;
        Ok(outbox)
    }

    fn new(remote: Remote, files: Files, clock: Arc<dyn Clock>) -> Outbox {
        Outbox(Arc::new(Inner {
            remote,
            files,
            clock,
            desk: tokio::sync::Mutex::default(),
            unsent: Mutex::default(),
            returned: Mutex::default(),
            declined: Mutex::default(),
            tried: Mutex::default(),
            unreadable: AtomicU64::default(),
            awake: Notify::new(),
        }))
    }

    /// How many of each.
    pub fn figures(&self) -> OutboxFigures {
        let (waiting, refused) = self.0.files.figures();
        let unreadable = self.0.unreadable.load(Ordering::Relaxed);
        OutboxFigures { waiting: waiting.pending, declined: refused.pending.saturating_sub(unreadable), unreadable }
    }

    /// Makes what waits, as soon as the warehouse can be asked, for as long as the node runs.
    pub async fn run(self, shutdown: Shutdown) {
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

    /// What an earlier run left, and another whose folder was taken over. What was told as declined is not made after all, and of two
    /// decisions of one request the one that was taken first stands.
    async fn recall(&self) -> Result<(), Error> {
        let _desk = self.0.desk.lock().await;
        let mut declined = HashSet::new();
        for record in kept::all(&self.0.files.refused).await? {
            match Kept::of(&record) {
                Kept::Returned(returned) => {
                    declined.insert(returned.unsent.identity());
                    self.came_back().insert(returned.unsent.decision.id, *returned);
                }
                Kept::Unreadable => self.tell_unreadable(&record),
            }
        }
        let waiting = kept::all(&self.0.files.waiting).await?;
        let (stands, gone) = kept::first_of_each(&waiting, &declined);
        kept::let_go(&self.0.files.waiting, |record| gone.contains(&record.number)).await?;
        self.waits().extend(stands);
        Ok(())
    }

    async fn take(&self, caller: &Principal, id: Uuid, verdict: Verdict<'_>) -> Result<Came, Problem> {
        let unsent = self.waits().get(&id).cloned();
        if let Some(unsent) = unsent {
            return unsent.again(caller.signature(), verdict);
        }
        let decision = self.0.remote.document(caller, id, verdict).await?;
        match self.0.remote.send(&decision).await {
            Ok(Ok(())) => {
                self.is_no_news(id).await;
                Ok(Came::Made)
            }
            Ok(Err(declined)) => Err(self.0.remote.problem(declined, id)),
            Err(problem) if problem.code() == AWAY => self.keep(decision, problem).await,
            Err(problem) => Err(problem),
        }
    }

    /// Keeps it, or gives `away` when it cannot be kept. Whoever comes second is told what waits.
    async fn keep(&self, decision: DecisionDocument, away: Problem) -> Result<Came, Problem> {
        let id = decision.id;
        {
            let _desk = self.0.desk.lock().await;
            let waits = self.waits().get(&id).cloned();
            if let Some(waits) = waits {
                return waits.again(&decision.code, decision.verdict());
            }
            let unsent = Unsent { at: self.0.clock.now().micros(), decision };
            let bytes = serde_json::to_vec(&unsent).map_err(|error| Problem::internal(&error))?;
            if let Err(error) = self.0.files.waiting.append(vec![bytes]).await {
                tracing::error!(%error, "a decision could not be kept");
                return Err(away);
            }
            self.waits().insert(id, unsent);
        }
        self.is_no_news(id).await;
        self.0.awake.notify_one();
        Ok(Came::Waits)
    }

    /// What was declined before is no news once something else was decided, nor after a restart.
    async fn is_no_news(&self, id: Uuid) {
        if self.came_back().remove(&id).is_none() {
            return;
        }
        let _desk = self.0.desk.lock().await;
        let refused = &self.0.files.refused;
        if let Err(error) = kept::let_go(refused, |record| Kept::of(record).is_of(id)).await {
            tracing::warn!(%error, %id, "what was declined before may be told again after a restart");
        }
    }

    /// It stays among what was declined, whose figures do not count it.
    fn tell_unreadable(&self, record: &Record) {
        self.0.unreadable.fetch_add(1, Ordering::Relaxed);
        let (path, bytes) = (self.0.files.refused.path().display(), record.payload.len());
        tracing::error!(%path, bytes, "a decision that waited cannot be read; it stays in that file");
    }

    fn waits(&self) -> MutexGuard<'_, HashMap<Uuid, Unsent>> {
        self.0.unsent.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn came_back(&self) -> MutexGuard<'_, HashMap<Uuid, Returned>> {
        self.0.returned.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn declined(&self) -> MutexGuard<'_, HashMap<Identity, Returned>> {
        self.0.declined.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tried(&self) -> MutexGuard<'_, HashMap<Uuid, Tried>> {
        self.0.tried.lock().unwrap_or_else(PoisonError::into_inner)
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
