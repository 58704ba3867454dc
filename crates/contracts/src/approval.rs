//! The desk where postings wait for a second person, and where one decides.
//!
//! Invariant: nobody lets through what they asked for themselves, in person or by a key they made; a request becomes a posting in the
//! same commit that marks it granted, so exactly once.

mod ask;
mod behind;
mod decide;
mod expire;

use std::sync::Arc;

use domain::{
    Clock, Ids,
    ledger::{Draft, Limits, Outcome, Rejection},
};
use futures_util::future::BoxFuture;
use platform::{
    config::Consent,
    events::Events,
    http::{Principal, Problem},
};
use serde_json::json;
use store::{
    Db,
    approval::{self, Approval},
    ledger::commit,
};
use uuid::Uuid;

pub use ask::{Again, Asked, Passed};

use crate::Taken;

/// The topic on which it is told that something waits or was decided.
pub const TOPIC: &str = "approvals";

/// What the warehouse does around a posting that came of a request.
pub trait Follow: Send + Sync {
    /// It stands in the ledger: whoever listens is told, and its document is brought in line.
    fn posted<'f>(&'f self, draft: &'f Draft, outcome: &'f Outcome) -> BoxFuture<'f, ()>;

    /// What a refusal of the ledger's is to whoever asked.
    fn refusal(&self, rejection: &Rejection) -> Problem;
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
}

/// The desk. Cheap to clone.
#[derive(Clone)]
pub struct Desk(Arc<Parts>);

impl Desk {
    /// Of these parts; also makes its texts known.
    pub fn new(parts: Parts) -> Desk {
        crate::register_texts();
        Desk(Arc::new(parts))
    }

    /// What one person may post alone.
    pub fn limits(&self) -> Limits {
        self.0.consent.limits
    }

    /// The request of that identity, for whoever may know of its site.
    pub async fn find(&self, caller: &Principal, id: Uuid) -> Result<Approval, Problem> {
        let found = approval::get(&self.0.db, id).await?;
        found.filter(|one| caller.sites.includes(&one.site_code)).ok_or_else(|| Problem::not_found(id.to_string()))
    }

    /// The newest request of a posting.
    pub async fn of_posting(&self, posting: Uuid) -> Result<Option<Approval>, Problem> {
        Ok(approval::of_posting(&self.0.db, posting).await?)
    }

    /// What it would do if it were let through now, with nothing written.
    pub async fn rehearse(&self, approval: &Approval) -> Result<Outcome, Problem> {
        let draft = let_through(approval)?;
        let mut outcomes = commit::preview(&self.0.db, &[&draft], self.0.clock.now()).await?;
        outcomes.pop().ok_or_else(|| Problem::bug("no outcome"))
    }

    /// Whether a caller asked for it, in person or by a key they made.
    pub async fn is_own(&self, caller: &Principal, approval: &Approval) -> Result<bool, Problem> {
        let behind = behind::of(&self.0.db, &approval.asked_by).await?;
        Ok(behind.iter().any(|who| *who == *caller.key_id || *who == caller.signature()))
    }

    /// What a refusal of the ledger's is to whoever looks.
    pub fn refusal(&self, rejection: &Rejection) -> Problem {
        self.0.follow.refusal(rejection)
    }

    fn tell(&self, id: Uuid, site: &str, state: approval::State) {
        self.0.events.publish_of(TOPIC, site, &json!({ "id": id, "site": site, "state": state.name() }));
    }
}

/// The posting as it was sent.
pub fn draft_of(approval: &Approval) -> Result<Draft, Problem> {
    let taken = Taken::read(approval.draft.as_bytes());
    taken.map(|taken| taken.draft).ok_or_else(|| Problem::bug(format!("request {} holds no posting", approval.id)))
}

/// The posting as it is let through: without limits, at the time it was sent unless it says another.
fn let_through(approval: &Approval) -> Result<Draft, Problem> {
    let mut draft = draft_of(approval)?;
    draft.limits = Limits::NONE;
    draft.may_back_date = true;
    if draft.effective_at.is_none() {
        draft.taken_at = draft.taken_at.or(Some(approval.asked_at));
    }
    Ok(draft)
}
