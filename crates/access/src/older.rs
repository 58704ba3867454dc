//! The one key of the older system's dashboard, so that what reads it goes on working.
//!
//! Invariant: there is none unless the operator set it; it reads the older system's paths and nothing else.

use axum::{extract::Request, http::HeaderMap};
use futures_util::{FutureExt, future::BoxFuture};
use platform::{
    http::{
        Principal, Problem,
        auth::{API_KEY, CallerKind, Proof},
    },
    secret::Secret,
    secrets::{digest, same},
};

use crate::{Permission, Role};

/// Proves who asks by the older key.
pub struct OlderKey {
    digest: [u8; 32],
    principal: Principal,
}

impl OlderKey {
    /// That key.
    pub fn new(key: &Secret) -> OlderKey {
        let mut principal = Principal::new(CallerKind::OlderKey, "older", "DASHBOARD_API_KEY", Role::Auditor);
        principal.scopes = Permission::CompatRead.scope();
        OlderKey { digest: digest(key.expose().as_bytes()), principal }
    }
}

impl Proof for OlderKey {
    /// Any other key is left to whoever knows those.
    fn is_offered(&self, headers: &HeaderMap) -> bool {
        let mut given = headers.get_all(API_KEY).iter();
        match (given.next(), given.next()) {
            (Some(key), None) => same(&digest(key.as_bytes()), &self.digest),
            _ => false,
        }
    }

    fn prove<'r>(&'r self, _request: &'r mut Request) -> BoxFuture<'r, Result<Principal, Problem>> {
        std::future::ready(Ok(self.principal.clone())).boxed()
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;
    use crate::Permit;

    #[test]
    fn it_reads_the_older_paths_and_nothing_else() {
        let key = OlderKey::new(&Secret::new("una-clave-de-antes"));
        let may: Vec<_> = Permission::ALL.iter().filter(|permission| key.principal.may(**permission)).collect();
        assert_eq!(may, [&Permission::CompatRead]);
    }

    #[test]
    fn only_that_very_key_once_is_it() {
        let key = OlderKey::new(&Secret::new("una-clave-de-antes"));
        let headers = |given: &[&[u8]]| {
            let pairs = given.iter().map(|given| (API_KEY, HeaderValue::from_bytes(given).unwrap()));
            HeaderMap::from_iter(pairs.collect::<Vec<_>>())
        };
        assert!(key.is_offered(&headers(&[b"una-clave-de-antes"])));
        let mut twice = headers(&[b"una-clave-de-antes"]);
        twice.append(API_KEY, HeaderValue::from_static("una-clave-de-antes"));
        assert!(!key.is_offered(&twice));
        for other in [&b""[..], b"una-clave-de-antes ", b"UNA-CLAVE-DE-ANTES", b"\xff"] {
            assert!(!key.is_offered(&headers(&[other])), "{other:?}");
        }
        assert!(!key.is_offered(&HeaderMap::new()));
    }
}
