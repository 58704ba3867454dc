//! How far a credential reaches, compared.
//!
//! Invariant: a reach is within another only when nothing of it is beyond: no permission, no site, no moment, no request a minute,
//! and no freedom from signing.

use domain::{Role, Timestamp};
use platform::http::{
    Principal,
    auth::{Scopes, SiteScope},
    problem::FieldError,
};
use store::api_key::Limits;

use crate::permission::{Permit, of_role, scopes_of_names};

/// How far a credential reaches.
#[derive(Debug, Clone)]
pub struct Reach {
    role: Role,
    grants: Scopes,
    sites: SiteScope,
    quota_per_minute: Option<u32>,
    ends_at: Option<Timestamp>,
    must_sign: bool,
}

/// The scopes of a key as permissions. A name that is none stands for nothing.
pub(super) fn scopes_of(limits: &Limits) -> Scopes {
    if limits.scopes.is_empty() {
        return Scopes::ALL;
    }
    scopes_of_names(&limits.scopes)
}

/// The sites of a key.
pub(super) fn sites_of(limits: &Limits) -> SiteScope {
    limits.sites.as_ref().map_or(SiteScope::All, SiteScope::only)
}

impl Reach {
    /// That of a caller.
    pub fn of_caller(principal: &Principal) -> Reach {
        Reach {
            role: principal.role,
            grants: principal.grants(),
            sites: principal.sites.clone(),
            quota_per_minute: principal.quota_per_minute,
            ends_at: principal.ends_at,
            must_sign: principal.must_sign,
        }
    }

    /// That of a key with that role, those limits and that end.
    pub fn of_key(role: Role, limits: &Limits, ends_at: Option<Timestamp>) -> Reach {
        Reach {
            role,
            grants: of_role(role).and(scopes_of(limits)),
            sites: sites_of(limits),
            quota_per_minute: limits.quota_per_minute,
            ends_at,
            must_sign: limits.require_signature,
        }
    }

    /// What of it is beyond `other`, by the field that says so.
    pub fn beyond(&self, other: &Reach) -> Vec<FieldError> {
        let quota = |reach: &Reach| reach.quota_per_minute.unwrap_or(u32::MAX);
        let end = |reach: &Reach| reach.ends_at.map_or(i64::MAX, Timestamp::micros);
        let faults = [
            // An owner may look after everybody, which is told by the role itself.
            ("role", !other.grants.covers(self.grants) || (self.role == Role::Owner && other.role != Role::Owner)),
            ("sites", !other.sites.covers(&self.sites)),
            ("quota_per_minute", quota(self) > quota(other)),
            ("expires_at", end(self) > end(other)),
            ("require_signature", other.must_sign && !self.must_sign),
        ];
        let beyond = faults.into_iter().filter(|(_, beyond)| *beyond);
        beyond.map(|(field, _)| FieldError::new(field, "more_than_yours")).collect()
    }
}

#[cfg(test)]
mod tests {
    use platform::http::auth::CallerKind;

    use super::*;
    use crate::permission::scopes_named;

    fn fields(role: Role, change: impl FnOnce(&mut Limits), ends_at: Option<i64>, caller: &Principal) -> Vec<String> {
        let mut limits = Limits { quota_per_minute: Some(60), require_signature: true, ..Limits::default() };
        limits.sites = Some(vec!["centro".to_owned()]);
        change(&mut limits);
        let reach = Reach::of_key(role, &limits, ends_at.map(Timestamp::from_micros));
        reach.beyond(&Reach::of_caller(caller)).into_iter().map(|error| error.field).collect()
    }

    #[test]
    fn whatever_is_beyond_the_caller_is_named() {
        let mut caller = Principal::new(CallerKind::Key, "k", "k", Role::Manager);
        caller.sites = SiteScope::only(["centro", "norte"]);
        (caller.quota_per_minute, caller.ends_at, caller.must_sign) = (Some(60), Some(Timestamp::from_micros(9)), true);
        let same = |_: &mut Limits| {};
        assert!(fields(Role::Manager, same, Some(9), &caller).is_empty());
        assert!(fields(Role::Cashier, same, Some(1), &caller).is_empty());
        assert_eq!(fields(Role::Manager, same, None, &caller), ["expires_at"]);
        assert_eq!(fields(Role::Owner, same, Some(9), &caller), ["role"]);
        assert_eq!(fields(Role::Manager, |l| l.sites = None, Some(9), &caller), ["sites"]);
        assert_eq!(fields(Role::Manager, |l| l.quota_per_minute = None, Some(9), &caller), ["quota_per_minute"]);
        assert_eq!(fields(Role::Manager, |l| l.require_signature = false, Some(9), &caller), ["require_signature"]);
        caller.scopes = scopes_named("read").unwrap();
        assert_eq!(fields(Role::Cashier, same, Some(9), &caller), ["role"]);
        assert!(fields(Role::Cashier, |l| l.scopes = vec!["read".to_owned()], Some(9), &caller).is_empty());
    }

    #[test]
    fn a_name_that_is_no_scope_opens_nothing() {
        let limits = Limits { scopes: vec!["everything".to_owned()], ..Limits::default() };
        assert_eq!(scopes_of(&limits), Scopes::NONE);
    }
}
