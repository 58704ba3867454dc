//! Looking at what waits.
//!
//! Invariant: reads from the database alone, so it is the same wherever the desk is; nothing is written but who was turned away.

use std::sync::Arc;

use domain::{
    Clock,
    ledger::{Outcome, Rejection},
};
use platform::http::{Principal, Problem};
use store::{
    Db,
    approval::{self, Approval},
    ledger::commit,
};
use uuid::Uuid;

use super::{behind, let_through};

/// What waits, and what was decided. Cheap to clone.
#[derive(Clone)]
pub struct Requests {
    pub(super) db: Db,
    pub(super) clock: Arc<dyn Clock>,
    refusal: fn(&Rejection) -> Problem,
}

impl Requests {
    /// Of that database; `refusal` says what a refusal of the ledger's is to whoever looks.
    pub fn new(db: Db, clock: Arc<dyn Clock>, refusal: fn(&Rejection) -> Problem) -> Requests {
        crate::register_texts();
        Requests { db, clock, refusal }
    }

    /// The request of that identity, for whoever may know of its site.
    pub async fn find(&self, caller: &Principal, id: Uuid) -> Result<Approval, Problem> {
        self.known(caller, id).await?.ok_or_else(|| Problem::not_found(id.to_string()))
    }

    pub(super) async fn known(&self, caller: &Principal, id: Uuid) -> Result<Option<Approval>, Problem> {
        let found = approval::get(&self.db, id).await?;
        Ok(found.filter(|one| caller.sites.includes(&one.site_code)))
    }

    /// The newest request of a posting.
    pub async fn of_posting(&self, posting: Uuid) -> Result<Option<Approval>, Problem> {
        Ok(approval::of_posting(&self.db, posting).await?)
    }

    /// What it would do if it were let through now, with nothing written.
    pub async fn rehearse(&self, approval: &Approval) -> Result<Outcome, Problem> {
        let draft = let_through(approval)?;
        let mut outcomes = commit::preview(&self.db, &[&draft], self.clock.now()).await?;
        outcomes.pop().ok_or_else(|| Problem::bug("no outcome"))
    }

    /// Whether a caller asked for it, in person or by a key they made.
    pub async fn is_own(&self, caller: &Principal, approval: &Approval) -> Result<bool, Problem> {
        let behind = behind::of(&self.db, &approval.asked_by).await?;
        Ok(behind.iter().any(|who| *who == *caller.key_id || *who == caller.signature()))
    }

    /// What a refusal of the ledger's is to whoever looks.
    pub fn refusal(&self, rejection: &Rejection) -> Problem {
        (self.refusal)(rejection)
    }
}
