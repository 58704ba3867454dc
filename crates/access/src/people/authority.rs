//! Who may look after whose account.

use domain::{Role, Timestamp};
use platform::http::{Problem, auth::SiteScope};
use store::{
    Tx,
    person::{self, Person},
};
use uuid::Uuid;

use crate::Doer;

/// The roles a person may have: every one but that of programs.
pub const PERSONS: [Role; 7] =
    [Role::Owner, Role::Manager, Role::StockKeeper, Role::Cashier, Role::Accountant, Role::Auditor, Role::Operator];

/// The roles that whoever has `role` may give and take.
pub const fn assignable(role: Role) -> &'static [Role] {
    match role {
        Role::Owner => &PERSONS,
        Role::Manager => &[Role::StockKeeper, Role::Cashier],
        _ => &[],
    }
}

impl Doer<'_> {
    /// Fails unless they may give that role at those sites.
    pub(super) fn may_give(&self, role: Role, sites: &SiteScope) -> Result<(), Problem> {
        let Doer::Caller(principal) = self else { return Ok(()) };
        if !assignable(principal.role).contains(&role) {
            return Err(Problem::invalid_field("role", "role_not_yours_to_give"));
        }
        if !principal.sites.covers(sites) {
            return Err(Problem::invalid_field("sites", "sites_not_yours_to_give"));
        }
        Ok(())
    }

    /// Fails unless they may look after that account. One they may not know of is not there.
    pub(super) fn may_handle(&self, person: &Person, sites: &SiteScope) -> Result<(), Problem> {
        if person.erased_at.is_some() {
            return Err(Problem::conflict("account_erased"));
        }
        let Doer::Caller(principal) = self else { return Ok(()) };
        if !principal.sites.covers(sites) {
            return Err(Problem::not_found(person.login.as_str()));
        }
        if *principal.key_id == *person.code {
            return Err(Problem::conflict("not_yourself"));
        }
        let role = Role::named(&person.role);
        if role.is_some_and(|role| assignable(principal.role).contains(&role)) {
            Ok(())
        } else {
            Err(Problem::forbidden())
        }
    }
}

/// Somebody as they are now and where they work; nobody else changes them until the caller's transaction ends. Fails unless `doer` may
/// look after what they are by now: they may have been given another role while a password was hashed.
pub(super) async fn hold(tx: &mut Tx, doer: Doer<'_>, id: Uuid) -> Result<(Person, SiteScope), Problem> {
    let person = person::lock(tx, id).await?.ok_or_else(Problem::stale)?;
    let sites = match person.sites {
        None => SiteScope::All,
        Some(_) => SiteScope::only(person::site_codes(tx, id).await?),
    };
    doer.may_handle(&person, &sites)?;
    Ok((person, sites))
}

/// Holds every owner, for what may leave the shop with one less. Before [`hold`], in the order in which whoever needs both takes them.
pub(crate) async fn hold_owners(tx: &mut Tx) -> Result<(), Problem> {
    Ok(person::lock_role(tx, Role::Owner.name()).await?)
}

/// Fails when somebody who is held, as are the owners, is the last owner who can come in: nobody would be left to look after the shop.
/// Two owners closing each other out at once wait for each other, and the later is refused.
pub(crate) async fn spare_last_owner(tx: &mut Tx, person: &Person, now: Timestamp) -> Result<(), Problem> {
    let owner = Role::Owner.name();
    if person.role != owner || person.disabled_at.is_some() {
        return Ok(());
    }
    match person::count_able(tx, owner, Some(person.id), now).await? {
        0 => Err(Problem::conflict("last_owner")),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_gives_more_than_they_have() {
        for role in Role::ALL {
            assert!(!assignable(role).contains(&Role::Service), "a person is no program");
            let above = [Role::Owner, Role::Operator, Role::Manager, Role::Auditor, Role::Accountant];
            if role != Role::Owner {
                assert!(above.iter().all(|above| !assignable(role).contains(above)), "{}", role.name());
            }
        }
    }
}
