//! What waits for a second person.

pub(crate) mod list;
pub(crate) mod one;
mod shape;
