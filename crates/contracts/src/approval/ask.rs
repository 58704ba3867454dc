//! Asking for a second person.
//!
//! Invariant: a posting waits once, however often it is sent; what is answered as waiting is in the database. Where nobody else could
//! consent nothing waits for ever: it is posted, and the audit log says so.

use access::Permission;
use domain::{
    Money, Role, Timestamp,
    audit::Action,
    ledger::{Draft, Limits, Outcome, Over, Posted, Rejection, canonical},
};
use platform::{
    audit,
    http::{Principal, Problem},
};
use store::{
    approval::{self, Approval, NewApproval, State},
    ledger::sanctioned::{self, Sanctioned},
    person, site,
};

use uuid::Uuid;

use super::{Desk, approve::what_was_posted, behind};
use crate::Taken;

const DAY_SECONDS: i64 = 86_400;

/// What passes a limit, and by how much.
#[derive(Debug, Clone, Copy)]
pub struct Passed {
    /// Which limit.
    pub over: Over,
    /// What it is worth.
    pub worth: Money,
    /// How many days back it goes.
    pub days_back: i64,
}

impl Passed {
    /// From what the ledger says of a draft.
    pub fn of(outcome: &Outcome) -> Option<Passed> {
        match outcome {
            Outcome::Rejected(rejection) => Passed::in_refusal(rejection),
            _ => None,
        }
    }

    pub(super) const fn in_refusal(rejection: &Rejection) -> Option<Passed> {
        match rejection {
            Rejection::ApprovalNeeded { worth, days_back, over } => {
                Some(Passed { over: *over, worth: *worth, days_back: *days_back })
            }
            _ => None,
        }
    }
}

/// Whether what was refused before may be asked for again under the same identity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Again {
    /// No: a program that repeats itself would ask for ever.
    No,
    /// Yes: the identity is that of a document, which may have changed since.
    Yes,
}

/// What became of asking.
#[derive(Debug)]
pub enum Asked {
    /// It waits, or waited and is decided since.
    Waits(Box<Approval>),
    /// There was nobody to ask: the ledger decided.
    Decided(Outcome),
}

/// What is asked for.
pub(super) struct Asking<'a> {
    draft: &'a Draft,
    /// Number of its site.
    site: i64,
    digest: [u8; 32],
    /// The draft as a document.
    kept: String,
}

impl Desk {
    /// Asks for a second person on behalf of whoever signed the draft. `by` is who sends it; nobody when it is handed on by the program.
    pub async fn ask(
        &self,
        draft: &Draft,
        passed: Passed,
        by: Option<&Principal>,
        again: Again,
    ) -> Result<Asked, Problem> {
        let digest = canonical::draft_digest(draft);
        if let Some(earlier) = approval::of_posting(&self.0.parts.db, draft.id).await?
            && let Some(asked) = repeated(earlier, &digest, again)
        {
            return Ok(asked);
        }
        let site = self.site_of(draft).await?;
        if self.has_another(&draft.actor, site).await? {
            let asking = Asking::of(draft, site, digest)?;
            return self.write_down(&asking, passed, by).await;
        }
        self.waive(draft, passed, by).await
    }

    /// The number of its site.
    pub(super) async fn site_of(&self, draft: &Draft) -> Result<i64, Problem> {
        let site = site::get(&self.0.parts.db, &draft.site).await?;
        site.map(|site| site.id).ok_or_else(|| Problem::bug(format!("site {} is gone", draft.site)))
    }

    /// Whether somebody else who works there, and can come in, could consent.
    pub(super) async fn has_another(&self, signature: &str, site: i64) -> Result<bool, Problem> {
        let roles: Vec<&str> = Permission::ApprovalsDecide.roles().iter().map(|role: &Role| role.name()).collect();
        let behind = behind::of(&self.0.parts.db, signature).await?;
        let now = self.0.parts.clock.now();
        Ok(person::works_there(&self.0.parts.db, &roles, site, &behind, now).await?)
    }

