//! Who is asking.
//!
//! Invariant: without a valid credential nothing but what is open is answered; one that is missing, malformed, repeated, too long or
//! unknown gets the same 401, and only the log knows why.

mod cache;
mod gate;
mod keys;
mod principal;
pub mod signature;
mod signed;
mod telling;

pub use cache::{Known, Verified, remembered};
pub use gate::{Gate, guard};
pub use keys::{API_KEY, Keys};
pub use principal::{CallerKind, Principal, Scopes, SiteScope};
pub use signed::{Nonces, SIGNATURE, Signatures, Signer, Signers, WINDOW_SECONDS};
pub use telling::replaced;

use axum::{
    extract::Request,
    http::{HeaderMap, Method},
};
use futures_util::future::BoxFuture;

use super::problem::Problem;
use crate::secrets::KeyText;

/// Knows which keys are valid.
pub trait KeyCheck: Send + Sync + 'static {
    /// Whose key it is, `None` when it opens nothing. An error only when that cannot be known now.
    fn check<'k>(&'k self, key: &'k KeyText) -> BoxFuture<'k, Result<Option<Known>, Problem>>;
}

/// One sort of credential: a key in a header, a token, the cookie of a session.
pub trait Proof: Send + Sync + 'static {
    /// Whether a request carries one of this sort. The first sort that it carries decides; no other is asked.
    fn is_offered(&self, headers: &HeaderMap) -> bool;

    /// Whether the one it carries was found good a moment ago, told without asking anybody. Whoever cannot tell says no.
    fn recalls(&self, _method: &Method, _headers: &HeaderMap) -> bool {
        false
    }

    /// Who it proves. When nobody: [`Problem::unauthorized`], with the reason in what the log keeps. A proof may read the body, and puts
    /// it back.
    fn prove<'r>(&'r self, request: &'r mut Request) -> BoxFuture<'r, Result<Principal, Problem>>;
}

#[cfg(test)]
mod tests;
