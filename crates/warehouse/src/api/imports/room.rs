//! How much of what was sent may wait to be imported.
//!
//! Invariant: the bytes of a file are counted before they are read, and until its import has ended or came to nothing; all together
//! are never more than the bound, unless one alone may be larger. Beside it there is place for one that was sent before, so that whoever
//! repeats a request gets its first answer though there is no room.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, StatusCode, header, request::Parts},
};
use platform::http::{
    Problem,
    body::{BULK_LIMIT_BYTES, BodyLimit},
    idempotency::Keyed,
};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::state::Warehouse;

/// The most bytes of all files that are being read, wait, or are being imported.
pub const MOST_BYTES: u64 = 256 * 1024 * 1024;

/// When whoever finds no room should come again.
const AGAIN: Duration = Duration::from_secs(30);

/// Room for files. Cheap to clone: clones share it.
#[derive(Debug, Clone)]
pub struct Room {
    taken: Arc<AtomicU64>,
    aside: Arc<Semaphore>,
}

impl Default for Room {
    fn default() -> Room {
        Room { taken: Arc::default(), aside: Arc::new(Semaphore::new(1)) }
    }
}

/// Room taken, given back when dropped.
#[derive(Debug)]
pub struct Taken {
    room: Room,
    bytes: u64,
    _aside: Option<OwnedSemaphorePermit>,
}

/// A file that comes: how long it may be, and the room it has.
pub struct Upload {
    pub(super) limit: BodyLimit,
    pub(super) taken: Taken,
}

impl FromRequestParts<Warehouse> for Upload {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, warehouse: &Warehouse) -> Result<Upload, Problem> {
        let limit = parts.extensions.get().copied().unwrap_or(BodyLimit(BULK_LIMIT_BYTES));
        let taken = match warehouse.uploads.for_body(&parts.headers, limit) {
            Err(_) if was_sent(parts, warehouse).await? => warehouse.uploads.aside()?,
            taken => taken?,
        };
        Ok(Upload { limit, taken })
    }
}

/// Whether it is most likely a repetition. What it holds tells for sure, once it is read.
async fn was_sent(parts: &Parts, warehouse: &Warehouse) -> Result<bool, Problem> {
    Keyed::of(parts, b"")?.was_used(&warehouse.db, warehouse.clock.now()).await
}

impl Room {
    /// Takes room for so many bytes. 503 when there is none for now.
    pub fn take(&self, bytes: u64) -> Result<Taken, Problem> {
        // What is larger than all has room when nothing else is there.
        let most = MOST_BYTES.max(bytes);
        let more = |taken: u64| taken.checked_add(bytes).filter(|taken| *taken <= most);
        match self.taken.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more) {
            Ok(_) => Ok(Taken { room: self.clone(), bytes, _aside: None }),
            Err(_) => Err(full()),
        }
    }

    /// The place beside the room. 503 while somebody else has it: whoever sends slowly makes nobody wait.
    fn aside(&self) -> Result<Taken, Problem> {
        let place = Arc::clone(&self.aside).try_acquire_owned().map_err(|_| full())?;
        Ok(Taken { room: self.clone(), bytes: 0, _aside: Some(place) })
    }

    /// Takes room for a body that says how long it is, or else for the longest there may be.
    fn for_body(&self, headers: &HeaderMap, limit: BodyLimit) -> Result<Taken, Problem> {
        let said = headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
        self.take(said.unwrap_or(u64::MAX).min(limit.0 as u64))
    }
}

fn full() -> Problem {
    let full = Problem::new(StatusCode::SERVICE_UNAVAILABLE, "imports_full");
    full.arg("most", MOST_BYTES).retry_after(AGAIN)
}

impl Taken {
    /// Gives back what is not needed.
    pub(super) fn shrink(&mut self, needed: usize) {
        let unused = self.bytes.saturating_sub(needed as u64);
        self.bytes -= unused;
        self.room.taken.fetch_sub(unused, Ordering::Relaxed);
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        self.room.taken.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_room_again_when_one_goes() {
        let room = Room::default();
        let mut large = room.take(MOST_BYTES - 10).unwrap();
        let small = room.take(10).unwrap();
        assert_eq!(room.take(1).unwrap_err().status(), 503);
        drop(small);
        drop(room.take(10).unwrap());
        large.shrink(10);
        let rest = room.take(MOST_BYTES - 10).unwrap();
        assert!(room.take(1).is_err());
        drop((large, rest));
        // One that is larger than all, alone.
        let huge = room.take(MOST_BYTES + 1).unwrap();
        assert!(room.take(1).is_err() && room.take(MOST_BYTES * 2).is_err());
        drop(huge);
        assert_eq!(room.taken.load(Ordering::Relaxed), 0);
    }

    #[test]
    fn the_place_beside_it_is_for_one_and_nobody_waits_for_it() {
        let room = Room::default();
        let first = room.aside().unwrap();
        assert_eq!(room.aside().unwrap_err().code(), "imports_full");
        drop(first);
        room.aside().unwrap();
    }

    #[test]
    fn a_body_takes_what_it_says_and_else_the_most() {
        let (room, limit) = (Room::default(), BodyLimit(1000));
        let taken = |said: Option<&'static str>| {
            let headers = said.map(|said| (header::CONTENT_LENGTH, said.parse().unwrap())).into_iter().collect();
            room.for_body(&headers, limit).unwrap().bytes
        };
        assert_eq!([Some("10"), Some("5000"), Some("x"), None].map(taken), [10, 1000, 1000, 1000]);
    }
}
