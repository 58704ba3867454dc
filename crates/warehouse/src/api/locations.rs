//! The places inside a site.
//!
//! Invariant: the virtual counterparts of a site are shown with its places but are not made by people.

pub mod create;
pub mod list;
pub mod view;
