//! Starting, stopping, and what runs beside the requests.
//!
//! Invariant: once told to stop we are not ready, take nothing new, and end within a bounded time; a background task that
//! panics is logged, counted and named, and takes nothing else with it.

mod manager;
mod server;
mod shutdown;
mod tasks;

use std::any::Any;

pub use manager::Manager;
pub use server::{Bounds, OverTls, Server, ServerError, open_connections};
pub use shutdown::Shutdown;
pub use tasks::Tasks;

/// The words a panic came with.
pub fn panic_message(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("a panic without words")
}
