//! A local file that keeps what cannot be handed on yet.
//!
//! Invariant: what was appended is on the disk before anybody is told so, and stays until it is settled; records are handed on in the order
//! in which they were appended. A record that was half written when the machine stopped was told to nobody and is dropped; a damaged one
//! costs none of its neighbours.

mod desk;
mod files;
mod record;
mod scan;
#[cfg(test)]
mod tests;

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use tokio::sync::{mpsc, oneshot};

pub use files::{Files, REFUSED, WAITING};
pub use record::Record;
pub use scan::{Scanned, scan};

use crate::backup::alone;
use desk::{Desk, Job};

/// Appends that may wait to be written.
const MOST_WAITING: usize = 4096;

/// Why something could not be kept.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Error {
    /// It has as many bytes as it may have, or too many wait to be written.
    #[error("the journal is full")]
    Full,
    /// Another process has it.
    #[error("{0} is held by another process")]
    Held(PathBuf),
    /// The disk refused.
    #[error("the journal {path} cannot be used: {error}")]
    Disk {
        /// Its file.
        path: PathBuf,
        /// What the system said.
        error: Arc<io::Error>,
    },
    /// Its thread has ended.
    #[error("the journal was closed")]
    Closed,
}

/// How much it holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Figures {
    /// Records that are not settled.
    pub pending: u64,
    /// Bytes of the file.
    pub bytes: u64,
    /// Bytes it may have.
    pub most_bytes: u64,
    /// Whether the last attempt to write failed.
    pub failing: bool,
}

#[derive(Debug, Default)]
struct Shared {
    pending: AtomicU64,
    bytes: AtomicU64,
    failing: AtomicBool,
}

/// A journal. Cheap to clone; its file is let go of with the last handle.
#[derive(Debug, Clone)]
pub struct Journal {
    jobs: mpsc::Sender<Job>,
    shared: Arc<Shared>,
    most_bytes: u64,
    path: Arc<Path>,
}

impl Journal {
    /// The journal of that file, which is made when it is missing, and what was found in it.
    pub fn open(path: &Path, most_bytes: u64) -> Result<(Journal, Scanned), Error> {
        let disk = |error: io::Error| Error::Disk { path: path.to_owned(), error: Arc::new(error) };
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(disk)?;
        }
        let file = alone(path).map_err(disk)?.ok_or_else(|| Error::Held(path.to_owned()))?;
        let shared = Arc::new(Shared::default());
        let (desk, found) = Desk::new(file, path, most_bytes, Arc::clone(&shared)).map_err(disk)?;
        let (jobs, waiting) = mpsc::channel(MOST_WAITING);
        std::thread::Builder::new().name("journal".to_owned()).spawn(move || desk.run(waiting)).map_err(disk)?;
        Ok((Journal { jobs, shared, most_bytes, path: path.into() }, found))
    }

    /// Keeps them, in order. They are on the disk when this returns.
    pub async fn append(&self, payloads: Vec<Vec<u8>>) -> Result<(), Error> {
        let (answer, answered) = oneshot::channel();
        self.jobs.try_send(Job::Append(payloads, answer)).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => Error::Full,
            mpsc::error::TrySendError::Closed(_) => Error::Closed,
        })?;
        answered.await.map_err(|_| Error::Closed)?
    }

    /// The oldest that are not settled, at most `most`.
    pub async fn oldest(&self, most: usize) -> Result<Vec<Record>, Error> {
        let (answer, answered) = oneshot::channel();
        self.jobs.send(Job::Oldest(most, answer)).await.map_err(|_| Error::Closed)?;
        answered.await.map_err(|_| Error::Closed)?
    }

    /// Those up to this number were handed on and need not be kept.
    pub async fn settle(&self, number: u64) -> Result<(), Error> {
        let (answer, answered) = oneshot::channel();
        self.jobs.send(Job::Settle(number, answer)).await.map_err(|_| Error::Closed)?;
        answered.await.map_err(|_| Error::Closed)?
    }

    /// How much it holds.
    pub fn figures(&self) -> Figures {
        Figures {
            pending: self.shared.pending.load(Ordering::Acquire),
            bytes: self.shared.bytes.load(Ordering::Relaxed),
            most_bytes: self.most_bytes,
            failing: self.shared.failing.load(Ordering::Relaxed),
        }
    }

    /// Its file.
    pub fn path(&self) -> &Path {
        &self.path
    }
}
