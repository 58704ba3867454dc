//! Changing what somebody is, and closing them out.

use domain::{Role, audit::Action};
use platform::http::{Problem, auth::SiteScope};
use store::person::{self, Particulars, Person};

use super::{
    add::shown,
    authority::{hold, hold_owners, spare_last_owner},
};
use crate::Doer;
use crate::{
    Access,
    contact::{self, Contact},
    login::end_others,
};

/// What changes of somebody. `None` leaves it as it is.
#[derive(Debug, Clone, Default)]
pub struct UserChange {
    /// What others know them by.
    pub name: Option<String>,
    /// What they are in the shop.
    pub role: Option<Role>,
    /// Where they work.
    pub sites: Option<SiteScope>,
    /// The language they read; `Some(None)` for the installation's.
    pub language: Option<Option<String>>,
    /// How to reach them.
    pub contact: Contact,
}

impl Access {
    /// Changes what somebody is; `seen` is the version that the caller means to change. With another role or other sites their sessions
    /// end.
    pub async fn change_user(
        &self,
        doer: Doer<'_>,
        (person, sites): (&Person, &SiteScope),
        change: &UserChange,
        seen: i64,
    ) -> Result<(), Problem> {
        doer.may_handle(person, sites)?;
        let role = change.role.or_else(|| Role::named(&person.role)).ok_or_else(|| Problem::bug("a role"))?;
        let to_sites = change.sites.as_ref().unwrap_or(sites);
        doer.may_give(role, to_sites)?;
        let numbers = self.numbers_of(to_sites).await?;
        let now = self.clock.now();
        let mut tx = self.db.write().await?;
        if role != Role::Owner {
            hold_owners(&mut tx).await?;
        }
        let (before, sites) = &hold(&mut tx, doer, person.id).await?;
        if before.version != seen {
            return Err(Problem::stale());
        }
        if role != Role::Owner {
            spare_last_owner(&mut tx, before, now).await?;
        }
        let after = Particulars {
            name: change.name.clone().unwrap_or_else(|| before.name.clone()),
            role: role.name().to_owned(),
            language: change.language.clone().unwrap_or_else(|| before.language.clone()),
        };
        let moved = after.role != before.role || numbers != before.sites;
        person::update(&mut tx, before.id, &after).await?;
        person::set_sites(&mut tx, before.id, numbers.as_deref()).await?;
        let action = if moved { Action::UserRoleChanged } else { Action::UserUpdated };
        let event = doer.event(action).on("user", &before.code);
        let event =
            event.change("name", &before.name, &after.name).change("language", &before.language, &after.language);
        let event = event.change("role", &before.role, &after.role).change("sites", shown(sites), shown(to_sites));
        let event = contact::keep(self, &mut tx, before, &change.contact).await?.told(event);
        if moved {
            end_others(&mut tx, before, None).await?;
        }
        event.write(&mut tx, now).await?;
        tx.commit().await?;
        self.forget_sessions();
        Ok(())
    }

    /// Closes somebody out, or lets them in again.
    pub async fn set_user_disabled(
        &self,
        doer: Doer<'_>,
        (person, sites): (&Person, &SiteScope),
        disabled: bool,
    ) -> Result<(), Problem> {
        doer.may_handle(person, sites)?;
        let now = self.clock.now();
        let mut tx = self.db.write().await?;
        if disabled {
            hold_owners(&mut tx).await?;
        }
        let (before, _) = &hold(&mut tx, doer, person.id).await?;
        if before.disabled_at.is_some() == disabled {
            return Ok(tx.rollback().await?);
        }
        if disabled {
            spare_last_owner(&mut tx, before, now).await?;
        }
        person::set_disabled(&mut tx, before.id, disabled.then_some(now)).await?;
        end_others(&mut tx, before, None).await?;
        let action = if disabled { Action::UserDisabled } else { Action::UserEnabled };
        doer.event(action).on("user", &before.code).write(&mut tx, now).await?;
        tx.commit().await?;
        self.forget_sessions();
        Ok(())
    }
}
