//! Telling of what is tried by the text of requests.
//!
//! Invariant: of a text only what sort it was is told and where it stood, never a piece of it: it may be what somebody typed. An address
//! that goes on fills no log: what is told again and again is counted (`audit::repeats`).

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use axum::http::StatusCode;
use domain::{Clock, audit::Action};

use crate::{
    attack::{Attempt, Place, Sign},
    audit::{self, Audit},
    http::auth::Principal,
    metrics::Page,
};

/// How often each sort was tried, by where it stood.
type Counts = [[AtomicU64; Place::ALL.len()]; Sign::ALL.len()];

/// Tells of attempts, and counts them. Cheap to clone.
#[derive(Clone)]
pub(super) struct Attempts(Arc<Inner>);

struct Inner {
    audit: Audit,
    clock: Arc<dyn Clock>,
    counts: Counts,
}

impl Attempts {
    pub(super) fn new(audit: Audit, clock: Arc<dyn Clock>) -> Attempts {
        Attempts(Arc::new(Inner { audit, clock, counts: Counts::default() }))
    }

    /// Something was tried, by whom when that is known, and answered so.
    pub(super) fn note(&self, attempt: Attempt, by: Option<&Principal>, status: StatusCode) {
        let Inner { audit, clock, counts } = &*self.0;
        let (sign, place) = (attempt.sign, attempt.place);
        counts[sign as usize][place as usize].fetch_add(1, Ordering::Relaxed);
        let told = match by {
            Some(principal) => audit::by(principal, Action::AttackTried),
            None => audit::by_nobody(Action::AttackTried),
        };
        let refused = status.is_client_error();
        let told = if refused { told.denied() } else { told.failed() };
        let told = told.on("attack", sign.name()).detail("place", place.name());
        audit.record(told.detail("status", status.as_u16()).at(clock.now()));
    }

    /// Puts them on the page of figures.
    pub(super) fn tell(&self, page: &mut Page<'_>) -> fmt::Result {
        let rows = Sign::ALL.iter().zip(&self.0.counts).flat_map(|(sign, places)| {
            Place::ALL
                .iter()
                .zip(places)
                .map(|(place, count)| ([("sign", sign.name()), ("place", place.name())], count.load(Ordering::Relaxed)))
        });
        page.counters("gondola_attacks", "Requests whose text tried to be understood as something else", rows)
    }
}
