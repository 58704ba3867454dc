//! The chain of a site: its head, its checkpoints, its proof, its closed days.
//!
//! Invariant: nothing here changes a posting; what is signed or closed can only be added to.

pub mod checkpoints;
pub mod close;
pub mod head;
pub mod sign;
pub mod verify;
