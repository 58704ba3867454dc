//! Making what waits, and forgetting what was declined.
//!
//! Invariant: one decision that the warehouse cannot make keeps none of the others; it is let go of only once it was answered or its time
//! is over.

use std::collections::HashSet;

use domain::Timestamp;
use platform::{http::Problem, journal::Record};
use uuid::Uuid;

use super::{
    Outbox, Tried,
    kept::{self, Kept, Returned, Unsent},
};
use crate::wire::Declined;

/// How long a decision is tried to be made, and how long one that was declined is shown.
const KEPT_SECONDS: i64 = 7 * 24 * 3600;
/// What fails by itself waits twice as long each time, so often: half a minute in the end.
const MOST_DOUBLINGS: u32 = 5;
/// Problems of a warehouse that is there and can do nothing for now.
const SAYS_LATER: [&str; 2] = ["unavailable", "too_many_requests"];

impl Outbox {
    /// Tries each once: what was tried least first, so that what the warehouse cannot make is asked after the others. An error when
    /// something that was tried goes on waiting.
    pub(super) async fn round(&self) -> Result<(), String> {
        self.forget().await?;
        let records = {
            // Whatever is in the file is known by then.
            let _desk = self.0.desk.lock().await;
            kept::all(&self.0.files.waiting).await.map_err(|error| error.to_string())?
        };
        let (readable, unreadable) = split(records);
        let mut done = HashSet::new();
        for record in unreadable {
            self.set_aside(&record).await?;
            done.insert(record.number);
        }
        let why = self.make_all(readable, &mut done).await;
        if !done.is_empty() {
            let _desk = self.0.desk.lock().await;
            let gone = |record: &Record| done.contains(&record.number);
            kept::let_go(&self.0.files.waiting, gone).await.map_err(|error| error.to_string())?;
        }
        why.map_or(Ok(()), Err)
    }

    /// Notes in `done` what was answered. Why something was not, if anything was not.
    async fn make_all(&self, waiting: Vec<(u64, Unsent)>, done: &mut HashSet<u64>) -> Option<String> {
        let mut why = None;
        for (number, unsent) in self.in_turn(waiting) {
            let id = unsent.decision.id;
            match self.make(unsent).await {
                Ok(()) => {
                    self.tried().remove(&id);
                    done.insert(number);
                }
                Err(problem) => {
                    // While nobody there answers, none of the others would be answered either.
                    let is_away = self.0.remote.is_away() || SAYS_LATER.contains(&problem.code());
                    self.was_in_vain(id, is_away);
                    why = Some(problem.to_string());
                    if is_away {
                        break;
                    }
                }
            }
        }
        why
    }

    /// What was tried least comes first; what is not worth trying yet does not come.
    fn in_turn(&self, mut waiting: Vec<(u64, Unsent)>) -> Vec<(u64, Unsent)> {
        let (now, tried) = (self.0.clock.now(), self.tried());
        waiting.retain(|(_, unsent)| tried.get(&unsent.decision.id).is_none_or(|tried| tried.not_before <= now));
        waiting.sort_by_key(|(_, unsent)| tried.get(&unsent.decision.id).map_or(0, |tried| tried.times));
        waiting
    }

    /// What fails though the warehouse is there is asked ever more seldom: it would be believed away otherwise.
    fn was_in_vain(&self, id: Uuid, is_away: bool) {
        let now = self.0.clock.now();
        let mut tried = self.tried();
        let one = tried.entry(id).or_insert(Tried { times: 0, not_before: now });
        if !is_away {
            one.not_before = now.plus_seconds(1 << one.times.min(MOST_DOUBLINGS));
        }
        one.times += 1;
    }

    /// Has the warehouse make it. An error when that cannot be asked.
    async fn make(&self, unsent: Unsent) -> Result<(), Problem> {
        let (id, login) = (unsent.decision.id, unsent.login().to_owned());
        let decided =
            if self.is_over(unsent.at) { Err(Declined::Expired) } else { self.0.remote.send(&unsent.decision).await? };
        match decided {
            Ok(()) => tracing::info!(%id, login, "a decision that waited for the warehouse is made"),
            Err(declined) => {
                tracing::warn!(%id, login, ?declined, "a decision that waited for the warehouse was declined");
                let returned = Returned { at: self.0.clock.now().micros(), declined, unsent };
                let bytes = serde_json::to_vec(&returned).map_err(|error| Problem::internal(&error))?;
                self.0.files.refused.append(vec![bytes]).await.map_err(|error| Problem::internal(&error))?;
                self.came_back().insert(id, returned);
            }
        }
        self.waits().remove(&id);
        Ok(())
    }

    /// Keeps what cannot be read, byte for byte, among what was declined.
    async fn set_aside(&self, record: &Record) -> Result<(), String> {
        let kept = self.0.files.refused.append(vec![record.payload.clone()]).await;
        kept.map_err(|error| error.to_string())?;
        self.tell_unreadable(record);
        Ok(())
    }

    /// Lets go of what was declined long enough ago.
    async fn forget(&self) -> Result<(), String> {
        let over: HashSet<_> = {
            let came_back = self.came_back();
            came_back.iter().filter(|(_, returned)| self.is_over(returned.at)).map(|(id, _)| *id).collect()
        };
        if over.is_empty() {
            return Ok(());
        }
        let _desk = self.0.desk.lock().await;
        let is_over = |record: &Record| match Kept::of(record) {
            Kept::Returned(returned) => self.is_over(returned.at),
            Kept::Unreadable => false,
        };
        kept::let_go(&self.0.files.refused, is_over).await.map_err(|error| error.to_string())?;
        self.came_back().retain(|id, _| !over.contains(id));
        Ok(())
    }

    fn is_over(&self, at_micros: i64) -> bool {
        self.0.clock.now() >= Timestamp::from_micros(at_micros).plus_seconds(KEPT_SECONDS)
    }
}

fn split(records: Vec<Record>) -> (Vec<(u64, Unsent)>, Vec<Record>) {
    let (mut readable, mut unreadable) = (Vec::new(), Vec::new());
    for record in records {
        match Unsent::read(&record.payload) {
            Some(unsent) => readable.push((record.number, unsent)),
            None => unreadable.push(record),
        }
    }
    (readable, unreadable)
}
