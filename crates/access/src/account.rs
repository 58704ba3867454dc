//! What people change of their own: password, particulars, sessions.
//!
//! Invariant: whoever sits down at a screen somebody left open cannot take the account over: what would is asked for with the
//! password, and a new password ends every session.

use domain::audit::Action;
use platform::{audit::Draft, http::Problem};
use store::{
    person::{self, Particulars, Password},
    session::{self, Session},
};
use uuid::Uuid;

use crate::{
    Access, contact,
    contact::Contact,
    login::{Begun, end_others},
    password::{self, Typed},
    session::{Duty, Open, actor, over},
};

/// What somebody wants their own particulars to be.
#[derive(Debug, Clone, Default)]
pub struct OwnChange {
    /// What others know them by.
    pub name: Option<String>,
    /// The language they read; `Some(None)` for the installation's.
    pub language: Option<Option<String>>,
    /// How to reach them.
    pub contact: Contact,
}

impl Access {
    /// Fails unless it is the password of whose session it is. Failures count like those of coming in.
    pub async fn prove_password(&self, open: &Open, password: &Typed) -> Result<(), Problem> {
        let person = &open.person;
        let look = async {
            let kept = person::password(&self.db, person.id).await?;
            self.passwords.check(password, kept.as_ref().map(|kept| kept.hash.as_str())).await
        };
        let (attempt, checked) = self.attempt(&person.login, look).await?;
        if !checked.fits {
            self.tell_failure(Draft::new(actor(person), Action::LoggedIn).detail("again", true), &attempt);
            return Err(Problem::invalid_field("current_password", "wrong_password"));
        }
        let mut tx = self.db.write().await?;
        attempt.withdraw(&mut tx).await?;
        Ok(tx.commit().await?)
    }

    /// Fails unless it is the password of whose session it is, which is not asked of whoever has that to do before anything else.
    pub(crate) async fn prove_unless(&self, duty: Duty, open: &Open, present: Option<&Typed>) -> Result<(), Problem> {
        match present {
            Some(present) => self.prove_password(open, present).await,
            None if open.duty == Some(duty) => Ok(()),
            None => Err(Problem::invalid_field("current_password", "required")),
        }
    }

    /// Gives somebody the password they choose. Every session of theirs ends; the one asked from goes on under a new token. The present
    /// password is asked for, except of whoever has just come in with one that was made for them.
    pub async fn change_password(
        &self,
        open: &Open,
        present: Option<&Typed>,
        wanted: &Typed,
    ) -> Result<Begun, Problem> {
        self.prove_unless(Duty::Password, open, present).await?;
        self.accept(open, wanted).await?;
        let hash = self.passwords.hash(wanted).await?;
        let now = self.clock.now();
        let mut tx = self.db.write().await?;
        // Whoever gave them another password meanwhile also ended this session.
        let person = &self.hold_own(&mut tx, open).await?;
        let kept = Password { hash, set_at: now, one_time: false, usable_until: None };
        person::set_password(&mut tx, person.id, &kept).await?;
        let ended = end_others(&mut tx, person, None).await?;
        let token = self.begin(&mut tx, person.id, true).await?;
        let event = Draft::new(actor(person), Action::PasswordChanged).detail("sessions_ended", ended);
        event.write(&mut tx, now).await?;
        tx.commit().await?;
        self.forget_sessions();
        self.begun(token).await
    }

    /// Fails when a password is not one that may be chosen.
    async fn accept(&self, open: &Open, wanted: &Typed) -> Result<(), Problem> {
        let person = &open.person;
        if let Some(fault) = password::fault(wanted, &[&person.login, &person.name]) {
            return Err(fault.at("new_password").into());
        }
        let kept = person::password(&self.db, person.id).await?;
        let same = self.passwords.check(wanted, kept.as_ref().map(|kept| kept.hash.as_str())).await?.fits;
        if same { Err(Problem::invalid_field("new_password", "password_same")) } else { Ok(()) }
    }

    /// Somebody's sessions that are not over, the newest first.
    pub async fn sessions(&self, open: &Open) -> Result<Vec<Session>, Problem> {
        Ok(session::list(&self.db, open.person.id, over(self.clock.now())).await?)
    }

    /// Ends one of somebody's own sessions; `false` when they have none such.
    pub async fn end_session(&self, open: &Open, id: Uuid) -> Result<bool, Problem> {
        let mut tx = self.db.write().await?;
        let ended = session::end(&mut tx, open.person.id, id).await?;
        if ended {
            let event = Draft::new(actor(&open.person), Action::SessionsEnded).detail("sessions", 1);
            event.write(&mut tx, self.clock.now()).await?;
        }
        tx.commit().await?;
        self.forget_sessions();
        Ok(ended)
    }

    /// Ends all of somebody's own sessions but the one asked from; gives how many.
    pub async fn end_other_sessions(&self, open: &Open) -> Result<u64, Problem> {
        let mut tx = self.db.write().await?;
        let ended = end_others(&mut tx, &open.person, Some(open.session.id)).await?;
        if ended > 0 {
            let event = Draft::new(actor(&open.person), Action::SessionsEnded).detail("sessions", ended);
            event.write(&mut tx, self.clock.now()).await?;
        }
        tx.commit().await?;
        self.forget_sessions();
        Ok(ended)
    }

    /// How to reach somebody, for their own eyes.
    pub async fn own_contact(&self, open: &Open) -> Result<contact::Reached, Problem> {
        contact::reach(&self.vault, &open.person, &open.person.code).await
    }

    /// Changes somebody's own particulars.
    pub async fn change_own(&self, open: &Open, change: &OwnChange) -> Result<(), Problem> {
        let now = self.clock.now();
        let mut tx = self.db.write().await?;
        let before = self.hold_own(&mut tx, open).await?;
        let after = Particulars {
            name: change.name.clone().unwrap_or_else(|| before.name.clone()),
            role: before.role.clone(),
            language: change.language.clone().unwrap_or_else(|| before.language.clone()),
        };
        person::update(&mut tx, before.id, &after).await?;
        let event = Draft::new(actor(&before), Action::UserUpdated).on("user", &before.code);
        let event =
            event.change("name", &before.name, &after.name).change("language", &before.language, &after.language);
        let event = contact::keep(self, &mut tx, &before, &change.contact).await?.told(event);
        event.write(&mut tx, now).await?;
        tx.commit().await?;
        self.forget_sessions();
        Ok(())
    }
}