    async fn write_down(&self, asking: &Asking<'_>, passed: Passed, by: Option<&Principal>) -> Result<Asked, Problem> {
        let (Asking { draft, digest, .. }, now) = (asking, self.0.parts.clock.now());
        let new = self.request_of(asking, passed, now);
        let mut tx = self.0.parts.db.write().await?;
        let written = approval::request(&mut tx, &new).await?;
        if written {
            asking.event(by, passed, new.id).write(&mut tx, now).await?;
            tx.commit().await?;
            self.tell(new.id, &draft.site, State::Pending);
        } else {
            tx.rollback().await?;
        }
        // Sent twice at once, the other's stands.
        let stands = approval::of_posting(&self.0.parts.db, draft.id).await?;
        let stands = stands.ok_or_else(|| Problem::bug("a request was written down and does not stand"))?;
        Ok(repeated(stands, digest, Again::No).unwrap_or_else(|| conflict(Rejection::IdempotencyConflict)))
    }

    /// What is asked for, as it is written down.
    pub(super) fn request_of(&self, asking: &Asking<'_>, passed: Passed, now: Timestamp) -> NewApproval {
        let Asking { draft, site, digest, kept } = asking;
        NewApproval {
            id: self.0.parts.ids.next(now),
            posting: draft.id,
            digest: *digest,
            site: *site,
            kind: draft.kind,
            draft: kept.clone(),
            asked_by: draft.actor.clone(),
            // What the journal kept was asked for when it was kept.
            asked_at: draft.taken_at.unwrap_or(now),
            expires_at: now.plus_seconds(self.0.parts.consent.wait_days * DAY_SECONDS),
            passed: passed.over,
            worth: passed.worth,
            days_back: passed.days_back,
        }
    }

    async fn waive(&self, draft: &Draft, passed: Passed, by: Option<&Principal>) -> Result<Asked, Problem> {
        let now = self.0.parts.clock.now();
        let free = Draft { limits: Limits::NONE, ..draft.clone() };
        let event = waived(by, draft, passed);
        let told = |posted: &Posted| what_was_posted(event.clone(), posted).at(now);
        match sanctioned::post(&self.0.parts.db, &free, None, self.telling(&told), now).await? {
            Sanctioned::Asked(outcome) => {
                if let Outcome::Posted(_) = outcome {
                    self.0.parts.follow.posted(&free, &outcome).await;
                }
                Ok(Asked::Decided(outcome))
            }
            Sanctioned::Decided => Err(Problem::bug("nothing waited and yet it was decided")),
        }
    }
}

impl Asking<'_> {
    /// Of that draft, at the site of that number.
    pub(super) fn of(draft: &Draft, site: i64, digest: [u8; 32]) -> Result<Asking<'_>, Problem> {
        let kept = Taken::of(draft).bytes().map_err(|error| Problem::internal(&error))?;
        let kept = String::from_utf8(kept).map_err(|error| Problem::internal(&error))?;
        Ok(Asking { draft, site, digest, kept })
    }

    /// That it waits by the request of that identity.
    pub(super) fn event(&self, by: Option<&Principal>, passed: Passed, id: Uuid) -> audit::Draft {
        let event = event(by, Action::ApprovalRequested, self.draft, passed).on("approval", id);
        event.detail("digest", canonical::hex(&self.digest))
    }
}

/// That it was posted because there was nobody to ask.
pub(super) fn waived(by: Option<&Principal>, draft: &Draft, passed: Passed) -> audit::Draft {
    event(by, Action::ApprovalWaived, draft, passed).on("posting", draft.id)
}

/// What was asked for before, when that answers what is asked for now.
fn repeated(earlier: Approval, digest: &[u8; 32], again: Again) -> Option<Asked> {
    let same = earlier.digest == *digest;
    match (earlier.state, again) {
        (State::Pending, Again::Yes) => Some(Asked::Waits(Box::new(earlier))),
        (State::Expired | State::Refused, Again::Yes) => None,
        _ if !same => Some(conflict(Rejection::IdempotencyConflict)),
        (State::Pending | State::Granted, _) => Some(Asked::Waits(Box::new(earlier))),
        (State::Refused, Again::No) => Some(conflict(Rejection::ApprovalRefused)),
        (State::Expired, Again::No) => None,
    }
}

const fn conflict(rejection: Rejection) -> Asked {
    Asked::Decided(Outcome::Rejected(rejection))
}

fn event(by: Option<&Principal>, action: Action, draft: &Draft, passed: Passed) -> audit::Draft {
    let event = by.map_or_else(|| audit::by_system("journal", action), |caller| audit::by(caller, action));
    let event = event.site(&draft.site).detail("posting", draft.id).detail("kind", draft.kind.name());
    let event = event.detail("passed", passed.over.name()).detail("worth", passed.worth.to_string());
    event.detail("days_back", passed.days_back)
}
