//! The warehouse elsewhere.
//!
//! Invariant: says what the warehouse in this process would say, or that it is away; never that something was done which was not.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use axum::body::Bytes;
use domain::ledger::{Draft, Outcome};
use platform::{breaker::State, http::Problem};

use super::{Standing, Stock};
use crate::{Answer, Peer, wire};

/// Asks the warehouse over HTTP. Cheap to clone.
#[derive(Clone)]
pub struct Remote {
    peer: Peer,
    away: Arc<AtomicBool>,
}

impl Remote {
    /// The warehouse there.
    pub fn new(peer: Peer) -> Remote {
        Remote { peer, away: Arc::default() }
    }

    /// Whom it asks.
    pub fn peer(&self) -> &Peer {
        &self.peer
    }

    async fn decided(&self, path: &'static str, drafts: &[Draft]) -> Result<Vec<Option<Outcome>>, Problem> {
        let body = wire::drafts_bytes(drafts).map_err(|error| Problem::internal(&error))?;
        let answer = self.peer.ask(path, body.into()).await?;
        let outcomes = wire::read_outcomes(&answer).filter(|outcomes| outcomes.len() == drafts.len());
        outcomes.ok_or_else(|| Problem::bug("the warehouse answered something else than was asked"))
    }
}

impl Stock for Remote {
    fn post(&self, drafts: Vec<Draft>) -> Answer<'_, Vec<Option<Outcome>>> {
        Box::pin(async move { self.decided(wire::POST, &drafts).await })
    }

    fn preview<'a>(&'a self, drafts: &'a [Draft]) -> Answer<'a, Vec<Outcome>> {
        Box::pin(async move {
            let outcomes: Option<Vec<Outcome>> = self.decided(wire::PREVIEW, drafts).await?.into_iter().collect();
            outcomes.ok_or_else(|| Problem::bug("the warehouse kept what it was only to look at"))
        })
    }

    fn check(&self) -> Answer<'_, ()> {
        Box::pin(async move {
            let found = self.peer.check(wire::CHECK).await;
            self.away.store(found.is_err(), Ordering::Relaxed);
            found.map(|_: Bytes| ())
        })
    }

    fn standing(&self) -> Standing {
        let resting = self.peer.breaker().state() != State::Closed;
        if resting || self.away.load(Ordering::Relaxed) { Standing::Away } else { Standing::Here }
    }
}
