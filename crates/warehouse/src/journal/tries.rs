//! How often what stands first was tried in vain.
//!
//! Invariant: counted in a file beside what waits, so that a server, the one after it and `gondola journal replay` count on where the last
//! of them stopped; where it cannot be written it is counted in memory, and said.

use std::{
    io,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use platform::snapshot;
use uuid::Uuid;

/// How often lines are tried that the database, which is there, fails to take: a moment's trouble passes, and what is behind them has waited
/// long enough then.
const MOST_TRIES: u32 = 20;
/// The file.
const KEPT: &str = "tries";
/// What is counted at once: the lines of a few sheets take turns at standing first.
const MOST_KEPT: usize = 16;

/// What was tried, and how often, the last one at the end.
type Counts = Vec<(Uuid, u32)>;

/// Counts.
#[derive(Debug)]
pub(super) struct Tries {
    path: PathBuf,
    counts: Mutex<Counts>,
}

impl Tries {
    /// In the folder of what waits, as whoever had it before left it.
    pub(super) fn beside(waiting: &Path) -> Tries {
        let path = waiting.with_file_name(KEPT);
        let counts = read(&path).unwrap_or_else(|error| {
            tracing::warn!(%error, path = %path.display(), "how often what waits was tried is counted anew");
            Counts::default()
        });
        Tries { path, counts: Mutex::new(counts) }
    }

    /// Once more in vain; whether that was once too often.
    pub(super) async fn in_vain(&self, id: Uuid) -> bool {
        let (times, counts) = self.count(id);
        self.keep(&counts).await;
        times >= MOST_TRIES
    }

    /// It waits no more: should it come again, it is tried as often again.
    pub(super) async fn forget(&self, id: Uuid) {
        let left = {
            let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
            let known = counts.len();
            counts.retain(|(other, _)| *other != id);
            (counts.len() < known).then(|| counts.clone())
        };
        if let Some(left) = left {
            self.keep(&left).await;
        }
    }

    async fn keep(&self, counts: &Counts) {
        let (path, lines) = (self.path.clone(), written(counts));
        let written = tokio::task::spawn_blocking(move || snapshot::write(&path, lines.as_bytes()));
        if let Err(error) = written.await.unwrap_or_else(|error| Err(io::Error::other(error))) {
            tracing::warn!(%error, path = %self.path.display(), "how often what waits was tried is not kept");
        }
    }

    fn count(&self, id: Uuid) -> (u32, Counts) {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let known = counts.iter().position(|(other, _)| *other == id).map(|at| counts.remove(at).1);
        let times = known.map_or(1, |times| times.saturating_add(1));
        counts.push((id, times));
        let most = counts.len().saturating_sub(MOST_KEPT);
        counts.drain(..most);
        (times, counts.clone())
    }
}

fn written(counts: &Counts) -> String {
    counts.iter().map(|(id, times)| format!("{id} {times}\n")).collect()
}

fn read(path: &Path) -> io::Result<Counts> {
    let Some(bytes) = snapshot::read(path)? else { return Ok(Counts::default()) };
    let line = |line: &str| {
        let (id, times) = line.split_once(' ')?;
        Some((id.parse().ok()?, times.parse().ok()?))
    };
    let counts = std::str::from_utf8(&bytes).ok().and_then(|text| text.lines().map(line).collect());
    counts.ok_or_else(|| io::Error::other("no count of tries"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_stands_first_is_tried_so_often_whoever_tries_it_and_once_refused_as_often_again() {
        let folder = tempfile::tempdir().unwrap();
        let waiting = folder.path().join("waiting.log");
        for id in [1, 2, 1].map(Uuid::from_u128) {
            for times in 1..=MOST_TRIES {
                // A run of the command each time.
                let too_often = Tries::beside(&waiting).in_vain(id).await;
                assert_eq!(too_often, times == MOST_TRIES, "{times}");
            }
            Tries::beside(&waiting).forget(id).await;
        }
        let one = Tries::beside(&waiting);
        for times in 1..=MOST_TRIES {
            assert_eq!(one.in_vain(Uuid::from_u128(3)).await, times == MOST_TRIES, "a server counts the same");
        }
    }

    #[tokio::test]
    async fn a_few_are_counted_beside_each_other_and_no_more() {
        let folder = tempfile::tempdir().unwrap();
        let waiting = folder.path().join("waiting.log");
        for times in 1..=MOST_TRIES {
            for id in [1, 2].map(Uuid::from_u128) {
                assert_eq!(Tries::beside(&waiting).in_vain(id).await, times == MOST_TRIES, "{times}");
            }
        }
        for id in 10..100 {
            assert!(!Tries::beside(&waiting).in_vain(Uuid::from_u128(id)).await);
        }
        assert_eq!(read(&folder.path().join(KEPT)).unwrap().len(), MOST_KEPT);
    }

    #[tokio::test]
    async fn a_count_that_cannot_be_read_or_written_begins_anew_and_goes_on_in_memory() {
        let folder = tempfile::tempdir().unwrap();
        let waiting = folder.path().join("waiting.log");
        std::fs::create_dir(folder.path().join(KEPT)).unwrap();
        let tries = Tries::beside(&waiting);
        for times in 1..=MOST_TRIES {
            assert_eq!(tries.in_vain(Uuid::from_u128(1)).await, times == MOST_TRIES);
        }
    }
}
