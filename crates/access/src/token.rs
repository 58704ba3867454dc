//! Short-lived tokens (RFC 7519), signed with Ed25519 (RFC 8037).
//!
//! Invariant: one algorithm, which the token does not choose (the older system's tokens have theirs, and open its paths alone); a token lives eight hours at most, may less than whoever it was made for,
//! and ends with it.

mod claims;
pub(crate) mod codec;
mod desk;
mod keys;
mod older;
pub(crate) mod proof;

pub use claims::{Claims, MOST_SECONDS};
pub use desk::{Asked, Issued, TokenDesk};
pub use keys::TokenKeys;
pub use older::OlderTokens;
pub use proof::Tokens;
