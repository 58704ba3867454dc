//! `gondola config print`.

use std::process::ExitCode;

use clap::Subcommand;
use platform::config::Settings;

use super::Outcome;

/// What to do with the settings.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// Print those in force, as a file that could be read back; secrets are hidden.
    Print,
}

/// Runs it.
pub(crate) fn run(command: &Command, settings: &Settings) -> Outcome {
    match command {
        Command::Print => print!("{}", settings.to_toml()),
    }
    Ok(ExitCode::SUCCESS)
}
