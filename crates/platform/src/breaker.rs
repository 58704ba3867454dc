//! Circuit breakers: whether a dependency is worth asking.
//!
//! Invariant: a call that is let through is settled exactly once, also when whoever asked goes away; what is refused costs nothing but
//! the asking.

mod api;
mod figures;
mod machine;
mod set;
#[cfg(test)]
mod tests;
mod window;

use std::{
    collections::VecDeque,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use domain::{Clock, Stopwatch, Timestamp};

pub use api::routes;
pub use machine::{Health, Policy, State, Ticket};
pub use set::Breakers;

use machine::{Found, Machine};
use window::Counts;

/// Changes of state that are remembered.
const MOST_CHANGES: usize = 50;
/// Characters of an error that are remembered.
const MOST_ERROR: usize = 300;

/// The breaker before one dependency. Cheap to clone.
#[derive(Clone)]
pub struct Breaker(Arc<Inner>);

struct Inner {
    name: &'static str,
    clock: Arc<dyn Clock>,
    watch: Stopwatch,
    held: Mutex<Held>,
}

struct Held {
    machine: Machine,
    since: Timestamp,
    history: VecDeque<Change>,
    last_error: Option<(Timestamp, String)>,
    tally: Tally,
}

/// What was counted since the start.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Calls that were answered.
    pub worked: u64,
    /// Calls that failed.
    pub failed: u64,
    /// Calls that were not let through.
    pub refused: u64,
    /// Changes into each state, in the order of [`State::ALL`].
    pub changes: [u64; State::ALL.len()],
}

/// A change of state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Change {
    /// When.
    pub at: Timestamp,
    /// From what.
    pub from: State,
    /// To what.
    pub to: State,
}

/// What is known of a dependency.
#[derive(Debug, Clone)]
pub struct View {
    /// Which one.
    pub name: &'static str,
    /// Its thresholds and times.
    pub policy: Policy,
    /// Whether it is asked.
    pub state: State,
    /// Since when.
    pub since: Timestamp,
    /// How long until it is tried again, when it is not asked.
    pub wait: Option<Duration>,
    /// Calls and failures of the rolling window.
    pub recent: Counts,
    /// Times in a row that a probe failed.
    pub reopened: u32,
    /// Since the start.
    pub tally: Tally,
    /// The last changes, the newest last.
    pub history: Vec<Change>,
    /// The last failure and when it was.
    pub last_error: Option<(Timestamp, String)>,
}

/// A call that was not let through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{name} is believed to be down; it is tried again in {wait:?}")]
pub struct Refused {
    /// The dependency.
    pub name: &'static str,
    /// How long until it is tried again.
    pub wait: Duration,
}

impl Breaker {
    /// Closed; `name` is what figures call the dependency.
    pub fn new(name: &'static str, policy: Policy, clock: Arc<dyn Clock>) -> Breaker {
        let held = Held {
            machine: Machine::new(policy),
            since: clock.now(),
            history: VecDeque::new(),
            last_error: None,
            tally: Tally::default(),
        };
        Breaker(Arc::new(Inner { name, clock, watch: Stopwatch::start(), held: Mutex::new(held) }))
    }

