//! What is left behind by whoever does something that others may have to account for.
//!
//! Invariant: an event says who did what to what, from where and how it ended; it holds no secret. Once it is in the log only what
//! can name a person may be taken out of it, and the chain can still be proved (`canonical`).

mod action;
pub mod canonical;
mod event;

pub use action::Action;
pub use event::{Actor, ActorKind, Event, Link, Origin, Outcome, Record};
