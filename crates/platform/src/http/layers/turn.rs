//! Room for each request: how many are answered at once, and how long one waits for a place.
//!
//! Invariant: many that come together wait for each other and are all answered; while more come than are answered nobody waits longer
//! than a moment, so that who is let in is answered as soon as ever. Those that watch us have room of their own.
//!
//! Requests that read use the processors, and few at once are as fast as many; requests that change something wait for a commit, which
//! many share. Each kind has its own room, so that neither keeps the other out. How long one waits follows Maurer, “Fail at Scale”
//! (ACM Queue 13(8), 2015), after CoDel (RFC 8289): a queue that was empty a moment ago is worked off, one that stands is kept short.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use axum::http::Method;
use domain::Stopwatch;
use tokio::sync::{Semaphore, SemaphorePermit};

use crate::{config::Settings, machine::cpus, metrics::Page};

/// Paths by which others see how we are. Who would not be told so while there is much to do would take us for dead.
const WATCHING: [&str; 3] = ["/health", "/ready", "/metrics"];
/// Of those that watch, how many have room of their own.
const WATCHERS: usize = 64;
/// Files of pages, which cost next to nothing, and which a browser does not ask for again.
const ASSETS: &str = "/assets/";
/// Requests that read, for each processor: together they take it some ten milliseconds.
const READS: usize = 16;
/// Requests that change something, for each processor: enough that commits are shared.
const WRITES: usize = 128;
/// Who comes to a queue that was empty a moment ago waits as long as this.
const PATIENCE: Duration = Duration::from_secs(2);
/// A queue that was never empty for so long stands. Many that come at once came sooner.
const MOMENT: Duration = Duration::from_millis(100);

/// Requests of one kind, and who waits to be one.
#[derive(Debug)]
pub(super) struct Room {
    kind: &'static str,
    most: usize,
    /// How long one waits in a queue that stands.
    standing: Duration,
    places: Semaphore,
    since: Stopwatch,
    /// When somebody last found a place free, in microseconds.
    free_at: AtomicU64,
    turned_away: AtomicU64,
}

impl Room {
    fn of(kind: &'static str, most: usize, standing: Duration) -> Room {
        let (free_at, turned_away) = (AtomicU64::new(0), AtomicU64::new(0));
        Room { kind, most, standing, places: Semaphore::new(most), since: Stopwatch::start(), free_at, turned_away }
    }

    /// A place, held until it is dropped; `None` when there was none in time.
    pub(super) async fn enter(&self) -> Option<SemaphorePermit<'_>> {
        if let Ok(place) = self.places.try_acquire() {
            self.free_at.store(micros(self.since.elapsed()), Ordering::Relaxed);
            return Some(place);
        }
        let most = if self.stands(self.since.elapsed()) { self.standing } else { PATIENCE };
        let place = tokio::time::timeout(most, self.places.acquire()).await;
        let place = place.ok().and_then(Result::ok);
        if place.is_none() {
            self.turned_away.fetch_add(1, Ordering::Relaxed);
        }
        place
    }

    /// Whether nobody has found a place free for longer than it takes to work off what came at once.
    fn stands(&self, now: Duration) -> bool {
        let free_at = Duration::from_micros(self.free_at.load(Ordering::Relaxed));
        self.taken() >= self.most && now.saturating_sub(free_at) > MOMENT
    }

    fn taken(&self) -> usize {
        self.most.saturating_sub(self.places.available_permits())
    }
}

/// The rooms of all kinds.
#[derive(Debug)]
pub(super) struct Turns {
    reads: Room,
    writes: Room,
    watchers: Room,
    /// Files of pages: as many as are asked for.
    assets: Room,
}

impl Turns {
    /// As the settings say, on this machine.
    pub(super) fn new(settings: &Settings) -> Turns {
        let processors = usize::try_from(cpus()).unwrap_or(usize::MAX);
        let most = |each: usize| processors.saturating_mul(each).min(settings.max_in_flight);
        Turns::of((most(READS), most(WRITES), WATCHERS), settings.turn_wait)
    }

    fn of((reads, writes, watchers): (usize, usize, usize), standing: Duration) -> Turns {
        let room = |kind, most| Room::of(kind, most, standing);
        let (reads, writes) = (room("read", reads), room("write", writes));
        Turns { reads, writes, watchers: room("watch", watchers), assets: room("asset", Semaphore::MAX_PERMITS) }
    }

    /// Where such a request is answered.
    pub(super) fn room(&self, method: &Method, path: &str) -> &Room {
        match method {
            _ if WATCHING.contains(&path) => &self.watchers,
            _ if path.starts_with(ASSETS) => &self.assets,
            &Method::GET | &Method::HEAD | &Method::OPTIONS => &self.reads,
            _ => &self.writes,
        }
    }

    /// Puts it on the page of figures.
    pub(super) fn tell(&self, page: &mut Page<'_>) -> std::fmt::Result {
        let rooms = [&self.reads, &self.writes, &self.watchers];
        let active = rooms.iter().map(|room| room.taken()).sum::<usize>();
        page.gauge("http_server_active_requests", "Requests being answered", active)?;
        let most = rooms.iter().map(|room| room.most).sum::<usize>();
        page.gauge("http_server_max_active_requests", "Requests that may be answered at once", most)?;
        let stands = rooms.iter().any(|room| room.stands(room.since.elapsed()));
        page.gauge("http_server_overloaded", "Whether more come than are answered", u32::from(stands))?;
        let rows = rooms.map(|room| ([("kind", room.kind)], room.turned_away.load(Ordering::Relaxed)));
        page.counters("http_server_requests_turned_away", "Requests for which there was no turn in time", rows)
    }
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const STANDING: Duration = Duration::from_millis(20);

    #[test]
    fn a_queue_stands_when_no_place_was_free_for_a_moment_and_none_is() {
        let room = Room::of("read", 2, STANDING);
        let ms = Duration::from_millis;
        assert!(!room.stands(ms(10_000)), "nobody is there");
        let held = room.places.try_acquire_many(2).unwrap();
        room.free_at.store(micros(ms(10_000)), Ordering::Relaxed);
        assert!(!room.stands(ms(10_100)), "they came at once, and are worked off");
        assert!(room.stands(ms(10_101)));
        drop(held);
        assert!(!room.stands(ms(20_000)));
    }

    #[tokio::test(start_paused = true)]
    async fn who_comes_with_many_waits_for_a_place_and_gets_it() {
        let room = Room::of("read", 1, STANDING);
        let first = room.enter().await.unwrap();
        let (second, ()) = tokio::join!(room.enter(), async {
            tokio::time::sleep(PATIENCE - STANDING).await;
            drop(first);
        });
        assert!(second.is_some());
        assert!(room.enter().await.is_none(), "but not for ever");
        assert_eq!(room.turned_away.load(Ordering::Relaxed), 1);
    }

    #[tokio::test]
    async fn neither_kind_keeps_the_other_out_and_whoever_watches_has_room() {
        let turns = Turns::of((1, 1, 1), STANDING);
        let asked = [
            (Method::GET, "/"),
            (Method::POST, "/api/v1/postings"),
            (Method::GET, "/health"),
            (Method::GET, "/assets/a.css"),
        ];
        let mut held = Vec::new();
        for (method, path) in &asked {
            held.push(turns.room(method, path).enter().await.unwrap());
        }
        assert!(turns.room(&Method::GET, "/assets/b.css").enter().await.is_some());
        assert_eq!([&turns.reads, &turns.writes, &turns.watchers].map(Room::taken), [1, 1, 1]);
    }
}
