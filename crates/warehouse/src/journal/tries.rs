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

/// What was tried last, and how often.
type Last = (Uuid, u32);

/// Counts.
#[derive(Debug)]
pub(super) struct Tries {
    path: PathBuf,
    last: Mutex<Last>,
}

impl Tries {
    /// In the folder of what waits, as whoever had it before left it.
    pub(super) fn beside(waiting: &Path) -> Tries {
        let path = waiting.with_file_name(KEPT);
        let last = read(&path).unwrap_or_else(|error| {
            tracing::warn!(%error, path = %path.display(), "how often what waits was tried is counted anew");
            Last::default()
        });
        Tries { path, last: Mutex::new(last) }
    }

    /// Once more in vain; whether that was once too often.
    pub(super) async fn in_vain(&self, id: Uuid) -> bool {
        let last = self.count(id);
        let path = self.path.clone();
        let written =
            tokio::task::spawn_blocking(move || snapshot::write(&path, format!("{} {}", last.0, last.1).as_bytes()));
        if let Err(error) = written.await.unwrap_or_else(|error| Err(io::Error::other(error))) {
            tracing::warn!(%error, path = %self.path.display(), "how often what waits was tried is not kept");
        }
        last.1 >= MOST_TRIES
    }

    fn count(&self, id: Uuid) -> Last {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let times = if last.0 == id { last.1.saturating_add(1) } else { 1 };
        *last = (id, times);
        *last
    }
}

fn read(path: &Path) -> io::Result<Last> {
    let Some(bytes) = snapshot::read(path)? else { return Ok(Last::default()) };
    let said = std::str::from_utf8(&bytes).ok().and_then(|text| text.split_once(' '));
    let last = said.and_then(|(id, times)| Some((id.parse().ok()?, times.parse().ok()?)));
    last.ok_or_else(|| io::Error::other("no count of tries"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_stands_first_is_tried_so_often_whoever_tries_it_and_what_comes_after_it_as_often_again() {
        let folder = tempfile::tempdir().unwrap();
        let waiting = folder.path().join("waiting.log");
        for id in [1, 2, 1].map(Uuid::from_u128) {
            for times in 1..=MOST_TRIES {
                // A run of the command each time.
                let too_often = Tries::beside(&waiting).in_vain(id).await;
                assert_eq!(too_often, times == MOST_TRIES, "{times}");
            }
        }
        let one = Tries::beside(&waiting);
        for times in 1..=MOST_TRIES {
            assert_eq!(one.in_vain(Uuid::from_u128(3)).await, times == MOST_TRIES, "a server counts the same");
        }
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
