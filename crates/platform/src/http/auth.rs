//! Who is asking.
//!
//! Invariant: without a valid key nothing but the listed paths is answered; a credential that is missing, malformed, repeated,
//! too long or unknown gets the same 401.

mod cache;
mod gate;
mod keys;
mod principal;

pub use gate::{Gate, guard};
pub use keys::StoredKeys;
pub use principal::Principal;

use futures_util::future::BoxFuture;

use super::problem::Problem;
use crate::secrets::KeyText;

/// Knows which keys are valid.
pub trait KeyCheck: Send + Sync + 'static {
    /// Whose key it is, `None` when it opens nothing. An error only when that cannot be known now.
    fn check<'k>(&'k self, key: &'k KeyText) -> BoxFuture<'k, Result<Option<Principal>, Problem>>;
}

#[cfg(test)]
mod tests;
