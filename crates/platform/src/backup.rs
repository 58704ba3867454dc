//! Files that hold a backup: how they are written, checked, opened and kept.
//!
//! Invariant: a file that bears a backup's name is whole and on the disk; one byte of it changed or missing is found before any of its
//! contents is used.

mod alone;
mod archive;
mod folder;
mod header;
mod keep;
mod keys;
mod reader;
#[cfg(test)]
mod tests;
mod writer;

use std::{io, path::PathBuf};

use thiserror::Error;

pub use alone::alone;
pub use archive::{Entries, Entry};
pub use folder::{Folder, Kept, Unfinished, instant_of};
pub use header::{BLOCK, FORMAT, Header};
pub use keep::{Keep, outlived};
pub use keys::{Opening, Sealing, identities, new_identity, recipients};
pub use reader::{Checked, Contents};
pub use writer::{About, Writer};

/// Why a backup could not be written or read.
#[derive(Debug, Error)]
pub enum Error {
    /// The disk is full.
    #[error("no room left for {0}")]
    NoRoom(PathBuf),
    /// A file could not be read or written.
    #[error("{path}")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// Another process is at work there.
    #[error("another process is at work in {0}")]
    Busy(PathBuf),
    /// It does not begin as a backup does.
    #[error("{0} is not a backup")]
    NotOne(PathBuf),
    /// It was made by a newer program.
    #[error("it has format {found}, this program knows {known}")]
    Newer {
        /// Its format.
        found: u32,
        /// The newest this program knows.
        known: u32,
    },
    /// Something of it was changed or is missing.
    #[error("{path} is damaged: {what}")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What does not hold.
        what: String,
    },
    /// It is encrypted, and nothing that opens it was given.
    #[error("it is encrypted and no identity is set")]
    NoIdentity,
    /// What was given does not open it.
    #[error("it was encrypted for another identity")]
    WrongIdentity,
}

impl Error {
    /// What the system said about a file.
    pub fn file(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Error {
        let path = path.into();
        move |source| match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Error::NoRoom(path),
            _ => Error::File { path, source },
        }
    }
}
