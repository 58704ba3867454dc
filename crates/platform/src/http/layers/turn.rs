//! Room for each request: how many are answered at once, and how long one waits for a place.
//!
//! Invariant: many that come together wait for each other and are all answered; while more come than are answered nobody waits longer
//! than a moment, so that who is let in is answered as soon as ever. Those that watch us have room of their own.
//!
//! Requests that read use the processors, and few at once are as fast as many; requests that change something wait for a commit, which
//! many share. Each kind has its own room, so that neither keeps the other out.

mod room;

use std::{sync::Arc, time::Duration};

use axum::http::Method;
use tokio::sync::Semaphore;

use self::room::Room;
use crate::{config::Settings, machine::cpus, metrics::Page};

/// Paths by which others see how we are. Who would not be told so while there is much to do would take us for dead.
const WATCHING: [&str; 3] = ["/health", "/ready", "/metrics"];
/// Of those that watch, how many have room of their own.
const WATCHERS: usize = 64;
/// Files of pages, which cost next to nothing, and which a browser does not ask for again.
const ASSETS: &str = "/assets/";
/// Requests that read, for each processor: together they take it some ten milliseconds.
pub(super) const READS: usize = 16;
/// Requests that change something, for each processor: enough that commits are shared.
const WRITES: usize = 128;

/// The rooms of all kinds.
#[derive(Debug)]
pub(super) struct Turns {
    reads: Room,
    writes: Room,
    watchers: Room,
    /// Files of pages: as many as are asked for.
    assets: Room,
    /// Places beside those of the rooms, for who comes while those inside only wait.
    beside: Arc<Semaphore>,
    most_beside: usize,
}

impl Turns {
    /// As the settings say, on this machine.
    pub(super) fn new(settings: &Settings) -> Turns {
        let processors = usize::try_from(cpus()).unwrap_or(usize::MAX);
        let most = |each: usize| processors.saturating_mul(each).min(settings.max_in_flight);
        Turns::of((most(READS), most(WRITES), WATCHERS), settings.max_in_flight, settings.turn_wait)
    }

    fn of((reads, writes, watchers): (usize, usize, usize), most_beside: usize, standing: Duration) -> Turns {
        let beside = Arc::new(Semaphore::new(most_beside));
        let room = |kind, most| Room::of(kind, most, standing, &beside);
        let (reads, writes) = (room("read", reads), room("write", writes));
        let (watchers, assets) = (room("watch", watchers), room("asset", Semaphore::MAX_PERMITS));
        Turns { reads, writes, watchers, assets, beside, most_beside }
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
        let beside = self.most_beside.saturating_sub(self.beside.available_permits());
        let active = rooms.iter().map(|room| room.taken()).sum::<usize>() + beside;
        page.gauge("http_server_active_requests", "Requests being answered", active)?;
        let most = rooms.iter().map(|room| room.most).sum::<usize>() + self.most_beside;
        page.gauge("http_server_max_active_requests", "Requests that may be answered at once", most)?;
        let stands = rooms.iter().any(|room| room.stands());
        page.gauge("http_server_overloaded", "Whether more come than are answered", u32::from(stands))?;
        let rows = rooms.map(|room| ([("kind", room.kind)], room.turned_away()));
        page.counters("http_server_requests_turned_away", "Requests for which there was no turn in time", rows)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn neither_kind_keeps_the_other_out_and_whoever_watches_has_room() {
        let turns = Turns::of((1, 1, 1), 0, Duration::from_millis(20));
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
