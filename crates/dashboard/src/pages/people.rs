//! Looking after people's accounts.

pub(crate) mod edit;
pub(crate) mod list;
pub(crate) mod new;
mod shape;
