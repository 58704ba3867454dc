//! The caller, once known.
//!
//! Invariant: found in a request only after its credential was verified.

use std::{convert::Infallible, sync::Arc};

use axum::{
    extract::{FromRequestParts, OptionalFromRequestParts},
    http::request::Parts,
};
use domain::{Role, Timestamp};

use crate::http::problem::Problem;

/// What proved who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallerKind {
    /// A key.
    Key,
    /// A person's session.
    User,
    /// A short-lived token.
    Token,
    /// The one key of the older system's dashboard.
    OlderKey,
    /// Another node or role of ours.
    Service,
}

impl CallerKind {
    /// Its name in logs and documents.
    pub const fn name(self) -> &'static str {
        match self {
            CallerKind::Key => "key",
            CallerKind::User => "user",
            CallerKind::Token => "token",
            CallerKind::OlderKey => "older_key",
            CallerKind::Service => "service",
        }
    }
}

/// Whose data a caller may know of.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum SiteScope {
    /// Every site's, those to come too.
    #[default]
    All,
    /// That of the sites of these codes.
    Only(Arc<[Box<str>]>),
}

impl SiteScope {
    /// The sites of these codes.
    pub fn only<S: AsRef<str>>(codes: impl IntoIterator<Item = S>) -> SiteScope {
        SiteScope::Only(codes.into_iter().map(|code| Box::from(code.as_ref())).collect())
    }

    /// The codes of those sites; nothing when they are all.
    pub fn codes(&self) -> Option<Vec<String>> {
        match self {
            SiteScope::All => None,
            SiteScope::Only(codes) => Some(codes.iter().map(ToString::to_string).collect()),
        }
    }

    /// Whether the site of that code is among them.
    pub fn includes(&self, code: &str) -> bool {
        match self {
            SiteScope::All => true,
            SiteScope::Only(codes) => codes.iter().any(|own| **own == *code),
        }
    }

    /// Whether everything of `other` is among them.
    pub fn covers(&self, other: &SiteScope) -> bool {
        match (self, other) {
            (SiteScope::All, _) => true,
            (SiteScope::Only(_), SiteScope::All) => false,
            (SiteScope::Only(_), SiteScope::Only(codes)) => codes.iter().all(|code| self.includes(code)),
        }
    }
}

/// What a credential is limited to, whatever its role may do: permissions by number, as the table of permissions counts them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scopes(u128);

impl Scopes {
    /// No limit.
    pub const ALL: Scopes = Scopes(u128::MAX);
    /// Nothing.
    pub const NONE: Scopes = Scopes(0);

    /// These and the permission of that number; there are 128.
    #[must_use]
    pub const fn with(self, number: u8) -> Scopes {
        Scopes(self.0 | 1_u128 << (number & 127))
    }

    /// What is in either.
    #[must_use]
    pub const fn or(self, other: Scopes) -> Scopes {
        Scopes(self.0 | other.0)
    }

    /// Whether nothing is in it.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// What is in both.
    #[must_use]
    pub const fn and(self, other: Scopes) -> Scopes {
        Scopes(self.0 & other.0)
    }

    /// Whether the permission of that number is in it.
    pub const fn contains(self, number: u8) -> bool {
        self.0 >> (number & 127) & 1 == 1
    }

    /// Whether everything of `other` is in it.
    pub const fn covers(self, other: Scopes) -> bool {
        other.0 & !self.0 == 0
    }
}

/// Who a request comes from. As an extractor it answers 401 where there is nobody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal {
    /// What proved it.
    pub kind: CallerKind,
    /// Public name of the credential: of a key its public part. What logs and limits go by.
    pub key_id: Arc<str>,
    /// What the key, person or service is called.
    pub name: Arc<str>,
    /// What it is in the shop.
    pub role: Role,
    /// Whose data it may know of.
    pub sites: SiteScope,
    /// What it is limited to.
    pub scopes: Scopes,
    /// Requests a minute it may make, when that was said.
    pub quota_per_minute: Option<u32>,
    /// When the credential ends for good, when that was said.
    pub ends_at: Option<Timestamp>,
    /// Whether it opens nothing but for requests that it signed.
    pub must_sign: bool,
    /// The token it came with, by its name.
    pub token: Option<Arc<str>>,
}

impl Principal {
    /// Somebody with all that a role may do, at every site.
    pub fn new(kind: CallerKind, key_id: &str, name: &str, role: Role) -> Principal {
        Principal {
            kind,
            key_id: key_id.into(),
            name: name.into(),
            role,
            sites: SiteScope::All,
            scopes: Scopes::ALL,
            quota_per_minute: None,
            ends_at: None,
            must_sign: false,
            token: None,
        }
    }

    /// Fails for whoever is limited to sites: what is of no site, or of all of them, is not theirs.
    pub fn everywhere(&self) -> Result<(), Problem> {
        match self.sites {
            SiteScope::All => Ok(()),
            SiteScope::Only(_) => Err(Problem::forbidden().log("limited to sites")),
        }
    }

    /// What is written down for good as who did it: of a person what stands for them and names nobody, so that their name can be taken out
    /// later; of a program what it is called.
    pub fn signature(&self) -> &str {
        match self.kind {
            CallerKind::User => &self.key_id,
            _ => &self.name,
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Principal {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Principal, Problem> {
        parts.extensions.get::<Principal>().cloned().ok_or_else(Problem::unauthorized)
    }
}

impl<S: Send + Sync> OptionalFromRequestParts<S> for Principal {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Option<Principal>, Infallible> {
        Ok(parts.extensions.get::<Principal>().cloned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_covers_what_is_no_wider() {
        let only = |codes: &[&str]| SiteScope::only(codes);
        for (own, other, expected) in [
            (SiteScope::All, SiteScope::All, true),
            (SiteScope::All, only(&["a"]), true),
            (only(&["a"]), SiteScope::All, false),
            (only(&["a", "b"]), only(&["b"]), true),
            (only(&["a"]), only(&["a", "b"]), false),
            (only(&[]), only(&[]), true),
        ] {
            assert_eq!(own.covers(&other), expected, "{own:?} {other:?}");
        }
        assert!(only(&["a"]).includes("a") && !only(&["ab"]).includes("a") && SiteScope::All.includes("z"));
    }

    #[test]
    fn a_person_signs_with_what_names_nobody() {
        let of = |kind| Principal::new(kind, "p-1", "ana", Role::Cashier).signature().to_owned();
        assert_eq!(of(CallerKind::User), "p-1");
        assert_eq!(of(CallerKind::Key), "ana");
    }

    #[test]
    fn scopes_are_counted_by_number() {
        let some = Scopes::NONE.with(0).with(127);
        assert!(some.contains(0) && some.contains(127) && !some.contains(1));
        assert!(Scopes::ALL.covers(some) && !some.covers(Scopes::ALL) && some.covers(Scopes::NONE));
        assert_eq!(some.and(Scopes::NONE.with(127)), Scopes::NONE.with(127));
    }
}
