//! What commands print.
//!
//! Invariant: whoever stops reading standard output (`| head`) ends the command quietly, with the code a shell gives for it; a
//! closed standard error ends nothing.

use std::{
    fmt,
    io::{self, Write},
    process::exit,
};

/// 128 and the number of SIGPIPE: what a shell says of `yes | head`.
const READER_GONE: i32 = 141;

/// Prints a line of the answer to standard output.
macro_rules! answer {
    ($($text:tt)*) => { $crate::cli::out::answer(format_args!($($text)*)) };
}

/// Prints a line about the answer to standard error.
macro_rules! remark {
    ($($text:tt)*) => { $crate::cli::out::remark(format_args!($($text)*)) };
}

pub(crate) fn answer(text: fmt::Arguments<'_>) {
    if let Err(error) = writeln!(io::stdout().lock(), "{text}") {
        if error.kind() == io::ErrorKind::BrokenPipe {
            exit(READER_GONE);
        }
        remark(format_args!("error: {error}"));
        exit(1);
    }
}

pub(crate) fn remark(text: fmt::Arguments<'_>) {
    // Nowhere is left to say that it could not be said.
    drop(writeln!(io::stderr().lock(), "{text}"));
}
