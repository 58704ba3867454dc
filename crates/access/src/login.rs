//! Coming in: a login and a password, then a code when there is a second factor.
//!
//! Invariant: an unknown login, a wrong password, one that has ended and an account that is closed get one answer, after the same work.
//! Failures are forgotten only when everything was proved, so that whoever knows a password cannot try codes without end.

use std::time::Duration;

use domain::audit::Action;
use platform::{
    attack::Place,
    audit::{Draft, by_nobody},
    http::{Problem, context},
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

/// Times a password is looked at: again when what it opened is another by then (somebody else came in and had the hash renewed, a
/// second factor was set up).
const LOOKS: usize = 3;
/// When to come back, for whom it changed each time.
const SOON: Duration = Duration::from_secs(1);

/// What a login and a password were seen to open.
struct Seen {
    known: Option<Credential>,
    opens: bool,
    /// A hash of today's cost, when the one that is kept has another.
    renewed: Option<String>,
}

/// A login as it is compared: people do not mind capitals and spaces around it.
pub fn folded(login: &str) -> String {
    login.trim().to_lowercase().chars().take(100).collect()
}

impl Access {
    /// Begins a session for whoever knows the password.
    pub async fn login(&self, login: &str, password: &Typed) -> Result<Begun, Problem> {
        let login = folded(login);
        context::suspect(&login, Place::Login);
        let attempt = self.admit(&login).await?;
        for _ in 0..LOOKS {
            let seen = self.uncounted(&attempt, self.look(&login, password)).await?;
            let Seen { known: Some(known), opens: true, renewed } = &seen else {
                return Err(self.refuse(seen.known.as_ref(), &attempt));
            };
            if let Some(token) = self.come_in((known, renewed.as_deref()), &attempt).await? {
                return self.begun(token).await;
            }
        }
        // It fitted each time, which is no failure of theirs.
        let unsettled = Problem::unavailable(SOON).log("what the password opens changed each time it was looked at");
        self.uncounted(&attempt, async { Err(unsettled) }).await
    }

    /// What a login and a password open now.
    async fn look(&self, login: &str, password: &Typed) -> Result<Seen, Problem> {
        let known = person::credential(&self.db, login).await?;
        let kept = known.as_ref().and_then(|known| known.hash.as_deref());
        let checked = self.passwords.check(password, kept).await?;
        let opens = checked.fits && known.as_ref().is_some_and(|known| known.opens_at(self.clock.now()));
        let renewed = if opens && checked.outdated { Some(self.passwords.hash(password).await?) } else { None };
        Ok(Seen { known, opens, renewed })
    }

    /// Begins a session for what a password was seen to open, with a hash of today's cost to keep in place of the one it was compared
    /// with; `None` when it is no longer what was seen.
    async fn come_in(
        &self,
        (known, renewed): (&Credential, Option<&str>),
        attempt: &Attempt,
    ) -> Result<Option<Token>, Problem> {
        let now = self.clock.now();
        let mut tx = self.db.write().await?;
        // Looking at a password takes long enough for it to be replaced, its owner to be closed out or a second factor to be set up.
        let person = person::lock(&mut tx, known.person).await?;
        let Some(person) = person.filter(|_| known.opens_at(now)) else { return Ok(None) };
        if person::credential_in(&mut tx, person.id).await?.as_ref() != Some(known) {
            tx.rollback().await?;
            return Ok(None);
        }
        if let Some(hash) = renewed {
            person::renew_hash(&mut tx, person.id, known.hash.as_deref().unwrap_or_default(), hash).await?;
        }
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
        Ok(Some(token))
    }

    /// Goes on with a session whose password was given.
    pub async fn second_factor(&self, open: &Open, code: &str) -> Result<Begun, Problem> {
        let person = &open.person;
        let now = self.clock.now();
        let (attempt, used) = self.attempt(&person.login, factor::use_code(self, person, code, now)).await?;
        let Some(used) = used else {
            self.tell_failure(Draft::new(actor(person), Action::SecondFactor), &attempt);
            return Err(Problem::invalid_field("code", "wrong_code"));
        };
        let mut tx = self.db.write().await?;
        // Whoever ends all of somebody's sessions holds the person, so that none begins beside it.
        person::lock(&mut tx, person.id).await?;
        if !session::end(&mut tx, person.id, open.session.id).await? {
            // A session that was ended meanwhile is not replaced, and the code was right.
            attempt.withdraw(&mut tx).await?;
            tx.commit().await?;
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

    fn refuse(&self, known: Option<&Credential>, attempt: &Attempt) -> Problem {
        let event = by_nobody(Action::LoggedIn);
        let event = match known {
            Some(known) => event.on("user", &known.code),
            None => event.detail("known", false),
        };
        self.tell_failure(event, attempt);
        wrong()
    }

    /// Somebody at whose session something is asked, whom nobody else changes until the caller's transaction ends. Fails when the
    /// session was ended since: a new password and whoever closes an account end all there are.
    pub(crate) async fn hold_own(&self, tx: &mut Tx, open: &Open) -> Result<Person, Problem> {
        let person = person::lock(tx, open.person.id).await?;
        let stands = session::stands(tx, open.person.id, open.session.id).await?;
        person.filter(|person| stands && person.disabled_at.is_none()).ok_or_else(Problem::unauthorized)
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
