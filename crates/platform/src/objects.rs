//! Objects: files kept under a name in a place apart from this machine, which is a folder or a store that speaks S3.
//!
//! Invariant: an object is whole or not there; what comes back is what was put, or an error. However large it is, no more than a piece of
//! it is in memory.

mod address;
mod folder;
pub mod s3;
mod sums;
mod watched;

use std::{
    io,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use domain::Clock;
use futures_util::future::BoxFuture;
use thiserror::Error;

pub use address::{Address, Bucket};
pub use folder::FolderObjects;
pub use s3::{Keys, S3, S3Parts};

use crate::{
    breaker::{self, Breaker},
    bulkhead::Bulkhead,
    outgoing::Outgoing,
};

/// Objects that are told of at most.
const MOST_LISTED: usize = 100_000;
/// Calls that may wait for a place at once.
const MOST_WAITING: usize = 8;
/// How long a check waits. Whoever looks at all components waits two seconds for each.
const CHECK_PATIENCE: Duration = Duration::from_millis(1500);

/// What objects are, wherever they are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Object {
    /// Its name.
    pub name: String,
    /// Its bytes.
    pub bytes: u64,
}

/// Why an object could not be kept or had.
#[derive(Debug, Error)]
pub enum Error {
    /// There is none of that name.
    #[error("{0} is not there")]
    Missing(String),
    /// A name that is none, or a file that nothing can be made of.
    #[error("{what}: {why}")]
    Unfit {
        /// What was given.
        what: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// The place answers, and does not do what it is asked.
    #[error("{place} refuses: {code} ({words})")]
    Refused {
        /// The place.
        place: String,
        /// What it calls the reason.
        code: String,
        /// What it says of it.
        words: String,
    },
    /// The place does not answer, or cannot at present.
    #[error("{place} cannot be reached: {why}")]
    Away {
        /// The place.
        place: String,
        /// Why.
        why: String,
    },
    /// The place is known to be away, and is not asked for a while.
    #[error(transparent)]
    Asleep(#[from] breaker::Refused),
    /// Too many wait for the place already.
    #[error("too many wait for the object store")]
    Crowded,
    /// What is there is not what was put.
    #[error("{name} is damaged: {what}")]
    Damaged {
        /// The object.
        name: String,
        /// What does not hold.
        what: String,
    },
    /// A file of ours could not be read or written.
    #[error("{path}")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
}

impl Error {
    fn file(path: &Path) -> impl FnOnce(io::Error) -> Error {
        let path = path.to_owned();
        move |source| Error::File { path, source }
    }

    fn damaged(name: &str, what: impl Into<String>) -> Error {
        Error::Damaged { name: name.to_owned(), what: what.into() }
    }

    /// A file that was not left alone while it was sent.
    fn changed(path: &Path) -> Error {
        Error::damaged(&path.display().to_string(), "it changed meanwhile")
    }
}

/// A result of asking for objects.
pub type Result<T> = std::result::Result<T, Error>;

/// A place of objects. Each of these may be asked twice.
pub trait Objects: Send + Sync + 'static {
    /// Keeps the bytes of a file, of which there is at least one, under a name, in the place of what has it.
    fn put<'o>(&'o self, name: &'o str, from: &'o Path) -> BoxFuture<'o, Result<Object>>;
    /// Brings an object into a file, whose name it gets once all of it is on the disk and was held against the SHA-256 that it was put with.
    /// A folder keeps no such sum, and what somebody else put into a store may have none: who uses what came proves it by what it is.
    fn get<'o>(&'o self, name: &'o str, into: &'o Path) -> BoxFuture<'o, Result<Object>>;
    /// All that are there, by name.
    fn list(&self) -> BoxFuture<'_, Result<Vec<Object>>>;
    /// Takes one away; one that is not there is gone already.
    fn remove<'o>(&'o self, name: &'o str) -> BoxFuture<'o, Result<()>>;
    /// Whether the place can be used, in a second and a half at most, though it be believed away.
    fn check(&self) -> BoxFuture<'_, Result<()>>;
    /// Whether the place refuses what is not what its sum says, so that damage on the way is found at once; nothing for one that is sent no
    /// sums. Tries it, with a few bytes that do not stay.
    fn holds_sums(&self) -> BoxFuture<'_, Result<Option<bool>>>;
    /// What the place is called; the name of an object in it follows.
    fn place(&self) -> String;
}

/// Whether a name may be an object's: letters, digits and a few signs, and not hidden.
fn is_sound(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    (1..=200).contains(&name.len()) && !name.starts_with('.') && name.bytes().all(plain)
}

fn sound(name: &str) -> Result<&str> {
    let unfit = || Error::Unfit { what: name.to_owned(), why: "no name of an object" };
    Some(name).filter(|name| is_sound(name)).ok_or_else(unfit)
}

/// What asking a place takes, besides its address.
pub struct Means {
    /// What opens a store that speaks S3.
    pub keys: Option<Keys>,
    /// The way out to it.
    pub outgoing: Outgoing,
    /// Whether it is worth asking.
    pub breaker: Breaker,
    /// The room before it.
    pub bulkhead: Bulkhead,
    /// Time for each request, and for each piece of a file in a folder.
    pub patience: Duration,
    /// The time.
    pub clock: Arc<dyn Clock>,
}

/// The room before a place of objects.
pub fn room(name: &'static str) -> Bulkhead {
    Bulkhead::new(name, MOST_WAITING)
}

/// The place at that address.
pub fn at(address: &Address, means: Means) -> Arc<dyn Objects> {
    match address {
        Address::Folder(folder) => Arc::new(FolderObjects::new(folder, means)),
        Address::Bucket(bucket) => Arc::new(S3::new(S3Parts { bucket: bucket.clone(), means })),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_leads_nowhere_else() {
        for name in ["a", "gondola-2026-11-26T03-15-00.123Z.backup", "x_1"] {
            assert!(is_sound(name), "{name}");
        }
        for name in ["", ".", "..", ".hidden", "a/b", "../a", "a b", "a%2f", "ñ", "a\0", &"x".repeat(201)] {
            assert!(sound(name).is_err(), "{name}");
        }
    }
}
