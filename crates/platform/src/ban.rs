//! Keeps out, for a growing time, whoever is refused again and again.
//!
//! Invariant: nobody is kept out but whoever was refused `after` times faster than strikes are forgotten, or whom an operator named; every
//! ban ends by itself. What is in force is looked up in memory; the database tells other processes and outlives this one.

mod keeper;
mod subject;
mod view;

use std::{
    net::IpAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use domain::{Clock, Stopwatch, Timestamp};
use tokio::sync::mpsc;

use self::view::View;
use crate::{
    config::Door as DoorSettings,
    limit::{Caller, Callers, Quota},
    network::Networks,
};

pub use keeper::{Keeper, about, banned};
pub use subject::Subject;

/// Bans that wait to be written down; more are kept in memory alone.
const MOST_WAITING: usize = 1_000;

/// How long bans are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lengths {
    /// The first.
    pub first: Duration,
    /// The longest.
    pub longest: Duration,
}

impl Lengths {
    /// The n-th ban in a row, counted from 1: each four times as long as the one before.
    pub fn of(self, times: i64) -> Duration {
        let growth = u32::try_from(times.clamp(1, 16) - 1).map_or(0, |steps| 4_u32.pow(steps.min(15)));
        self.first.saturating_mul(growth).min(self.longest)
    }
}

/// Who was refused too often, on their way into the database.
#[derive(Debug, Clone)]
struct Struck {
    subject: Subject,
    status: u16,
    at: Timestamp,
}

/// Knows who is kept out, and counts refusals. Cheap to clone.
#[derive(Clone)]
pub struct Bans(Arc<Inner>);

struct Inner {
    view: View,
    strikes: Callers,
    allowance: Option<Quota>,
    lengths: Lengths,
    exempt: [Networks; 2],
    clock: Arc<dyn Clock>,
    watch: Stopwatch,
    refused: AtomicU64,
    tell: mpsc::Sender<Struck>,
}

impl Bans {
    /// As the settings say, and the keeper that writes bans down and learns of others'. Where nobody runs it, bans are this process's own.
    pub fn new(settings: &DoorSettings, clock: Arc<dyn Clock>) -> (Bans, Keeper) {
        let (tell, told) = mpsc::channel(MOST_WAITING);
        let bans = Bans(Arc::new(Inner {
            view: View::default(),
            strikes: Callers::default(),
            allowance: (settings.ban_after > 0).then(|| Quota::new(settings.ban_after, settings.ban_window)),
            lengths: settings.ban_lengths,
            // A proxy that does not say whom it speaks for must not be shut with all who come through it.
            exempt: [settings.ban_exempt.clone(), settings.proxies.trusted.clone()],
            clock,
            watch: Stopwatch::start(),
            refused: AtomicU64::new(0),
            tell,
        }));
        (bans.clone(), Keeper::new(bans, told))
    }

    /// How long the caller, or whoever comes from that address, is still kept out.
    pub fn left(&self, caller: &Caller, address: Option<IpAddr>) -> Option<Duration> {
        if self.0.view.is_empty() {
            return None;
        }
        let now = self.0.clock.now();
        let ends_at = self.0.view.end(caller, address).filter(|ends_at| *ends_at > now)?;
        u64::try_from(ends_at.micros() - now.micros()).ok().map(Duration::from_micros)
    }

    /// Notes that somebody who is kept out was turned away.
    pub fn turned_away(&self) {
        self.0.refused.fetch_add(1, Ordering::Relaxed);
    }

    /// Notes that the caller was refused with that status; past the allowance it is kept out from now on.
    pub fn strike(&self, caller: &Caller, address: Option<IpAddr>, status: u16) {
        let Some(allowance) = self.0.allowance else { return };
        if address.is_some_and(|address| self.0.exempt.iter().any(|networks| networks.contain(address))) {
            return;
        }
        let now_ns = i64::try_from(self.0.watch.elapsed().as_nanos()).unwrap_or(i64::MAX);
        if self.0.strikes.take(caller, allowance, now_ns).wait.is_none() {
            return;
        }
        self.0.strikes.forget(caller);
        self.keep_out(Subject::from(caller), status);
    }

    /// At once in this process, for the length of a first ban; the keeper knows whether it is the first.
    fn keep_out(&self, subject: Subject, status: u16) {
        let at = self.0.clock.now();
        self.0.view.put(&subject, after(at, self.0.lengths.first), at);
        if self.0.tell.try_send(Struck { subject, status, at }).is_err() {
            tracing::warn!("too many bans at once: some are known to this process alone");
        }
    }

    /// Bans in force, and requests they turned away.
    pub fn figures(&self) -> (usize, u64) {
        (self.0.view.count(self.0.clock.now()), self.0.refused.load(Ordering::Relaxed))
    }
}

fn after(at: Timestamp, length: Duration) -> Timestamp {
    at.plus_seconds(i64::try_from(length.as_secs()).unwrap_or(i64::MAX / 2_000_000))
}

#[cfg(test)]
mod tests;
