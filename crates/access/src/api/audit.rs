//! The audit log over HTTP.

pub mod export;
pub mod filter;
pub mod list;
pub mod view;
