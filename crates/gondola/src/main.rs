//! `gondola`: one program that is the server, its tools and its demonstration.
//!
//! Invariant: this file chooses a command and turns its outcome into an exit code; nothing else.

mod backup;
mod cli;
mod demo;
mod roles;
mod wiring;

use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    cli::run()
}
