//! Helping somebody who cannot come in.

use domain::audit::Action;
use platform::http::{Problem, auth::SiteScope};
use store::person::{self, Password, Person};

use super::{authority::hold, one_time_until};
use crate::Doer;
use crate::{
    Access, factor,
    login::end_others,
    password::{self, Typed},
};

impl Access {
    /// Gives somebody a password to replace, which nobody can be told again. Their sessions end.
    pub async fn reset_password(
        &self,
        doer: Doer<'_>,
        (person, sites): (&Person, &SiteScope),
    ) -> Result<Typed, Problem> {
        doer.may_handle(person, sites)?;
        let password = password::one_time().map_err(|error| Problem::internal(&error))?;
        let hash = self.passwords.hash(&password).await?;
        let now = self.clock.now();
        let kept = Password { hash, set_at: now, one_time: true, usable_until: Some(one_time_until(now)) };
        let mut tx = self.db.write().await?;
        let (person, _) = &hold(&mut tx, doer, person.id).await?;
        person::set_password(&mut tx, person.id, &kept).await?;
        end_others(&mut tx, person, None).await?;
        self.let_try_again(&mut tx, &person.login).await?;
        doer.event(Action::PasswordChanged).on("user", &person.code).detail("reset", true).write(&mut tx, now).await?;
        tx.commit().await?;
        self.forget_sessions();
        Ok(password)
    }

    /// Takes somebody's second factor off, so that they can set up another. Their sessions end. Whether there was one.
    pub async fn reset_factor(&self, doer: Doer<'_>, (person, sites): (&Person, &SiteScope)) -> Result<bool, Problem> {
        doer.may_handle(person, sites)?;
        let now = self.clock.now();
        let mut tx = self.db.write().await?;
        let (person, _) = &hold(&mut tx, doer, person.id).await?;
        let there = factor::forget(&mut tx, person).await?;
        end_others(&mut tx, person, None).await?;
        doer.event(Action::SecondFactorChanged)
            .on("user", &person.code)
            .detail("now", "reset")
            .write(&mut tx, now)
            .await?;
        tx.commit().await?;
        self.forget_sessions();
        Ok(there)
    }

    /// Lets somebody who failed too often try again at once. Whether they had failed of late.
    pub async fn unlock(&self, doer: Doer<'_>, (person, sites): (&Person, &SiteScope)) -> Result<bool, Problem> {
        doer.may_handle(person, sites)?;
        let mut tx = self.db.write().await?;
        let (person, _) = &hold(&mut tx, doer, person.id).await?;
        let failed = self.let_try_again(&mut tx, &person.login).await?;
        if failed {
            let event = doer.event(Action::UserUpdated).on("user", &person.code).detail("unlocked", true);
            event.write(&mut tx, self.clock.now()).await?;
        }
        tx.commit().await?;
        Ok(failed)
    }
}
