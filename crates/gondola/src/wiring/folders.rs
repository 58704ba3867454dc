//! Folders of what a process keeps until it can be handed on.
//!
//! Invariant: one process has a folder; what a process that is gone left in another is taken over at the next start.

use std::{
    io,
    path::{Path, PathBuf},
};

use platform::{
    config::Settings,
    journal::{Error, Files, Journal, Record, WAITING, scan},
};

use crate::roles::asks_elsewhere;

/// Where postings wait for the ledger.
pub(crate) const JOURNAL: &str = "journal";
/// Where decisions wait for the warehouse.
pub(crate) const OUTBOX: &str = "outbox";

/// Folders that processes over one data folder may have, one each.
const MOST_FOLDERS: u32 = 8;
/// Records moved at a time.
const AT_ONCE: usize = 500;

/// The folder that a process has.
pub(super) struct Own {
    pub(super) folder: PathBuf,
    pub(super) files: Files,
    /// What waits in it, also what somebody else left.
    pub(super) found: Vec<Record>,
}

/// Where processes over a data folder keep what is called so.
fn numbered(data: &Path, name: &'static str) -> impl Iterator<Item = PathBuf> + use<> {
    let data = data.to_owned();
    (1..=MOST_FOLDERS).map(move |number| match number {
        1 => data.join(name),
        _ => data.join(format!("{name}-{number}")),
    })
}

/// Where processes over these settings keep what is called so.
pub(crate) fn waiting(settings: &Settings, name: &'static str) -> impl Iterator<Item = PathBuf> + use<> {
    numbered(&settings.data_dir, name)
}

/// Decisions in a folder, or why that cannot be told.
pub(crate) struct Left {
    /// Where.
    pub(crate) folder: PathBuf,
    /// How many.
    pub(crate) decisions: io::Result<usize>,
}

/// Decisions that came with a backup, or from when the warehouse ran elsewhere, and that nobody makes where it runs in the same process.
pub(crate) fn left_undecided(settings: &Settings) -> Vec<Left> {
    if asks_elsewhere(&settings.roles) {
        return Vec::new();
    }
    let left = waiting(settings, OUTBOX).map(|folder| Left { decisions: waits(&folder), folder });
    left.filter(|left| !matches!(left.decisions, Ok(0))).collect()
}

fn waits(folder: &Path) -> io::Result<usize> {
    match std::fs::read(folder.join(WAITING)) {
        Ok(bytes) => Ok(scan(&bytes).pending.len()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(0),
        Err(error) => Err(error),
    }
}

/// The first of those folders that nobody has, with what was left in the others.
pub(super) async fn open(folders: impl Iterator<Item = PathBuf>, most_bytes: u64) -> Result<Own, Error> {
    let (folder, files, left) = first(folders, most_bytes)?;
    take_over(&files, left).await;
    let found = files.waiting.oldest(usize::MAX).await?;
    Ok(Own { folder, files, found })
}

/// The first that nobody has, and those that somebody left.
fn first(folders: impl Iterator<Item = PathBuf>, most_bytes: u64) -> Result<(PathBuf, Files, Vec<Files>), Error> {
    let mut own = None;
    let mut left = Vec::new();
    let mut held = None;
    for folder in folders {
        if own.is_some() && !folder.exists() {
            continue;
        }
        match Files::open(&folder, most_bytes) {
            Ok((files, _)) if own.is_none() => own = Some((folder, files)),
            Ok((files, _)) => left.push(files),
            Err(error @ Error::Held(_)) => held = Some(error),
            // What somebody else left must not cost this node its own.
            Err(error) if own.is_some() => tracing::error!(%error, "what was left to be handed on cannot be read"),
            Err(error) => return Err(error),
        }
    }
    let (folder, files) = own.ok_or_else(|| held.unwrap_or(Error::Closed))?;
    Ok((folder, files, left))
}

/// Moves everything that others left to one's own.
async fn take_over(own: &Files, left: Vec<Files>) {
    for other in left {
        let moved = async {
            move_all(&other.waiting, &own.waiting).await?;
            move_all(&other.refused, &own.refused).await
        };
        if let Err(error) = moved.await {
            tracing::error!(%error, path = %other.waiting.path().display(), "what was left to be handed on could not be taken over");
        }
    }
}

async fn move_all(from: &Journal, to: &Journal) -> Result<(), Error> {
    loop {
        let records = from.oldest(AT_ONCE).await?;
        let Some(last) = records.last().map(|record| record.number) else { return Ok(()) };
        to.append(records.into_iter().map(|record| record.payload).collect()).await?;
        from.settle(last).await?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_somebody_left_is_among_what_is_found() {
        let data = tempfile::tempdir().unwrap();
        {
            let own = open(numbered(data.path(), JOURNAL), 1 << 20).await.unwrap();
            own.files.waiting.append(vec![b"one".to_vec()]).await.unwrap();
            let (other, _) = Files::open(&data.path().join("journal-2"), 1 << 20).unwrap();
            other.waiting.append(vec![b"two".to_vec()]).await.unwrap();
            other.refused.append(vec![b"three".to_vec()]).await.unwrap();
        }
        for (folder, name) in [(JOURNAL, "waiting.log"), ("journal-2", "waiting.log"), ("journal-2", "refused.log")] {
            // The threads of a journal let go of its file a moment after its last handle.
            std::fs::File::open(data.path().join(folder).join(name)).unwrap().lock().unwrap();
        }
        let own = open(numbered(data.path(), JOURNAL), 1 << 20).await.unwrap();
        let found: Vec<_> = own.found.iter().map(|record| record.payload.as_slice()).collect();
        assert_eq!(found, [b"one".as_slice(), b"two"]);
        assert_eq!(own.files.refused.figures().pending, 1);
    }
}
