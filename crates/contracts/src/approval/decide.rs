//! Deciding, as a second person.
//!
//! Invariant: only a person decides, in a session of their own, and never on what they asked for. Whoever comes second is told what the
//! first decided.

use access::{Permission, Permit};
use axum::http::StatusCode;
use domain::{
    audit::Action,
    ledger::{Outcome, PostingKind},
};
use platform::{
    audit,
    http::{Principal, Problem, auth::CallerKind},
};
use store::{
    Tx,
    approval::{self, Approval, Decision, State},
    count,
    ledger::sanctioned::{self, Sanctioned},
};
use uuid::Uuid;

use super::{Desk, draft_of, let_through};

impl Desk {
    /// Lets a request through: it is posted. What the ledger refuses is told, and the request goes on waiting.
    pub async fn approve(&self, caller: &Principal, id: Uuid, note: &str) -> Result<Approval, Problem> {
        let approval = self.find(caller, id).await?;
        may_decide(caller)?;
        if self.is_own(caller, &approval).await? {
            return Err(Problem::new(StatusCode::FORBIDDEN, "approval_own"));
        }
        if approval.state != State::Pending {
            return already(approval, State::Granted, caller);
        }
        let now = self.0.clock.now();
        if approval.expires_at <= now {
            return Err(Problem::conflict("approval_expired"));
        }
        let draft = let_through(&approval)?;
        let decision = Decision { state: State::Granted, by: caller.signature(), answer: note, at: now };
        let event = event(audit::by(caller, Action::ApprovalGranted), &approval).at(now);
        match sanctioned::post(&self.0.db, &draft, Some((id, decision)), &event, now).await? {
            Sanctioned::Decided => already(self.find(caller, id).await?, State::Granted, caller),
            Sanctioned::Asked(Outcome::Rejected(rejection)) => Err(self.0.follow.refusal(&rejection)),
            Sanctioned::Asked(outcome) => {
                self.0.follow.posted(&draft, &outcome).await;
                self.tell(id, &approval.site_code, State::Granted);
                self.find(caller, id).await
            }
        }
    }

    /// Refuses a request, or takes back one's own.
    pub async fn reject(&self, caller: &Principal, id: Uuid, reason: &str) -> Result<Approval, Problem> {
        let approval = self.find(caller, id).await?;
        may_decide(caller)?;
        if approval.state != State::Pending {
            return already(approval, State::Refused, caller);
        }
        let now = self.0.clock.now();
        let mut tx = self.0.db.write().await?;
        let decision = Decision { state: State::Refused, by: caller.signature(), answer: reason, at: now };
        if !approval::decide(&mut tx, id, decision).await? {
            tx.rollback().await?;
            return already(self.find(caller, id).await?, State::Refused, caller);
        }
        give_back(&mut tx, &approval).await?;
        event(audit::by(caller, Action::ApprovalRefused), &approval).write(&mut tx, now).await?;
        tx.commit().await?;
        self.tell(id, &approval.site_code, State::Refused);
        self.find(caller, id).await
    }
}

fn may_decide(caller: &Principal) -> Result<(), Problem> {
    caller.require(Permission::ApprovalsDecide)?;
    if caller.kind == CallerKind::User {
        Ok(())
    } else {
        Err(Problem::new(StatusCode::FORBIDDEN, "approval_by_person"))
    }
}

/// Decided before: the same by the same person is no mistake.
fn already(approval: Approval, wanted: State, caller: &Principal) -> Result<Approval, Problem> {
    if approval.state == wanted && approval.decided_by == caller.signature() {
        return Ok(approval);
    }
    if approval.state == State::Pending || approval.state == State::Expired {
        return Err(Problem::conflict("approval_expired"));
    }
    Err(Problem::conflict("approval_decided").arg("state", approval.state.name()))
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
    let event = event.detail("kind", approval.kind.name()).detail("worth", approval.worth.to_string());
    event.detail("days_back", approval.days_back).detail("asked_by", approval.asked_by.as_str())
}
