//! What follows from a posting that a second person let through.
//!
//! Invariant: the same as follows from one that is posted at once.

use std::sync::Arc;

use contracts::approval::Follow;
use domain::{
    Clock,
    ledger::{Draft, Outcome, PostingKind, Rejection},
};
use futures_util::future::BoxFuture;
use platform::{events::Events, http::Problem};
use store::Db;

use crate::api::{changes, counts, postings::refusal, texts, transfers::settle};

/// Brings everything in line with such postings.
pub struct Following {
    db: Db,
    clock: Arc<dyn Clock>,
    events: Events,
}

impl Following {
    /// Over that database.
    pub fn new(db: Db, clock: Arc<dyn Clock>, events: Events) -> Following {
        Following { db, clock, events }
    }

    async fn follow(&self, draft: &Draft, outcome: &Outcome) {
        changes::tell(&self.events, [(draft.site.as_str(), outcome)].into_iter());
        match (draft.kind, draft.corrects, draft.reference.number.parse()) {
            (PostingKind::Correction, Some(corrected), _) => {
                settle::follow(&self.db, self.clock.as_ref(), corrected).await;
            }
            (PostingKind::Count, _, Ok(sheet)) => counts::close::follow(&self.db, sheet).await,
            _ => {}
        }
    }
}

impl Follow for Following {
    fn posted<'f>(&'f self, draft: &'f Draft, outcome: &'f Outcome) -> BoxFuture<'f, ()> {
        Box::pin(self.follow(draft, outcome))
    }
}

/// What a refusal of the ledger's is to whoever decides. Also makes its words known: a role that runs apart may tell it.
pub fn refusal(rejection: &Rejection) -> Problem {
    texts::register();
    refusal::problem(rejection, "")
}
