//! Coming in: a login and a password, then a code when there is a second factor.
//!
//! Invariant: an unknown login, a wrong password, one that has ended and an account that is closed get one answer, after the same work.
//! Failures are forgotten only when everything was proved, so that whoever knows a password cannot try codes without end.

use domain::{Timestamp, audit::Action};
use platform::{
    audit::{Draft, by_nobody},
    http::Problem,
};
use store::{
    Tx,
    person::{self, Credential, Person},
    session,
};

use crate::{
    Access, factor,
    failure::Attempt,
    password::Typed,
    session::{Open, Token, actor},
};

/// A session that has just begun.
#[derive(Debug, Clone)]
pub struct Begun {
    /// What opens it.
    pub token: Token,
    /// The session.
    pub open: Open,
}

/// A login as it is compared: people do not mind capitals and spaces around it.
pub fn folded(login: &str) -> String {
    login.trim().to_lowercase().chars().take(100).collect()
}

impl Access {
    /// Begins a session for whoever knows the password.
    pub async fn login(&self, login: &str, password: &Typed) -> Result<Begun, Problem> {
        let login = folded(login);
        let attempt = self.admit(&login).await?;
        let credential = person::credential(&self.db, &login).await?;
        let kept = credential.as_ref().and_then(|credential| credential.hash.as_deref());
        let checked = match self.passwords.check(password, kept).await {
            Ok(checked) => checked,
            Err(problem) => {
                self.withdraw(&attempt).await?;
                return Err(problem);
            }
        };
        let now = self.clock.now();
        match credential {
            Some(known) if checked.fits && known.opens_at(now) => {
                if checked.outdated {
                    self.renew_hash(&known, password).await?;
                }
                self.come_in(&known, &attempt).await
            }
            known => Err(self.refuse(known.as_ref(), &attempt, now)),
        }
    }

    async fn come_in(&self, known: &Credential, attempt: &Attempt) -> Result<Begun, Problem> {
        let now = self.clock.now();
        let mut tx = self.db.write().await?;
        let person = person::lock(&mut tx, known.person).await?.ok_or_else(wrong)?;
        let passed = !known.has_factor;
        let token = self.begin(&mut tx, person.id, passed).await?;
        if passed {
            attempt.succeed(&mut tx).await?;
            person::saw(&mut tx, person.id, now).await?;
        } else {
            attempt.withdraw(&mut tx).await?;
        }
        let event = Draft::new(actor(&person), Action::LoggedIn).detail("second_factor", known.has_factor);
        event.write(&mut tx, now).await?;
        tx.commit().await?;
        self.begun(token).await
    }

    /// Goes on with a session whose password was given.
    pub async fn second_factor(&self, open: &Open, code: &str) -> Result<Begun, Problem> {
        let person = &open.person;
        let attempt = self.admit(&person.login).await?;
        let now = self.clock.now();
        let used = match factor::use_code(self, person, code, now).await {
            Ok(used) => used,
            Err(problem) => {
                self.withdraw(&attempt).await?;
                return Err(problem);
            }
        };
        let Some(used) = used else {
            self.tell_failure(Draft::new(actor(person), Action::SecondFactor), &attempt, now);
            return Err(Problem::invalid_field("code", "wrong_code"));
        };
        let mut tx = self.db.write().await?;
        // A session that was ended meanwhile is not replaced.
        if !session::end(&mut tx, person.id, open.session.id).await? {
            return Err(Problem::unauthorized());
        }
        let token = self.begin(&mut tx, person.id, true).await?;
        attempt.succeed(&mut tx).await?;
        person::saw(&mut tx, person.id, now).await?;
        Draft::new(actor(person), used).write(&mut tx, now).await?;
        tx.commit().await?;
        self.forget_sessions();
        self.begun(token).await
    }

    /// Ends a session that its owner leaves.
    pub async fn leave(&self, open: &Open) -> Result<(), Problem> {
        let now = self.clock.now();
        let mut tx = self.db.write().await?;
        if session::end(&mut tx, open.person.id, open.session.id).await? {
            Draft::new(actor(&open.person), Action::LoggedOut).write(&mut tx, now).await?;
        }
        tx.commit().await?;
        self.forget_sessions();
        Ok(())
    }

    pub(crate) async fn begun(&self, token: Token) -> Result<Begun, Problem> {
        let open = self.open(&token).await?.ok_or_else(|| Problem::bug("a session that was begun is not there"))?;
        Ok(Begun { token, open })
    }

    async fn withdraw(&self, attempt: &Attempt) -> Result<(), Problem> {
        let mut tx = self.db.write().await?;
        attempt.withdraw(&mut tx).await?;
        Ok(tx.commit().await?)
    }

    fn refuse(&self, known: Option<&Credential>, attempt: &Attempt, now: Timestamp) -> Problem {
        let event = by_nobody(Action::LoggedIn);
        let event = match known {
            Some(known) => event.on("user", &known.code),
            None => event.detail("known", false),
        };
        self.tell_failure(event, attempt, now);
        wrong()
    }

    /// Tells that somebody failed, and when that was once too often.
    fn tell_failure(&self, event: Draft, attempt: &Attempt, now: Timestamp) {
        let event = event.failed().at(now);
        if attempt.last {
            let mut locked = event.clone();
            locked.action = Action::LockedOut;
            locked.details = String::new();
            self.audit.record(event);
            self.audit.record(locked);
        } else {
            self.audit.record(event);
        }
    }

    async fn renew_hash(&self, known: &Credential, password: &Typed) -> Result<(), Problem> {
        let hash = self.passwords.hash(password).await?;
        let mut tx = self.db.write().await?;
        person::renew_hash(&mut tx, known.person, known.hash.as_deref().unwrap_or_default(), &hash).await?;
        Ok(tx.commit().await?)
    }
}

/// What whoever could not prove who they are is told, whatever the reason.
fn wrong() -> Problem {
    Problem::new(axum::http::StatusCode::UNAUTHORIZED, "wrong_credentials")
}

/// Ends somebody's sessions but one, in the caller's transaction.
pub(crate) async fn end_others(tx: &mut Tx, person: &Person, but: Option<uuid::Uuid>) -> Result<u64, Problem> {
    Ok(session::end_all(tx, person.id, but).await?)
}
