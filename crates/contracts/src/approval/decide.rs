//! Deciding, as a second person.
//!
//! Invariant: only a person decides, in a session of their own, and never on what they asked for. Whoever comes second is told what the
//! first decided.

use axum::http::StatusCode;
use domain::{
    audit::Action,
    ledger::{PostingKind, Rejection, canonical},
};
use platform::{
    audit,
    http::{Principal, Problem},
};
use store::{
    Tx,
    approval::{self, Approval, Decision, State},
    count,
};
use uuid::Uuid;

use super::{Desk, Unsent, draft_of};
use crate::{Answer, wire::Declined};

/// What is decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict<'v> {
    /// It is let through, and posted.
    Approve,
    /// It is refused, or taken back by whoever asked for it, for that reason.
    Reject(&'v str),
}

/// What became of deciding.
pub type Decided<T> = Result<T, Declined>;

/// How far a decision has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Came {
    /// It is made.
    Made,
    /// It is kept until the warehouse can be asked, which then makes it.
    Waits,
}

/// Deciding, as other roles ask for it: of the desk in this process, or of the warehouse elsewhere.
pub trait Decides: Send + Sync {
    /// Decides on behalf of a person. The same by the same person again changes nothing.
    fn decide<'a>(&'a self, caller: &'a Principal, id: Uuid, verdict: Verdict<'a>) -> Answer<'a, Came>;

    /// What was decided on that request and waits for the warehouse.
    fn unsent(&self, _id: Uuid) -> Option<Unsent> {
        None
    }

    /// What was decided on that request, waited, and was declined then; with why.
    fn returned(&self, _id: Uuid) -> Option<(Unsent, Problem)> {
        None
    }

    /// How many decisions wait for the warehouse.
    fn waiting(&self) -> usize {
        0
    }
}

impl Decides for Desk {
    fn decide<'a>(&'a self, caller: &'a Principal, id: Uuid, verdict: Verdict<'a>) -> Answer<'a, Came> {
        Box::pin(async move { self.settle(caller, id, verdict).await.map(|_| Came::Made) })
    }
}

impl Verdict<'_> {
    const fn state(&self) -> State {
        match self {
            Verdict::Approve => State::Granted,
            Verdict::Reject(_) => State::Refused,
        }
    }
}

impl Declined {
    /// As whoever asked is told, of the request of that identity. `refusal` says what a refusal of the ledger's is.
    pub(super) fn problem(self, id: Uuid, refusal: impl Fn(&Rejection) -> Problem) -> Problem {
        match self {
            Declined::Unknown => Problem::not_found(id.to_string()),
            Declined::Forbidden => Problem::forbidden(),
            Declined::NoPerson => Problem::new(StatusCode::FORBIDDEN, "approval_by_person"),
            Declined::Own => Problem::new(StatusCode::FORBIDDEN, "approval_own"),
            Declined::Expired => Problem::conflict("approval_expired"),
            Declined::Before { state } => Problem::conflict("approval_decided").arg("state", state),
            Declined::Refused { reason } => refusal(&reason),
        }
    }
}

impl Desk {
    /// Decides, and gives the request as it is then. Whatever keeps it from being decided is a problem.
    pub async fn settle(&self, caller: &Principal, id: Uuid, verdict: Verdict<'_>) -> Result<Approval, Problem> {
        let decided = self.judge(caller, id, verdict).await?;
        decided.map_err(|declined| declined.problem(id, |rejection| self.refusal(rejection)))
    }

    /// The same, with what keeps it from being decided told as what it is. What the ledger refuses goes on waiting.
    pub async fn judge(
        &self,
        caller: &Principal,
        id: Uuid,
        verdict: Verdict<'_>,
    ) -> Result<Decided<Approval>, Problem> {
        let approval = match self.permitted(caller, id, verdict).await? {
            Ok(approval) => approval,
            declined => return Ok(declined),
        };
        match verdict {
            _ if approval.state != State::Pending => Ok(already(approval, verdict.state(), caller)),
            Verdict::Approve => self.approve(caller, approval).await,
            Verdict::Reject(reason) => self.reject(caller, approval, reason).await,
        }
    }

    async fn reject(&self, caller: &Principal, approval: Approval, reason: &str) -> Result<Decided<Approval>, Problem> {
        let (now, id) = (self.0.parts.clock.now(), approval.id);
        let mut tx = self.0.parts.db.write().await?;
        let decision = Decision { state: State::Refused, by: caller.signature(), answer: reason, at: now };
        if !approval::decide(&mut tx, id, decision).await? {
            tx.rollback().await?;
            return Ok(already(self.find(caller, id).await?, State::Refused, caller));
        }
        give_back(&mut tx, &approval).await?;
        event(audit::by(caller, Action::ApprovalRefused), &approval).write(&mut tx, now).await?;
        tx.commit().await?;
        self.tell(id, &approval.site_code, State::Refused);
        self.find(caller, id).await.map(Ok)
    }
}

/// Decided before: the same by the same person is no mistake.
pub(super) fn already(approval: Approval, wanted: State, caller: &Principal) -> Decided<Approval> {
    match approval.state {
        state if state == wanted && approval.decided_by == caller.signature() => Ok(approval),
        State::Pending | State::Expired => Err(Declined::Expired),
        state => Err(Declined::Before { state: state.name().to_owned() }),
    }
}

/// A count sheet whose posting was not let through takes lines again.
pub(super) async fn give_back(tx: &mut Tx, approval: &Approval) -> Result<(), Problem> {
    if approval.kind == PostingKind::Count
        && let Ok(sheet) = draft_of(approval)?.reference.number.parse()
    {
        count::mark_closing(tx, sheet, None).await?;
    }
    Ok(())
}

/// What is written down of a decision.
pub(super) fn event(by: audit::Draft, approval: &Approval) -> audit::Draft {
    let event = by.site(&approval.site_code).on("approval", approval.id).detail("posting", approval.posting);
    let event = event.detail("digest", canonical::hex(&approval.digest));
    let event = event.detail("kind", approval.kind.name()).detail("worth", approval.worth.to_string());
    event.detail("days_back", approval.days_back).detail("asked_by", approval.asked_by.as_str())
}
