//! Letting a request through.
//!
//! Invariant: whoever waits for the answer may go away: what was begun is ended all the same, and whoever listens is told. What was
//! posted by another way meanwhile was let through by nobody, and its request ends so.

use domain::{
    Money, Timestamp,
    audit::Action,
    ledger::{Draft, Outcome, Posted, canonical},
};
use platform::{
    audit,
    http::{Principal, Problem, context},
    texts::{self, Args},
};
use store::{
    approval::{self, Approval, Decision, State},
    ledger::sanctioned::{self, Sanctioned},
};
use tokio::sync::oneshot;

use super::{Decided, Desk, decide, let_through};
use crate::wire::Declined;

/// What somebody lets through.
struct Consent {
    approval: Approval,
    draft: Draft,
    /// Who, as postings sign.
    by: String,
    granted: audit::Draft,
    /// The event, and the words, should it stand in the ledger already.
    stands: (audit::Draft, String),
    now: Timestamp,
}

impl Desk {
    pub(super) async fn approve(&self, caller: &Principal, approval: Approval) -> Result<Decided<Approval>, Problem> {
        let (now, id) = (self.0.parts.clock.now(), approval.id);
        if approval.expires_at <= now {
            return Ok(Err(Declined::Expired));
        }
        let draft = let_through(&approval)?;
        let event = |action| decide::event(audit::by(caller, action), &approval);
        let consent = Consent {
            by: caller.signature().to_owned(),
            granted: event(Action::ApprovalGranted),
            stands: (
                event(Action::ApprovalExpired),
                texts::text(context::locale(), "approval-stands", &Args::default()),
            ),
            draft,
            now,
            approval,
        };
        match self.run(consent).await? {
            Sanctioned::Decided => Ok(decide::already(self.find(caller, id).await?, State::Granted, caller)),
            Sanctioned::Asked(Outcome::Rejected(reason)) => Ok(Err(Declined::Refused { reason })),
            Sanctioned::Asked(Outcome::Duplicate(_)) => Ok(Err(Declined::Before { state: "posted".to_owned() })),
            Sanctioned::Asked(Outcome::Posted(_)) => self.find(caller, id).await.map(Ok),
        }
    }

    /// Apart from whoever waits for it.
    async fn run(&self, consent: Consent) -> Result<Sanctioned, Problem> {
        let (tell, told) = oneshot::channel();
        let desk = self.clone();
        self.0.parts.tasks.spawn("approve", async move {
            // Nobody listens any more when whoever asked went away.
            drop(tell.send(desk.carry_out(consent).await));
        });
        told.await.map_err(|_| Problem::bug("a request was being let through and gave no answer"))?
    }

    async fn carry_out(&self, consent: Consent) -> Result<Sanctioned, Problem> {
        let Consent { approval, draft, by, granted, stands, now } = consent;
        let decision = Decision { state: State::Granted, by: &by, answer: "", at: now };
        let told = |posted: &Posted| what_was_posted(granted.clone(), posted).at(now);
        let request = Some((approval.id, decision));
        let became = sanctioned::post(&self.0.parts.db, &draft, request, self.telling(&told), now).await?;
        if let Sanctioned::Asked(outcome @ (Outcome::Posted(_) | Outcome::Duplicate(_))) = &became {
            self.0.parts.follow.posted(&draft, outcome).await;
            let state = match outcome {
                Outcome::Posted(_) => State::Granted,
                _ => self.end(&approval, stands, now).await?,
            };
            self.tell(approval.id, &approval.site_code, state);
        }
        Ok(became)
    }

    /// Ends a request of which the posting stands already.
    async fn end(
        &self,
        approval: &Approval,
        (event, words): (audit::Draft, String),
        now: Timestamp,
    ) -> Result<State, Problem> {
        let mut tx = self.0.parts.db.write().await?;
        let decision = Decision { state: State::Expired, by: "", answer: &words, at: now };
        if approval::decide(&mut tx, approval.id, decision).await? {
            event.detail("posted_meanwhile", true).write(&mut tx, now).await?;
        }
        tx.commit().await?;
        Ok(State::Expired)
    }
}

/// With what came of it in the ledger.
pub(super) fn what_was_posted(event: audit::Draft, posted: &Posted) -> audit::Draft {
    let value = posted.lines.iter().fold(0_i64, |sum, line| sum.saturating_add(line.value.minor().saturating_abs()));
    let event = event.detail("seq", posted.seq).detail("hash", canonical::hex(&posted.hash));
    event.detail("posted_value", Money::from_minor(value).to_string())
}
