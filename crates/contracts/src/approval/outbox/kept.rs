//! What an outbox keeps, as it is in its files.
//!
//! Invariant: what is read back is what was kept; what cannot be read is let go of by nobody here.

use std::collections::{HashMap, HashSet};

use domain::Timestamp;
use platform::{
    http::Problem,
    journal::{Error, Journal, Record},
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    approval::{Came, Verdict},
    wire::{DecisionDocument, Declined},
};

/// Tells a decision from others: its request, and when it was taken.
pub(super) type Identity = (Uuid, i64);

/// A decision that was not made yet.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Unsent {
    /// When it was taken, in microseconds.
    pub(super) at: i64,
    pub(super) decision: DecisionDocument,
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

    pub(super) fn identity(&self) -> Identity {
        (self.decision.id, self.at)
    }

    pub(super) fn read(bytes: &[u8]) -> Option<Unsent> {
        serde_json::from_slice(bytes).ok()
    }

    /// What the person of that code is told who decides so while this waits.
    pub(super) fn again(&self, code: &str, verdict: Verdict<'_>) -> Result<Came, Problem> {
        if self.decision.code == code && self.verdict() == verdict {
            return Ok(Came::Waits);
        }
        Err(Problem::conflict("decision_waits").arg("login", self.login().to_owned()))
    }
}

/// One that was declined when it was made.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Returned {
    /// When, in microseconds.
    pub(super) at: i64,
    pub(super) declined: Declined,
    pub(super) unsent: Unsent,
}

/// What is among what was declined.
pub(super) enum Kept {
    Returned(Box<Returned>),
    /// Bytes as they once waited, or as they came to be there.
    Unreadable,
}

impl Kept {
    pub(super) fn of(record: &Record) -> Kept {
        serde_json::from_slice(&record.payload).map_or(Kept::Unreadable, |returned| Kept::Returned(Box::new(returned)))
    }

    /// Whether it is a decision on that request.
    pub(super) fn is_of(&self, id: Uuid) -> bool {
        matches!(self, Kept::Returned(returned) if returned.unsent.decision.id == id)
    }
}

/// Of the decisions that wait the first of each request, but for those that were declined; and the numbers of the others.
pub(super) fn first_of_each(waiting: &[Record], declined: &HashSet<Identity>) -> (HashMap<Uuid, Unsent>, HashSet<u64>) {
    let read = |record: &Record| Unsent::read(&record.payload).map(|unsent| (record.number, unsent));
    let mut readable: Vec<_> = waiting.iter().filter_map(read).collect();
    readable.sort_by_key(|(_, unsent)| unsent.at);
    let (mut stands, mut gone) = (HashMap::new(), HashSet::new());
    for (number, unsent) in readable {
        let id = unsent.decision.id;
        if declined.contains(&unsent.identity()) || stands.contains_key(&id) {
            tracing::warn!(%id, login = unsent.login(), "a decision that waited is let go of: the request was decided before");
            gone.insert(number);
        } else {
            stands.insert(id, unsent);
        }
    }
    (stands, gone)
}

/// Everything in a file.
pub(super) async fn all(file: &Journal) -> Result<Vec<Record>, Error> {
    file.oldest(usize::MAX).await
}

/// Lets go of everything in a file that is done, and of nothing else. What is behind something that is not done leaves by the rest going to
/// the end, where a crash in between finds it twice.
pub(super) async fn let_go(file: &Journal, is_done: impl Fn(&Record) -> bool) -> Result<(), Error> {
    let records = all(file).await?;
    let settled = records.iter().take_while(|record| is_done(record)).last();
    let last = records.iter().rev().find(|record| is_done(record));
    let (Some(last), settled) = (last.map(|record| record.number), settled.map(|record| record.number)) else {
        return Ok(());
    };
    if settled == Some(last) {
        return file.settle(last).await;
    }
    let rest = records.into_iter().filter(|record| record.number <= last && !is_done(record));
    file.append(rest.map(|record| record.payload).collect()).await?;
    file.settle(last).await
}