    /// What the dependency is called.
    pub fn name(&self) -> &'static str {
        self.0.name
    }

    /// Lets a call through, or says when to come back.
    pub fn ask(&self) -> Result<Pass, Refused> {
        let ticket = self.ticket().map_err(|wait| Refused { name: self.0.name, wait })?;
        Ok(Pass { breaker: self.clone(), ticket: Some(ticket) })
    }

    /// Whether a call would be let through now; takes nothing.
    pub fn would_let_through(&self) -> bool {
        let now = self.0.watch.elapsed();
        self.held().machine.wait(now).is_none()
    }

    /// Tells what somebody found who asked the dependency by other means.
    pub fn checked(&self, health: Health) {
        let found = match health {
            Health::Well => None,
            Health::Ill => Some("it cannot be used, says a check"),
            Health::Silent => Some("it does not answer, says a check"),
        };
        if let Some(found) = found {
            self.held().last_error = Some((self.0.clock.now(), found.to_owned()));
        }
        self.change(|machine, now| machine.checked(health, now));
    }

    /// Somebody asked the dependency by other means and was answered: no caller has to try it.
    pub fn proved(&self) {
        self.checked(Health::Well);
        if self.state() == State::HalfOpen
            && let Ok(pass) = self.ask()
        {
            pass.worked();
        }
    }

    /// Closes it, whatever was found.
    pub fn reset(&self) {
        self.change(Machine::reset);
    }

    /// Whether it is asked.
    pub fn state(&self) -> State {
        self.held().machine.state()
    }

    /// Everything that is known.
    pub fn view(&self) -> View {
        let now = self.0.watch.elapsed();
        let held = self.held();
        View {
            name: self.0.name,
            policy: held.machine.policy(),
            state: held.machine.state(),
            since: held.since,
            wait: held.machine.wait(now),
            recent: held.machine.recent(now),
            reopened: held.machine.reopened(),
            tally: held.tally,
            history: held.history.iter().copied().collect(),
            last_error: held.last_error.clone(),
        }
    }

    /// As [`Breaker::ask`], for who settles by number: a ticket must be settled once.
    pub fn ticket(&self) -> Result<Ticket, Duration> {
        let asked = self.change(Machine::ask);
        if asked.is_err() {
            self.held().tally.refused += 1;
        }
        asked
    }

    /// A call that goes on has its first answer: one that tries the dependency has shown what it was to show. It is settled all the same
    /// when it ends.
    pub fn answers(&self, ticket: Ticket) {
        self.change(|machine, now| machine.answers(ticket, now));
    }

    /// What became of a call: `Some(error)` when the dependency failed it.
    pub fn settle(&self, ticket: Ticket, failure: Option<&dyn fmt::Display>) {
        {
            let mut held = self.held();
            match failure {
                None => held.tally.worked += 1,
                Some(error) => {
                    held.tally.failed += 1;
                    let words = error.to_string().chars().take(MOST_ERROR).collect();
                    held.last_error = Some((self.0.clock.now(), words));
                }
            }
        }
        let found = if failure.is_some() { Found::Failed } else { Found::Worked };
        self.change(|machine, now| machine.settle(ticket, found, now));
    }

    /// Nobody will know what became of a call.
    pub fn abandon(&self, ticket: Ticket) {
        self.change(|machine, now| machine.settle(ticket, Found::Nothing, now));
    }

    /// Does something with the machine and tells of a change of state.
    fn change<T>(&self, what: impl FnOnce(&mut Machine, Duration) -> T) -> T {
        let now = self.0.watch.elapsed();
        let mut held = self.held();
        let from = held.machine.state();
        let outcome = what(&mut held.machine, now);
        let to = held.machine.state();
        if from != to {
            let change = Change { at: self.0.clock.now(), from, to };
            held.note(change);
            let error = held.last_error.as_ref().map(|(_, words)| words.clone()).unwrap_or_default();
            drop(held);
            self.tell(change, &error);
        }
        outcome
    }

    fn tell(&self, change: Change, error: &str) {
        let (dependency, from, to) = (self.0.name, change.from.name(), change.to.name());
        match change.to {
            State::Closed => tracing::info!(dependency, from, to, "breaker closed: it is asked again"),
            State::HalfOpen => tracing::info!(dependency, from, to, "breaker half open: one call tries it"),
            State::Open => tracing::warn!(dependency, from, to, error, "breaker open: it is not asked for a while"),
            State::FullOpen => {
                tracing::error!(dependency, from, to, error, "breaker fully open: not asked until its checks pass");
            }
        }
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.0.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Held {
    fn note(&mut self, change: Change) {
        self.since = change.at;
        self.tally.changes[change.to as usize] += 1;
        if self.history.len() == MOST_CHANGES {
            self.history.pop_front();
        }
        self.history.push_back(change);
    }
}

impl fmt::Debug for Breaker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Breaker").field("name", &self.0.name).field("state", &self.state()).finish()
    }
}

/// A call that was let through. Dropped unsettled, nobody knows what became of it.
#[derive(Debug)]
#[must_use = "say what became of the call"]
pub struct Pass {
    breaker: Breaker,
    ticket: Option<Ticket>,
}

impl Pass {
    /// It was answered, whatever the answer.
    pub fn worked(mut self) {
        if let Some(ticket) = self.ticket.take() {
            self.breaker.settle(ticket, None);
        }
    }

    /// The dependency failed it.
    pub fn failed(mut self, error: &dyn fmt::Display) {
        if let Some(ticket) = self.ticket.take() {
            self.breaker.settle(ticket, Some(error));
        }
    }
}

impl Drop for Pass {
    fn drop(&mut self) {
        if let Some(ticket) = self.ticket.take() {
            self.breaker.abandon(ticket);
        }
    }
}
