//! The breakers of a node, and the database asked through one.
//!
//! Invariant: a dependency that a node has is asked through its breaker by every part of the node.

use std::{sync::Arc, time::Duration};

use domain::Clock;
use platform::{
    breaker::{Breaker, Breakers, Health, Policy, State, Ticket},
    config::Settings,
    health::Finding,
};
use store::{
    Db,
    db::{Backend, Found, Guard},
};

use super::arrival::{self, Arrival};
use crate::backup::afar::OBJECTS;

/// What the database is called in figures and documents.
pub(super) const DATABASE: &str = "database";
/// What the cache is called.
const CACHE: &str = "cache";

/// The breakers of a node's dependencies.
pub(super) struct Dependencies {
    pub(super) all: Breakers,
    pub(super) database: Breaker,
}

/// Has the database asked through its breaker from here on.
pub(super) fn guard(db: Db, settings: &Settings, clock: &Arc<dyn Clock>, arrival: &Arrival) -> (Db, Dependencies) {
    let database = Breaker::new(DATABASE, policy(db.backend(), settings.resilience.database), Arc::clone(clock));
    let all = Breakers::default();
    all.add(database.clone());
    let guard: Arc<dyn Guard> = Arc::new(Through(database.clone(), arrival.clone()));
    if !arrival.has_come() {
        database.checked(Health::Silent);
    }
    (db.guarded(&guard), Dependencies { all, database })
}

/// Full open is left only when a check from outside passes. A file has no server to be asked for a sign of life: it is tried again, each
/// time it has rested, for as long as it takes.
const fn policy(backend: Backend, policy: Policy) -> Policy {
    match backend {
        Backend::Sqlite => Policy { most_probes: u32::MAX, ..policy },
        Backend::Postgres => policy,
    }
}

/// The breaker before the cache.
pub(super) fn cache(all: &Breakers, settings: &Settings, clock: &Arc<dyn Clock>) -> Breaker {
    let breaker = Breaker::new(CACHE, settings.resilience.cache, Arc::clone(clock));
    all.add(breaker.clone());
    breaker
}

/// The breaker before the object store.
pub(super) fn objects(all: &Breakers, settings: &Settings, clock: &Arc<dyn Clock>) -> Breaker {
    let breaker = Breaker::new(OBJECTS, settings.resilience.objects, Arc::clone(clock));
    all.add(breaker.clone());
    breaker
}

/// The breaker before a role that runs elsewhere.
pub(super) fn role(all: &Breakers, name: &'static str, settings: &Settings, clock: &Arc<dyn Clock>) -> Breaker {
    let breaker = Breaker::new(name, settings.resilience.role, Arc::clone(clock));
    all.add(breaker.clone());
    breaker
}

/// A finding with what its breaker does.
pub(super) fn told(finding: Finding, breaker: &Breaker) -> Finding {
    let view = breaker.view();
    let finding = finding.with("breaker", view.state.name()).with("breaker_since", view.since.to_string());
    let finding = match view.wait {
        Some(wait) if view.state != State::Closed => finding.with("retry_in_s", wait.as_secs_f64().ceil()),
        _ => finding,
    };
    match view.last_error {
        Some((at, words)) => finding.with("last_error", words).with("last_error_at", at.to_string()),
        None => finding,
    }
}

/// The database's breaker as the store knows it.
#[derive(Debug)]
struct Through(Breaker, Arrival);

impl Guard for Through {
    fn leave(&self) -> Result<u64, Duration> {
        if !self.1.has_come() {
            return Err(arrival::EVERY);
        }
        self.0.ticket().map(Ticket::number)
    }

    fn answers(&self, leave: u64) {
        self.0.answers(Ticket::numbered(leave));
    }

    fn told(&self, leave: u64, found: Found<'_>) {
        let ticket = Ticket::numbered(leave);
        match found {
            Found::Answered => self.0.settle(ticket, None),
            Found::Unreachable(error) => self.0.settle(ticket, Some(&chained(error))),
            Found::Nothing => self.0.abandon(ticket),
        }
    }
}

/// An error with its causes, on one line.
fn chained(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use domain::Timestamp;

    use super::*;

    struct Hand(Mutex<i64>);

    impl Clock for Hand {
        fn now(&self) -> Timestamp {
            Timestamp::from_micros(*self.0.lock().unwrap())
        }
    }

    #[test]
    fn a_database_that_is_a_file_is_tried_again_however_long_it_was_gone() {
        let clock: Arc<dyn Clock> = Arc::new(Hand(Mutex::new(0)));
        let rest = Policy::new(1, Duration::ZERO);
        let breaker = Breaker::new(DATABASE, policy(Backend::Sqlite, rest), clock);
        for _ in 0..=rest.most_probes {
            let ticket = breaker.ticket().unwrap();
            breaker.settle(ticket, Some(&"unable to open the file"));
        }
        let ticket = breaker.ticket().unwrap();
        breaker.settle(ticket, None);
        assert_eq!(breaker.state(), State::Closed);
    }
}
