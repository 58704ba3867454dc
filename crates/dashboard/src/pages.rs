//! One file per page.
//!
//! Invariant: a page reads everything it shows before it writes anything, so that it is answered whole or not at all.

pub(crate) mod account;
pub(crate) mod approvals;
pub(crate) mod code;
pub(crate) mod enter;
pub(crate) mod factor;
pub(crate) mod failure;
pub(crate) mod home;
pub(crate) mod password;
pub(crate) mod people;
