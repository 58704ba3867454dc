//! Answers by their exact status.
//!
//! Invariant: a status has three digits, so there are never more than nine hundred series, whatever clients send; they are not told
//! apart by route, which would be as many again for each.

use std::{
    fmt,
    sync::atomic::{AtomicU64, Ordering},
};

use axum::http::StatusCode;

use crate::metrics::Page;

const FIRST: u16 = 100;
const PLACES: usize = 900;

/// How many answers had each status.
#[derive(Debug)]
pub(super) struct Codes(Box<[AtomicU64; PLACES]>);

impl Default for Codes {
    fn default() -> Codes {
        Codes(Box::new([const { AtomicU64::new(0) }; PLACES]))
    }
}

impl Codes {
    pub(super) fn note(&self, status: StatusCode) {
        if let Some(place) = self.0.get(usize::from(status.as_u16().saturating_sub(FIRST))) {
            place.fetch_add(1, Ordering::Relaxed);
        }
    }

    pub(super) fn write(&self, page: &mut Page<'_>) -> fmt::Result {
        let seen = (FIRST..).zip(self.0.iter()).map(|(code, count)| (code.to_string(), count.load(Ordering::Relaxed)));
        let seen: Vec<(String, u64)> = seen.filter(|(_, count)| *count > 0).collect();
        let rows = seen.iter().map(|(code, count)| ([("code", code.as_str())], *count));
        page.counters("http_server_responses", "Answers by their exact status, over all routes", rows)
    }
}
