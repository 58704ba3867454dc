//! Looking after other people's accounts.

pub mod create;
pub mod get;
pub mod help;
pub mod list;
pub mod read;
pub mod state;
pub mod update;
pub mod view;
