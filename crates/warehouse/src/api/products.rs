//! Products: making them, reading, changing and finding them.
//!
//! Invariant: a product is shown alike wherever it is shown.

pub mod body;
pub mod create;
pub mod deactivate;
pub mod get;
pub mod list;
pub mod lookup;
pub mod search;
pub mod update;
pub mod view;
