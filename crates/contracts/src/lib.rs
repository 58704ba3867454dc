//! What one role may ask of another.
//!
//! Invariant: a handful of operations for each role, each a method of one trait or desk; whether the other role lives in this process
//! or not is the choice of whoever wires them together, and no caller can tell but by the time it takes.

pub mod approval;
mod peer;
mod stock;
mod taken;
pub mod wire;

use std::{future::Future, pin::Pin};

use platform::http::Problem;

pub use peer::{Peer, PeerParts, TRIES};
pub use stock::{Remote, Standing, Stock, WAREHOUSE};
pub use taken::Taken;

/// Spanish texts of this crate.
pub const ES: &str = include_str!("../texts/es.ftl");
/// English texts of this crate.
pub const EN: &str = include_str!("../texts/en.ftl");

/// Makes the texts known. Any number of times.
pub fn register_texts() {
    platform::texts::register("contracts", ES, EN);
}

/// An answer to come.
pub type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T, Problem>> + Send + 'a>>;

#[cfg(test)]
mod tests {
    #[test]
    fn the_two_languages_agree_and_every_text_is_used() {
        let faults =
            platform::texts::audit::faults(super::ES, super::EN, std::path::Path::new(env!("CARGO_MANIFEST_DIR")));
        assert!(faults.is_empty(), "{faults:#?}");
    }
}
