//! Secrets of the program that are replaced from time to time: who they are, how old, and whose turn it is.
//!
//! Invariant: nothing is replaced by itself unless the settings say so, and never what somebody has to carry elsewhere; what is
//! due is told until it is done.

mod fields;
mod figures;
mod master;

use std::{
    collections::BTreeMap,
    error::Error,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use domain::{Clock, Timestamp, audit::Action};
use futures_util::future::BoxFuture;

use crate::audit::{self, Draft};

pub use fields::FieldKeys;
pub use master::MasterKeys;

/// Why a secret could not be looked at or replaced.
pub type Fault = Box<dyn Error + Send + Sync>;

/// How often a node should make its round.
pub const ROUND_EVERY: Duration = Duration::from_secs(600);
/// How often what is due is said again.
const SAID_EVERY_S: i64 = 24 * 3600;

/// How a secret stands.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Standing {
    /// When it was made; `None` when there is none.
    pub made_at: Option<Timestamp>,
    /// When it stops serving by itself.
    pub ends_at: Option<Timestamp>,
    /// A change that has begun and not ended, in English, for logs and details.
    pub under_way: Option<String>,
}

/// A secret, or a set of them, that is replaced.
pub trait Rotates: Send + Sync {
    /// Its name: that of `gondola key rotate NAME`.
    fn name(&self) -> &'static str;

    /// How it stands.
    fn standing(&self) -> BoxFuture<'_, Result<Standing, Fault>>;

    /// Replaces it, when the program can do that by itself without anybody having to carry anything.
    fn rotate(&self) -> Option<BoxFuture<'_, Result<(), Fault>>>;

    /// Goes on with what an earlier change left to do. Called every round.
    fn settle(&self) -> BoxFuture<'_, Result<(), Fault>> {
        Box::pin(std::future::ready(Ok(())))
    }
}

/// A replacement that the program made by itself, as the audit log tells it.
pub fn by_itself(secret: &str) -> Draft {
    audit::by_system("server", Action::SecretRotated).on("secret", secret)
}

/// What is done about a secret whose time has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Policy {
    /// Nothing.
    Off,
    /// It is told.
    Remind,
    /// It is replaced by the program where it can be, and told where not.
    Automatic,
}

impl Policy {
    /// Its name in settings.
    pub const fn name(self) -> &'static str {
        match self {
            Policy::Off => "off",
            Policy::Remind => "remind",
            Policy::Automatic => "automatic",
        }
    }

    /// All of them.
    pub const ALL: [Policy; 3] = [Policy::Off, Policy::Remind, Policy::Automatic];
}

/// A secret as it was seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// Its name.
    pub name: &'static str,
    /// How it stands.
    pub standing: Standing,
    /// Its age, in seconds.
    pub age_s: Option<i64>,
    /// Whether its time has come.
    pub is_due: bool,
    /// Why it could not be looked at.
    pub fault: Option<String>,
}

/// Every secret that is replaced. Cheap to clone.
#[derive(Clone)]
pub struct Rotation(Arc<Inner>);

struct Inner {
    things: Vec<Box<dyn Rotates>>,
    policy: Policy,
    every: Duration,
    clock: Arc<dyn Clock>,
    seen: Mutex<BTreeMap<&'static str, Seen>>,
    said: Mutex<BTreeMap<&'static str, Timestamp>>,
}

impl Rotation {
    /// Over these secrets; each is due when it is older than `every`.
    pub fn new(things: Vec<Box<dyn Rotates>>, policy: Policy, every: Duration, clock: Arc<dyn Clock>) -> Rotation {
        Rotation(Arc::new(Inner { things, policy, every, clock, seen: Mutex::default(), said: Mutex::default() }))
    }

    /// How each stands now.
    pub async fn look(&self) -> Vec<Seen> {
        let mut all = Vec::with_capacity(self.0.things.len());
        for thing in &self.0.things {
            let seen = self.see(thing.as_ref()).await;
            self.0.seen.lock().unwrap_or_else(PoisonError::into_inner).insert(seen.name, seen.clone());
            all.push(seen);
        }
        all
    }

    /// How each stood when it was looked at last.
    pub fn seen(&self) -> Vec<Seen> {
        self.0.seen.lock().unwrap_or_else(PoisonError::into_inner).values().cloned().collect()
    }

    async fn see(&self, thing: &dyn Rotates) -> Seen {
        let (standing, fault) = match thing.standing().await {
            Ok(standing) => (standing, None),
            Err(fault) => (Standing::default(), Some(fault.to_string())),
        };
        let now = self.0.clock.now();
        let age_s = standing.made_at.map(|made| (now.micros() - made.micros()) / 1_000_000);
        let most = i64::try_from(self.0.every.as_secs()).unwrap_or(i64::MAX);
        let is_due = self.0.policy != Policy::Off && age_s.is_some_and(|age| age >= most);
        Seen { name: thing.name(), standing, age_s, is_due, fault }
    }

    /// Looks at each, goes on with changes under way, and does about what is due what the policy says.
    pub async fn round(&self) {
        for (thing, seen) in self.0.things.iter().zip(self.look().await) {
            if let Err(error) = thing.settle().await {
                tracing::error!(secret = seen.name, error = &*error as &dyn Error, "a change of keys does not go on");
            }
            if seen.is_due {
                self.attend(thing.as_ref(), &seen).await;
            }
        }
        self.look().await;
    }

    async fn attend(&self, thing: &dyn Rotates, seen: &Seen) {
        let replaced = if self.0.policy == Policy::Automatic { thing.rotate() } else { None };
        let Some(replaced) = replaced else { return self.remind(seen) };
        match replaced.await {
            Ok(()) => tracing::info!(secret = seen.name, "replaced, its time having come"),
            Err(error) => {
                tracing::error!(secret = seen.name, error = &*error as &dyn Error, "could not be replaced");
                self.remind(seen);
            }
        }
    }

    fn remind(&self, seen: &Seen) {
        let now = self.0.clock.now();
        let mut said = self.0.said.lock().unwrap_or_else(PoisonError::into_inner);
        let again = said.get(seen.name).is_none_or(|last| now.micros() - last.micros() >= SAID_EVERY_S * 1_000_000);
        if again {
            said.insert(seen.name, now);
            let age_days = seen.age_s.unwrap_or(0) / 86_400;
            tracing::warn!(secret = seen.name, age_days, "it is time to replace it (gondola key rotate)");
        }
    }
}

#[cfg(test)]
mod tests;
