//! What waits for a second person.
//!
//! Invariant: who may decide is the desk's to say; a handler here words what it says.

pub mod approve;
pub mod get;
pub mod list;
pub mod reject;
pub mod view;
