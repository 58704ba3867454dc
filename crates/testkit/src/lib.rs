//! Real servers for tests: PostgreSQL, Redis, an object store, Prometheus, a browser, and our own binary, started privately and stopped on demand.
//!
//! Invariant: what a test needs is started or the test fails saying how to install it; nothing is skipped, and nothing that was
//! started outlives its test except the shared PostgreSQL, which stops by itself once nobody uses it.
//!
//! Everything here blocks: the servers are other processes, so a test on a runtime loses nothing by waiting for them.

pub mod balancer;
pub mod binary;
pub mod browser;
pub mod clock;
pub mod collector;
pub mod home;
pub mod http;
pub mod line;
pub mod model;
pub mod monitoring;
pub mod objects;
pub mod older;
pub mod postgres;
pub mod process;
pub mod redis;

pub use anyhow::Result;

/// The folder of the checkout, whatever crate asks.
pub fn workspace_root() -> std::path::PathBuf {
    let crates = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2);
    crates.unwrap_or_else(|| std::path::Path::new(".")).to_path_buf()
}

/// The end of a log, for a message.
pub(crate) fn last_lines(text: &str, count: usize) -> String {
    let mut lines: Vec<&str> = text.lines().rev().take(count).collect();
    lines.reverse();
    lines.join("\n")
}
