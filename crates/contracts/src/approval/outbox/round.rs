//! Making what waits, and forgetting what was declined.
//!
//! Invariant: one decision that the warehouse cannot make keeps none of the others; it is let go of only once it was answered or its time
//! is over.

use std::{collections::HashSet, time::Duration};

use domain::{Stopwatch, Timestamp};
use platform::{http::Problem, journal::Record};
use uuid::Uuid;

use super::{
    Outbox, Tried,
    kept::{self, Identity, Kept, Returned, Unsent},
};
use crate::wire::Declined;

/// How long a decision is tried to be made, and how long one that was declined is shown.
const KEPT_SECONDS: i64 = 7 * 24 * 3600;
/// What fails by itself waits twice as long each time, so often: half a minute in the end.
const MOST_DOUBLINGS: u32 = 5;
/// Problems of a warehouse that is there and can do nothing for now.
const SAYS_LATER: [&str; 2] = ["unavailable", "too_many_requests"];

/// What the warehouse made of a decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Became {
    Made,
    Declined,
}

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
        let aside = self.set_aside(unreadable).await;
        let mut made = HashSet::new();
        let why = self.make_all(readable, &mut made).await;
        self.let_go(|unsent| made.contains(&unsent.identity())).await?;
        aside.and(why.map_or(Ok(()), Err))
    }

    /// Notes in `made` what was made. Why something was not answered, if anything was not.
    async fn make_all(&self, waiting: Vec<Unsent>, made: &mut HashSet<Identity>) -> Option<String> {
        let mut why = None;
        for unsent in self.in_turn(waiting) {
            let identity = unsent.identity();
            match self.make(unsent).await {
                Ok(became) => {
                    self.tried().remove(&identity.0);
                    if became == Became::Made {
                        made.insert(identity);
                    }
                }
                Err(problem) => {
                    // While nobody there answers, none of the others would be answered either.
                    let is_away = self.0.remote.is_away() || SAYS_LATER.contains(&problem.code());
                    self.was_in_vain(identity.0, is_away);
                    why = Some(problem.to_string());
                    if is_away {
                        break;
                    }
                }
            }
        }
        why
    }

    /// Lets go of decisions that waited. By what they are and not by their places, which move when others go.
    async fn let_go(&self, is_done: impl Fn(&Unsent) -> bool) -> Result<(), String> {
        let _desk = self.0.desk.lock().await;
        let is_done = |record: &Record| Unsent::read(&record.payload).is_some_and(|unsent| is_done(&unsent));
        kept::let_go(&self.0.files.waiting, is_done).await.map_err(|error| error.to_string())
    }

    /// What was tried least comes first; what is not worth trying yet does not come.
    fn in_turn(&self, mut waiting: Vec<Unsent>) -> Vec<Unsent> {
        let tried = self.tried();
        let is_due = |tried: &Tried| tried.last.elapsed() >= tried.wait;
        waiting.retain(|unsent| tried.get(&unsent.decision.id).is_none_or(is_due));
        waiting.sort_by_key(|unsent| tried.get(&unsent.decision.id).map_or(0, |tried| tried.times));
        waiting
    }

    /// What fails though the warehouse is there is asked ever more seldom: it would be believed away otherwise.
    fn was_in_vain(&self, id: Uuid, is_away: bool) {
        let mut tried = self.tried();
        let times = tried.get(&id).map_or(0, |tried| tried.times);
        let wait = if is_away { Duration::ZERO } else { Duration::from_secs(1 << times.min(MOST_DOUBLINGS)) };
        tried.insert(id, Tried { times: times + 1, last: Stopwatch::start(), wait });
    }

    /// Has the warehouse make it. An error when that cannot be asked, or what it declined cannot be kept.
    pub(super) async fn make(&self, unsent: Unsent) -> Result<Became, Problem> {
        let (id, login) = (unsent.decision.id, unsent.login().to_owned());
        let before = self.declined().get(&unsent.identity()).cloned();
        if let Some(returned) = before {
            return self.give_back(returned).await;
        }
        let decided =
            if self.is_over(unsent.at) { Err(Declined::Expired) } else { self.0.remote.send(&unsent.decision).await? };
        match decided {
            Ok(()) => {
                tracing::info!(%id, login, "a decision that waited for the warehouse is made");
                self.waits().remove(&id);
                Ok(Became::Made)
            }
            Err(declined) => {
                tracing::warn!(%id, login, ?declined, "a decision that waited for the warehouse was declined");
                let returned = Returned { at: self.0.clock.now().micros(), declined, unsent };
                let bytes = serde_json::to_vec(&returned).map_err(|error| Problem::internal(&error))?;
                self.0.files.refused.append(vec![bytes]).await.map_err(|error| Problem::internal(&error))?;
                self.declined().insert(returned.unsent.identity(), returned.clone());
                self.give_back(returned).await
            }
        }
    }

    /// Tells of one that was declined, once it waits no more.
    async fn give_back(&self, returned: Returned) -> Result<Became, Problem> {
        let (identity, id) = (returned.unsent.identity(), returned.unsent.decision.id);
        let gone = self.let_go(|unsent| unsent.identity() == identity).await;
        gone.map_err(|why| Problem::bug(format!("a decision that was declined still waits: {why}")))?;
        self.declined().remove(&identity);
        self.came_back().insert(id, returned);
        self.waits().remove(&id);
        Ok(Became::Declined)
    }

    /// Keeps what cannot be read, byte for byte, among what was declined.
    async fn set_aside(&self, unreadable: Vec<Record>) -> Result<(), String> {
        if unreadable.is_empty() {
            return Ok(());
        }
        let payloads = unreadable.iter().map(|record| record.payload.clone()).collect();
        self.0.files.refused.append(payloads).await.map_err(|error| error.to_string())?;
        unreadable.iter().for_each(|record| self.tell_unreadable(record));
        let _desk = self.0.desk.lock().await;
        let is_unreadable = |record: &Record| Unsent::read(&record.payload).is_none();
        kept::let_go(&self.0.files.waiting, is_unreadable).await.map_err(|error| error.to_string())
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

fn split(records: Vec<Record>) -> (Vec<Unsent>, Vec<Record>) {
    let (mut readable, mut unreadable) = (Vec::new(), Vec::new());
    for record in records {
        match Unsent::read(&record.payload) {
            Some(unsent) => readable.push(unsent),
            None => unreadable.push(record),
        }
    }
    (readable, unreadable)
}
