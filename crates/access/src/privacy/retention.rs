//! Letting go of what need not be kept of people.
//!
//! Invariant: safe to do again, and by several nodes at once; what is let go is told to the audit log. Sessions, failures, nonces,
//! tokens and answers kept for repetitions are let go where they are kept, events of the audit log by its own upkeep: the whole table
//! is in docs/privacy.md.

use domain::audit::Action;
use platform::http::Problem;
use store::{
    audit::redact::{self, Redacted},
    person, privacy,
};

use super::DAY_SECONDS;
use crate::{Access, Doer};

/// Accounts erased at once, and people of whom the audit log is looked through again.
const MOST_ERASED: i64 = 100;

/// How long things about people are kept.
#[derive(Debug, Clone, Copy)]
pub struct Retention {
    /// Days after which an account that was closed is erased.
    pub closed_account_days: i64,
    /// Days after which an answered request is forgotten.
    pub answered_request_days: i64,
}

/// What was let go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LetGo {
    /// Accounts that were erased.
    pub accounts: u64,
    /// Requests that were forgotten.
    pub requests: u64,
    /// People erased before, whom events written since still named.
    pub named_again: u64,
}

impl Access {
    /// Does what is due.
    pub async fn keep_no_longer(&self, retention: Retention) -> Result<LetGo, Problem> {
        let now = self.clock.now();
        let before = |days: i64| now.plus_seconds(-days * DAY_SECONDS);
        let mut gone = LetGo::default();
        for id in person::closed_before(&self.db, before(retention.closed_account_days), MOST_ERASED).await? {
            let mut tx = self.db.write().await?;
            let Some(person) = person::lock(&mut tx, id)
                .await?
                .filter(|person| person.erased_at.is_none() && person.disabled_at.is_some())
            else {
                continue;
            };
            self.erase_person(&mut tx, Doer::Upkeep, &person).await?;
            tx.commit().await?;
            gone.accounts += 1;
        }
        for code in redact::left(&self.db, MOST_ERASED).await? {
            let mut tx = self.db.write().await?;
            // Nothing, when another node was faster: then it is not told of either.
            if self.redact(&mut tx, Doer::Upkeep, &code).await? == Redacted::default() {
                tx.rollback().await?;
                continue;
            }
            tx.commit().await?;
            gone.named_again += 1;
        }
        let mut tx = self.db.write().await?;
        gone.requests = privacy::purge(&mut tx, before(retention.answered_request_days)).await?;
        if gone != LetGo::default() {
            let event = Doer::Upkeep.event(Action::RetentionApplied).on("retention", "people");
            let event = event.detail("accounts", gone.accounts).detail("requests", gone.requests);
            event.detail("named_again", gone.named_again).write(&mut tx, now).await?;
        }
        tx.commit().await?;
        Ok(gone)
    }
}
