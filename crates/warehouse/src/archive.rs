//! A site's ledger as a file that anyone can verify without the database.
//!
//! Invariant: lines of JSON; the first says what it is and names the places, then every posting in order, each checkpoint right
//! after the posting it was signed at. So a file of any length is proved line by line, in memory that does not grow with it.
//! Integers are those of the canonical form, so that each line can be hashed again exactly (`docs/ledger-format.md`).

mod export;
mod lines;
mod prove;

use thiserror::Error;

pub use export::export;
pub use prove::{prove, verify};

/// Why a file could not be written or read.
#[derive(Debug, Error)]
pub enum Error {
    /// The database failed.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// The file could not be read or written.
    #[error(transparent)]
    File(#[from] std::io::Error),
    /// A line is not what it should be.
    #[error("line {line}: {what}")]
    Line {
        /// Counted from 1.
        line: usize,
        /// What is wrong with it.
        what: String,
    },
}

fn broken(line: usize, what: &str) -> Error {
    Error::Line { line: line + 1, what: what.to_owned() }
}
