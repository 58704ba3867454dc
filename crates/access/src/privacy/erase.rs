//! Erasing somebody.
//!
//! Invariant: their code stays in the books, so the ledger and the audit log still verify; nothing is left that says whose it was.

use domain::audit::{Action, ActorKind};
use platform::http::Problem;
use store::{
    Tx,
    audit::redact::{self, Redacted},
    person::{self, Person},
    privacy,
};

use crate::{Access, Doer, contact, factor};

impl Access {
    /// Takes out what names them: account, ways to reach them, proofs, sessions, what the audit log says of them and the words of their
    /// requests. That an owner is left is for whoever calls to see to.
    pub(super) async fn erase_person(&self, tx: &mut Tx, doer: Doer<'_>, person: &Person) -> Result<(), Problem> {
        let now = self.clock.now();
        person::erase(tx, person, now).await?;
        contact::forget(tx, person).await?;
        factor::forget(tx, person).await?;
        self.let_try_again(tx, &person.login).await?;
        privacy::forget_words(tx, person.id).await?;
        doer.event(Action::PrivacyErased).on("user", &person.code).write(tx, now).await?;
        // Last, so that it also takes out what was just written of them.
        self.redact(tx, doer, &person.code).await?;
        Ok(())
    }

    /// Takes out what the audit log says of somebody.
    pub(super) async fn redact(&self, tx: &mut Tx, doer: Doer<'_>, code: &str) -> Result<Redacted, Problem> {
        let now = self.clock.now();
        let taken = redact::redact(tx, (ActorKind::User, code), |taken| {
            let told = doer.event(Action::AuditRedacted).on("user", code);
            told.detail("who", taken.who).detail("details", taken.details).at(now)
        });
        Ok(taken.await?)
    }
}
