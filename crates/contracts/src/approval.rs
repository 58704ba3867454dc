//! The desk where postings wait for a second person, and where one decides.
//!
//! Invariant: nobody lets through what they asked for themselves, in person or by a key they made; a request becomes a posting in the
//! same commit that marks it granted, so exactly once.

mod approve;
mod ask;
mod behind;
mod decide;
mod expire;
mod outbox;
mod permitted;
mod remote;
mod requests;
mod together;

use std::{ops::Deref, sync::Arc};

use domain::{
    Clock, Ids,
    audit::Event,
    ledger::{Draft, Limits, Outcome, Posted, Rejection, canonical},
};
use futures_util::future::BoxFuture;
use platform::{config::Consent, events::Events, http::Problem, lifecycle::Tasks};
use serde_json::json;
use store::{
    Db,
    approval::{self, Approval},
    ledger::{Watch, sanctioned::Telling},
};
use uuid::Uuid;

pub use ask::{Again, Asked, Passed};
pub use decide::{Came, Decided, Decides, Verdict};
pub use outbox::{Outbox, OutboxFigures, Unsent};
pub use remote::Remote;
pub use requests::Requests;
pub use together::Together;

use crate::Taken;

/// The topic on which it is told that something waits or was decided.
pub const TOPIC: &str = "approvals";

/// What the warehouse does around a posting that came of a request.
pub trait Follow: Send + Sync {
    /// It stands in the ledger: whoever listens is told, and its document is brought in line.
    fn posted<'f>(&'f self, draft: &'f Draft, outcome: &'f Outcome) -> BoxFuture<'f, ()>;
}

/// What a desk is made of.
pub struct Parts {
    /// The database.
    pub db: Db,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// New identities.
    pub ids: Arc<dyn Ids>,
    /// Where changes are told; knows [`TOPIC`].
    pub events: Events,
    /// What takes a second person.
    pub consent: Consent,
    /// What the warehouse does around it.
    pub follow: Arc<dyn Follow>,
    /// What a refusal of the ledger's is to whoever asks.
    pub refusal: fn(&Rejection) -> Problem,
    /// Who is told of what is posted here, as of what the ledger's writer posts.
    pub watch: Arc<dyn Watch>,
    /// Where what was begun is ended, though whoever asked goes away.
    pub tasks: Tasks,
}

/// The desk. Cheap to clone.
#[derive(Clone)]
pub struct Desk(Arc<Inner>);

struct Inner {
    parts: Parts,
    requests: Requests,
}

impl Deref for Desk {
    type Target = Requests;
    fn deref(&self) -> &Requests {
        &self.0.requests
    }
}

impl Desk {
    /// Of these parts; also makes its texts known.
    pub fn new(parts: Parts) -> Desk {
        let requests = Requests::new(parts.db.clone(), Arc::clone(&parts.clock), parts.refusal);
        Desk(Arc::new(Inner { parts, requests }))
    }

    /// What one person may post alone.
    pub fn limits(&self) -> Limits {
        self.0.parts.consent.limits
    }

    /// Looking at what waits, for others.
    pub fn requests(&self) -> &Requests {
        &self.0.requests
    }

    fn telling<'t>(&'t self, event: &'t (dyn Fn(&Posted) -> Event + Send + Sync)) -> Telling<'t> {
        Telling { event, watch: self.0.parts.watch.as_ref() }
    }

    fn tell(&self, id: Uuid, site: &str, state: approval::State) {
        self.0.parts.events.publish_of(TOPIC, site, &json!({ "id": id, "site": site, "state": state.name() }));
    }
}

/// The posting as it was sent.
pub fn draft_of(approval: &Approval) -> Result<Draft, Problem> {
    let taken = Taken::read(approval.draft.as_bytes());
    taken.map(|taken| taken.draft).ok_or_else(|| Problem::bug(format!("request {} holds no posting", approval.id)))
}

/// The posting as it is let through: without limits, at the time it was sent unless it says another. One that is not what was asked for any
/// more is never let through.
fn let_through(approval: &Approval) -> Result<Draft, Problem> {
    let mut draft = draft_of(approval)?;
    if canonical::draft_digest(&draft) != approval.digest || draft.id != approval.posting {
        return Err(Problem::bug(format!("request {} holds another posting than was asked for", approval.id)));
    }
    draft.limits = Limits::NONE;
    draft.may_back_date = true;
    if draft.effective_at.is_none() {
        draft.taken_at = draft.taken_at.or(Some(approval.asked_at));
    }
    Ok(draft)
}
