//! The bans in force, in memory.
//!
//! Invariant: bounded; looking up reads one map, and a short list of networks wider than one caller.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{
        PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard,
        atomic::{AtomicBool, Ordering},
    },
};

use domain::Timestamp;

use super::Subject;
use crate::{limit::Caller, network::Network};

/// Bans held; past it those that end last are kept.
pub(super) const MOST: usize = 10_000;

#[derive(Debug, Default)]
pub(super) struct View {
    any: AtomicBool,
    known: RwLock<Known>,
}

#[derive(Debug, Default)]
struct Known {
    single: HashMap<Caller, Timestamp>,
    wide: Vec<(Network, Timestamp)>,
}

impl View {
    pub(super) fn is_empty(&self) -> bool {
        !self.any.load(Ordering::Relaxed)
    }

    /// The latest end of a ban that holds for the caller or their address.
    pub(super) fn end(&self, caller: &Caller, address: Option<IpAddr>) -> Option<Timestamp> {
        let known = self.read();
        let own = known.single.get(caller).copied();
        // A credential that is good opens from everywhere: only its own ban holds for it.
        let address = address.filter(|_| matches!(caller, Caller::From(_)));
        let wide = known.wide.iter().filter(|(network, _)| address.is_some_and(|address| network.contains(address)));
        wide.map(|(_, end)| *end).chain(own).max()
    }

    /// Adds one. When there is no room, those that are over make it; else it is not kept here.
    pub(super) fn put(&self, subject: &Subject, ends_at: Timestamp, now: Timestamp) {
        let mut known = self.write();
        if known.count() >= MOST {
            known.single.retain(|_, end| *end > now);
            known.wide.retain(|(_, end)| *end > now);
        }
        if known.count() < MOST {
            known.put(subject, ends_at);
            self.any.store(true, Ordering::Relaxed);
        }
    }

    /// Takes these in the place of all.
    pub(super) fn replace(&self, bans: impl IntoIterator<Item = (Subject, Timestamp)>) {
        let mut fresh = Known::default();
        for (subject, ends_at) in bans.into_iter().take(MOST) {
            fresh.put(&subject, ends_at);
        }
        let any = fresh.count() > 0;
        *self.write() = fresh;
        self.any.store(any, Ordering::Relaxed);
    }

    /// How many hold at that instant.
    pub(super) fn count(&self, at: Timestamp) -> usize {
        let known = self.read();
        let ends = known.single.values().chain(known.wide.iter().map(|(_, end)| end));
        ends.filter(|end| **end > at).count()
    }

    fn read(&self) -> RwLockReadGuard<'_, Known> {
        self.known.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Known> {
        self.known.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Known {
    fn count(&self) -> usize {
        self.single.len() + self.wide.len()
    }

    fn put(&mut self, subject: &Subject, ends_at: Timestamp) {
        match subject {
            Subject::Key(id) => drop(self.single.insert(Caller::Known(id.clone()), ends_at)),
            Subject::Network(network) if network.is_one_caller() => {
                self.single.insert(Caller::From(*network), ends_at);
            }
            Subject::Network(network) => {
                self.wide.retain(|(known, _)| known != network);
                self.wide.push((*network, ends_at));
            }
        }
    }
}
