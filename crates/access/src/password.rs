//! Passwords, kept as argon2id makes them (RFC 9106).
//!
//! Invariant: hashing never runs on the runtime's own threads, no more of it runs at once than there is memory set aside for, and what
//! waits has a bound. A password that is checked against nobody's hash costs what one against somebody's does.

mod common;
mod generate;
mod phc;
mod rules;

use std::{fmt, sync::Arc, time::Duration};

use argon2::{Algorithm, Argon2, Params, Version};
use platform::http::Problem;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

pub use generate::{ENTROPY_BYTES, code_words, one_time, typed};
pub use rules::{LEAST_CHARS, MOST_CHARS, fault};

use phc::Phc;

const SALT_BYTES: usize = 16;
const HASH_BYTES: usize = 32;
/// Hashes that may wait; more are told to come back.
const MOST_WAITING: usize = 64;

/// What a hash costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cost {
    /// Memory it fills.
    pub memory_kib: u32,
    /// How often it goes over it.
    pub passes: u32,
    /// Threads it could use.
    pub lanes: u32,
}

impl Cost {
    /// What OWASP asks for (Password Storage Cheat Sheet): 19 MiB, twice over, one lane.
    pub const RECOMMENDED: Cost = Cost { memory_kib: 19 * 1024, passes: 2, lanes: 1 };
}

/// A password as somebody typed it, in the one form in which it is hashed (Unicode NFKC).
#[derive(Clone, PartialEq, Eq)]
pub struct Typed(String);

impl Typed {
    /// Takes what was typed.
    pub fn new(text: &str) -> Typed {
        Typed(rules::normal(text))
    }

    /// The text itself.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Typed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Typed(***)")
    }
}

/// What became of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Checked {
    /// Whether it is the password.
    pub fits: bool,
    /// Whether the hash was made at another cost than today's.
    pub outdated: bool,
}

/// Makes and checks hashes. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Passwords(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    cost: Cost,
    at_once: usize,
    running: Arc<Semaphore>,
    waiting: Semaphore,
    /// A hash that nothing fits.
    decoy: Phc,
}

impl Passwords {
    /// At that cost, no more than `at_once` at a time.
    pub fn new(cost: Cost, at_once: usize) -> Result<Passwords, getrandom::Error> {
        let mut entropy = [0; SALT_BYTES + HASH_BYTES];
        getrandom::fill(&mut entropy)?;
        let (salt, hash) = entropy.split_at(SALT_BYTES);
        let decoy = Phc { cost, salt: salt.to_vec(), hash: hash.to_vec() };
        let at_once = at_once.max(1);
        let running = Arc::new(Semaphore::new(at_once));
        Ok(Passwords(Arc::new(Inner { cost, at_once, running, waiting: Semaphore::new(MOST_WAITING), decoy })))
    }

    /// Has hashes wait until what it gives is dropped: nothing is hashed meanwhile, and what is running is waited for.
    pub async fn hold(&self) -> Result<OwnedSemaphorePermit, Problem> {
        let all = u32::try_from(self.0.at_once).unwrap_or(u32::MAX);
        let held = Arc::clone(&self.0.running).acquire_many_owned(all).await;
        held.map_err(|error| Problem::internal(&error))
    }

    /// Hashes that wait for room.
    pub fn waiting(&self) -> usize {
        MOST_WAITING.saturating_sub(self.0.waiting.available_permits())
    }

    /// The hash to keep of a password, with a salt of its own.
    pub async fn hash(&self, password: &Typed) -> Result<String, Problem> {
        let mut salt = vec![0; SALT_BYTES];
        getrandom::fill(&mut salt).map_err(|error| Problem::internal(&error))?;
        let (cost, password) = (self.0.cost, password.clone());
        let hash = self.aside(move || digest(cost, &salt, &password).map(|hash| Phc { cost, salt, hash })).await?;
        Ok(hash.to_string())
    }

    /// Whether it is the password of which `kept` is the hash; of nobody's when `None`, which takes as long.
    pub async fn check(&self, password: &Typed, kept: Option<&str>) -> Result<Checked, Problem> {
        let broken = || Problem::bug("a kept password is not as argon2id writes it");
        let expected = kept.map(|kept| Phc::parse(kept).ok_or_else(broken)).transpose()?;
        let known = expected.is_some();
        let expected = expected.unwrap_or_else(|| self.0.decoy.clone());
        let outdated = expected.cost != self.0.cost;
        let password = password.clone();
        let same = self.aside(move || digest(expected.cost, &expected.salt, &password).map(|hash| expected.is(&hash)));
        Ok(Checked { fits: same.await? && known, outdated })
    }

    /// Runs it where it may take its time. What was begun is finished also when nobody waits for it any more, and holds its room
    /// until then.
    async fn aside<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, argon2::Error> + Send + 'static,
    ) -> Result<T, Problem> {
        let busy = || Problem::too_many(Duration::from_secs(1)).log("too many passwords are being checked");
        let waiting = self.0.waiting.try_acquire().map_err(|_| busy())?;
        let room = Arc::clone(&self.0.running).acquire_owned().await.map_err(|_| busy())?;
        drop(waiting);
        let task = tokio::task::spawn_blocking(move || {
            let done = work();
            drop(room);
            done
        });
        let done = task.await.map_err(|error| Problem::internal(&error))?;
        done.map_err(|error| Problem::bug(format_args!("argon2: {error}")))
    }
}

fn digest(cost: Cost, salt: &[u8], password: &Typed) -> Result<Vec<u8>, argon2::Error> {
    let params = Params::new(cost.memory_kib, cost.passes, cost.lanes, Some(HASH_BYTES))?;
    let mut hash = vec![0; HASH_BYTES];
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params).hash_password_into(
        password.expose().as_bytes(),
        salt,
        &mut hash,
    )?;
    Ok(hash)
}

#[cfg(test)]
mod tests;
