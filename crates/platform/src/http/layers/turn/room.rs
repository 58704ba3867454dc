//! Room for requests of one kind: so many are answered at once, and the others wait for one of them to leave.
//!
//! Invariant: a place is given back when it is dropped. Who waits is let in when somebody leaves, or when nobody has left for so long
//! that those inside are not busy but wait for somebody else; else is turned away when their time is over.
//!
//! How long one waits follows Maurer, “Fail at Scale” (ACM Queue 13(8), 2015), after CoDel (RFC 8289): a queue that was empty a moment
//! ago is worked off, one that stands is kept short.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

use tokio::{
    sync::{Semaphore, SemaphorePermit},
    time::{Instant, sleep},
};

/// Who comes to a queue that was empty a moment ago waits as long as this.
pub(super) const PATIENCE: Duration = Duration::from_secs(2);
/// A queue that was never empty for so long stands. Many that come at once came sooner.
const MOMENT: Duration = Duration::from_millis(100);
/// Who is busy is done sooner. Where nobody leaves for so long they wait for a server that is silent, and others, who may need nothing
/// of it, are let in.
const STILL: Duration = Duration::from_millis(250);

/// Requests of one kind, and who waits to be one.
#[derive(Debug)]
pub(in super::super) struct Room {
    pub(super) kind: &'static str,
    pub(super) most: usize,
    /// How long one waits in a queue that stands.
    standing: Duration,
    places: Semaphore,
    /// Places that all rooms have beside theirs, for when those inside only wait.
    beside: Arc<Semaphore>,
    since: Instant,
    /// When somebody last found a place free, in microseconds.
    free_at: AtomicU64,
    /// When somebody last left one of its places, in microseconds.
    left_at: AtomicU64,
    turned_away: AtomicU64,
}

/// A place, held until it is dropped.
#[derive(Debug)]
pub(in super::super) struct Place<'r> {
    /// Whose place it is, unless it is one beside.
    room: Option<&'r Room>,
    _permit: SemaphorePermit<'r>,
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        if let Some(room) = self.room {
            room.note(&room.left_at);
        }
    }
}

impl Room {
    /// For so many of a kind, who wait as long as `standing` in a queue that stands.
    pub(super) fn of(kind: &'static str, most: usize, standing: Duration, beside: &Arc<Semaphore>) -> Room {
        Room {
            kind,
            most,
            standing,
            places: Semaphore::new(most),
            beside: Arc::clone(beside),
            since: Instant::now(),
            free_at: AtomicU64::new(0),
            left_at: AtomicU64::new(0),
            turned_away: AtomicU64::new(0),
        }
    }

    /// A place; `None` when there was none in time.
    pub(in super::super) async fn enter(&self) -> Option<Place<'_>> {
        if let Ok(permit) = self.places.try_acquire() {
            self.note(&self.free_at);
            return Some(Place { room: Some(self), _permit: permit });
        }
        let most = if self.stands() { self.standing } else { PATIENCE };
        let place = tokio::select! {
            biased;
            permit = self.places.acquire() => permit.ok().map(|permit| Place { room: Some(self), _permit: permit }),
            place = self.a_place_beside() => place,
            () = sleep(most) => None,
        };
        if place.is_none() {
            self.turned_away.fetch_add(1, Relaxed);
        }
        place
    }

    /// A place beside ours, as soon as nobody has left one of ours for too long.
    async fn a_place_beside(&self) -> Option<Place<'_>> {
        loop {
            let still = self.ago(&self.left_at).min(self.ago(&self.free_at));
            if still >= STILL {
                return self.beside.acquire().await.ok().map(|permit| Place { room: None, _permit: permit });
            }
            sleep(STILL.saturating_sub(still)).await;
        }
    }

    /// Whether nobody has found a place free for longer than it takes to work off what came at once.
    pub(super) fn stands(&self) -> bool {
        self.taken() >= self.most && self.ago(&self.free_at) > MOMENT
    }

    /// How many of its own places are taken.
    pub(super) fn taken(&self) -> usize {
        self.most.saturating_sub(self.places.available_permits())
    }

    /// Requests for which there was no place in time.
    pub(super) fn turned_away(&self) -> u64 {
        self.turned_away.load(Relaxed)
    }

    fn note(&self, time: &AtomicU64) {
        time.store(micros(self.since.elapsed()), Relaxed);
    }

    fn ago(&self, time: &AtomicU64) -> Duration {
        self.since.elapsed().saturating_sub(Duration::from_micros(time.load(Relaxed)))
    }
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;
    use tokio::time::advance;

    use super::*;

    const STANDING: Duration = Duration::from_millis(20);

    fn room(most: usize, beside: usize) -> Room {
        Room::of("read", most, STANDING, &Arc::new(Semaphore::new(beside)))
    }

    #[tokio::test(start_paused = true)]
    async fn a_queue_stands_when_no_place_was_free_for_a_moment_and_none_is() {
        let room = room(2, 0);
        advance(Duration::from_secs(10)).await;
        assert!(!room.stands(), "nobody is there");
        let held = [room.enter().await.unwrap(), room.enter().await.unwrap()];
        advance(MOMENT).await;
        assert!(!room.stands(), "they came at once, and are worked off");
        advance(Duration::from_millis(1)).await;
        assert!(room.stands());
        drop(held);
        assert!(!room.stands());
    }

    #[tokio::test(start_paused = true)]
    async fn who_comes_with_many_waits_for_a_place_and_gets_it() {
        let room = room(1, 0);
        let first = room.enter().await.unwrap();
        let (second, ()) = tokio::join!(room.enter(), async {
            sleep(PATIENCE - STANDING).await;
            drop(first);
        });
        assert!(second.is_some());
        assert!(room.enter().await.is_none(), "but not for ever");
        assert_eq!(room.turned_away(), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn who_is_busy_lets_nobody_in_beside_them() {
        let room = room(2, 8);
        let (mut one, _other) = (room.enter().await.unwrap(), room.enter().await.unwrap());
        for _ in 0..10 {
            advance(STILL - STANDING - Duration::from_millis(1)).await;
            assert!(room.enter().await.is_none(), "one has left not long ago");
            drop(one);
            one = room.enter().await.unwrap();
        }
        assert_eq!((room.turned_away(), room.beside.available_permits()), (10, 8));
    }

    #[tokio::test(start_paused = true)]
    async fn where_nobody_leaves_others_are_let_in_beside_them_until_that_is_full_too() {
        let room = room(1, 2);
        let _held = room.enter().await.unwrap();
        let second = room.enter().await;
        assert!(second.is_some() && room.ago(&room.free_at) == STILL);
        let third = room.enter().now_or_never().flatten();
        assert!(third.is_some(), "at once, now that it is known");
        assert!(room.enter().await.is_none(), "and no more than there is room for");
        drop(second);
        assert!(room.enter().now_or_never().flatten().is_some(), "whoever was let in beside them is no sign of theirs");
    }
}
