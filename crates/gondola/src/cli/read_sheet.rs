//! `gondola read-sheet`, which the program starts itself when a workbook is imported.
//!
//! Invariant: limited before it looks at the first byte; nothing is opened, read or written but its standard streams.

use std::{
    io::{BufWriter, stdin, stdout},
    process::{Command, ExitCode},
};

use clap::Args;
use platform::machine::limit_process;
use warehouse::imports::table::{Format, apart};

/// What it may take: memory for the largest sheet there can be, and time to read it on a slow machine.
const MEMORY_BYTES: u64 = 2 << 30;
const SECONDS: u64 = 120;

/// What to read.
#[derive(Args)]
pub(crate) struct Arguments {
    /// The format of the workbook on standard input.
    format: String,
}

/// Has sheets read by this program in a process of its own.
pub(crate) fn stand_ready() {
    // The very file that runs, also when it was replaced by a newer one meanwhile.
    apart::read_by(|| {
        let mut command = Command::new("/proc/self/exe");
        command.arg("read-sheet");
        command
    });
}

/// Reads a workbook from standard input.
pub(crate) fn run(arguments: &Arguments) -> ExitCode {
    let Some(format) = Format::from_name(&arguments.format) else { return ExitCode::FAILURE };
    let read = limit_process(MEMORY_BYTES, SECONDS)
        .and_then(|()| apart::serve(format, stdin().lock(), BufWriter::new(stdout().lock())));
    match read {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            remark!("error: {error}");
            ExitCode::FAILURE
        }
    }
}
