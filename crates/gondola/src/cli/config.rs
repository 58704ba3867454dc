//! `gondola config print`.

use std::process::ExitCode;

use clap::{Args, Subcommand};
use platform::config::Settings;

use super::Outcome;

/// What to do with the settings.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// Print those in force, as a file that could be read back; secrets are hidden.
    Print(Print),
}

/// How to print them.
#[derive(Args)]
pub(crate) struct Print {
    /// As JSON.
    #[arg(long)]
    json: bool,
}

/// Runs it.
pub(crate) fn run(command: &Command, settings: &Settings) -> Outcome {
    let Command::Print(how) = command;
    if how.json {
        answer!("{}", settings.to_json());
    } else {
        answer!("{}", settings.to_toml().trim_end());
    }
    Ok(ExitCode::SUCCESS)
}
