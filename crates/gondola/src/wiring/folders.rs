//! Folders of what a process keeps until it can be handed on.
//!
//! Invariant: one process has a folder; what a process that is gone left in another is taken over at the next start.

use std::path::{Path, PathBuf};

use platform::{
    config::Settings,
    journal::{Error, Files, Journal, Scanned},
};

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
    /// What waits in it.
    pub(super) found: Scanned,
    /// Those that somebody left.
    pub(super) left: Vec<Files>,
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

/// The first of those folders that nobody has.
pub(super) fn open(folders: impl Iterator<Item = PathBuf>, most_bytes: u64) -> Result<Own, Error> {
    let mut own = None;
    let mut left = Vec::new();
    let mut held = None;
    for folder in folders {
        if own.is_some() && !folder.exists() {
            continue;
        }
        match Files::open(&folder, most_bytes) {
            Ok((files, found)) if own.is_none() => own = Some((folder, files, found)),
            Ok((files, _)) => left.push(files),
            Err(error @ Error::Held(_)) => held = Some(error),
            // What somebody else left must not cost this node its own.
            Err(error) if own.is_some() => tracing::error!(%error, "what was left to be handed on cannot be read"),
            Err(error) => return Err(error),
        }
    }
    let (folder, files, found) = own.ok_or_else(|| held.unwrap_or(Error::Closed))?;
    Ok(Own { folder, files, found, left })
}

/// Moves everything that others left to one's own.
pub(super) async fn take_over(own: &Files, left: Vec<Files>) {
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
