//! Who asks, by the certificate that the connection showed.
//!
//! Invariant: a certificate of the authority is not enough, since others have some too: it counts when the settings name whom it is for.

use std::sync::Arc;

use axum::{
    extract::Request,
    http::{HeaderMap, HeaderName},
};
use futures_util::{FutureExt, future::BoxFuture};
use platform::{
    http::{Principal, Problem, auth::Proof},
    lifecycle::OverTls,
};

use super::{between_roles, principal};

/// The role that asks, by its name. Proves nothing by itself.
pub const CALLER: HeaderName = HeaderName::from_static("x-gondola-role");

/// Proves who asks by a certificate. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Certificates {
    names: Arc<[String]>,
    roles: Arc<[&'static str]>,
}

impl Certificates {
    /// Those for one of these subjects (`CN=…`), shown by one of these roles.
    pub fn new(names: Vec<String>, roles: &[&'static str]) -> Certificates {
        Certificates { names: names.into(), roles: roles.into() }
    }

    fn check(&self, request: &Request) -> Result<Principal, Problem> {
        let refused = |reason: &'static str| Problem::unauthorized().log(reason);
        between_roles(request)?;
        let shown = request.extensions().get::<OverTls>().and_then(|over| over.client.clone());
        let shown = shown.ok_or_else(|| refused("a role without a token or a certificate"))?;
        if !self.names.iter().any(|name| **name == *shown) {
            return Err(refused("a certificate that no role of ours has"));
        }
        let mut given = request.headers().get_all(CALLER).iter();
        let name = match (given.next(), given.next()) {
            (Some(name), None) => name.to_str().ok(),
            _ => None,
        };
        let role = self.roles.iter().find(|role| Some(**role) == name).ok_or_else(|| refused("no role of ours"))?;
        Ok(principal(role))
    }
}

impl Proof for Certificates {
    fn is_offered(&self, headers: &HeaderMap) -> bool {
        headers.contains_key(CALLER)
    }

    fn prove<'r>(&'r self, request: &'r mut Request) -> BoxFuture<'r, Result<Principal, Problem>> {
        std::future::ready(self.check(request)).boxed()
    }
}
