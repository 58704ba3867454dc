//! Buckets that several nodes share, in Redis.
//!
//! Invariant: a decision is one script that Redis runs as a whole, on its own clock. Redis is asked only over a connection that answered a
//! moment ago, and no longer than [`COMMAND_TIMEOUT`]; the first time it does not answer, nobody waits for it again until it has.

use std::{
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use prometheus_client::registry::Registry;
use redis::{AsyncConnectionConfig, Client, RedisError, Script, aio::MultiplexedConnection};
use tokio::sync::Notify;

use super::{Caller, Quota, Verdict};
use crate::{
    breaker::{Breaker, Health},
    bulkhead::Bulkhead,
    config::CacheUrl,
    lifecycle::Shutdown,
};

/// A limit that is slower than this costs more than it saves.
const COMMAND_TIMEOUT: Duration = Duration::from_millis(250);
/// Decisions that may wait for it at once: with a limit of 250 ms each, some thousand a second even of one that hangs.
const MOST_WAITING: usize = 512;
const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);
/// Pause between attempts to reach a Redis that is gone.
const RETRIED_EVERY: Duration = Duration::from_secs(1);

/// The bucket that is asked for to see whether there is an answer.
const PROBED: &str = "gondola:limit:probe";

/// What is kept is the instant, in microseconds, at which the bucket will be full; it ends by itself when it is.
const TAKE: &str = "\
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local interval, most = tonumber(ARGV[1]), tonumber(ARGV[2])
local full_at = math.max(tonumber(redis.call('GET', KEYS[1]) or '0'), now)
local after = full_at + interval
if after - now > most then return {0, full_at - now} end
redis.call('SET', KEYS[1], string.format('%.0f', after), 'PX', math.ceil((after - now) / 1000))
return {1, after - now}";

/// The buckets in a Redis. Cheap to clone.
#[derive(Clone)]
pub struct Shared(Arc<Inner>);

struct Inner {
    client: Client,
    script: Script,
    link: RwLock<Option<Link>>,
    lost: Notify,
    failures: AtomicU64,
    breaker: Breaker,
    room: Bulkhead,
}

/// A connection that answered when it was made.
#[derive(Clone)]
struct Link {
    number: u64,
    connection: MultiplexedConnection,
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shared").field("up", &self.is_up()).finish_non_exhaustive()
    }
}

impl Shared {
    /// The buckets in the Redis at `url`. Nothing is asked of it before [`Shared::keep`] runs.
    pub fn new(url: &CacheUrl, breaker: Breaker) -> Result<Shared, RedisError> {
        Ok(Shared::of(Client::open(url.expose())?, breaker))
    }

    fn of(client: Client, breaker: Breaker) -> Shared {
        Shared(Arc::new(Inner {
            client,
            script: Script::new(TAKE),
            link: RwLock::default(),
            lost: Notify::new(),
            failures: AtomicU64::new(0),
            room: Bulkhead::new(breaker.name(), MOST_WAITING),
            breaker,
        }))
    }

    /// Whether it is worth asking, and since when.
    pub fn breaker(&self) -> &Breaker {
        &self.0.breaker
    }

    /// Puts the room before it on the page of figures.
    pub fn register(&self, registry: &mut Registry) {
        self.0.room.register(registry);
    }

    /// Whether Redis answered when it was last asked.
    pub fn is_up(&self) -> bool {
        self.link().is_some()
    }

    /// Takes a token, and says in how many nanoseconds the bucket will be full. `None` when Redis does not answer.
    pub(super) async fn take(&self, caller: &Caller, quota: Quota) -> Option<(i64, Verdict)> {
        let Link { number, mut connection } = self.link()?;
        // A cache that has become slow takes no more of us than this.
        let _room = self.0.room.enter()?;
        let pass = self.0.breaker.ask().ok()?;
        let mut call = self.0.script.key(format!("gondola:limit:{caller}"));
        call.arg(quota.interval_us()).arg(quota.most_us());
        match call.invoke_async::<(u8, i64)>(&mut connection).await {
            Ok((taken, full_in_us)) => {
                pass.worked();
                Some(quota.shared_verdict(taken > 0, full_in_us))
            }
            Err(error) => {
                pass.failed(&error);
                self.lose(number, &error);
                None
            }
        }
    }

    /// Keeps a connection for as long as the node runs.
    pub async fn keep(self, shutdown: Shutdown) {
        let mut silent = false;
        while !shutdown.is_stopping() {
            match self.connect().await {
                Ok(()) => {
                    // Whoever has just run the script runs scripts: that is the probe.
                    self.0.breaker.proved();
                    tracing::info!("limits are shared with the other nodes");
                    tokio::select! {
                        () = self.0.lost.notified() => {}
                        () = shutdown.wait() => break,
                    }
                    silent = true;
                }
                // Told once, not every second.
                Err(error) if !silent => {
                    self.0.breaker.checked(Health::Ill);
                    tracing::warn!(%error, "the cache does not answer: each node limits by itself");
                    silent = true;
                }
                Err(_) => self.0.breaker.checked(Health::Ill),
            }
            tokio::select! {
                () = tokio::time::sleep(RETRIED_EVERY) => {}
                () = shutdown.wait() => {}
            }
        }
    }

    async fn connect(&self) -> Result<(), RedisError> {
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(CONNECT_TIMEOUT))
            .set_response_timeout(Some(COMMAND_TIMEOUT));
        let mut connection = self.0.client.get_multiplexed_async_connection_with_config(&config).await?;
        // A server that is being loaded, one that cannot run scripts, or one that takes them and then gives no answer, is as good as
        // none: it is believed only once it has run the one that decides, for a bucket that is nobody's and ends at once.
        self.0.script.key(PROBED).arg(1).arg(1_000_000).invoke_async::<(u8, i64)>(&mut connection).await?;
        let number = self.0.failures.load(Ordering::Relaxed);
        *self.0.link.write().unwrap_or_else(PoisonError::into_inner) = Some(Link { number, connection });
        Ok(())
    }

    /// Lets go of a connection that failed, unless another has taken its place since.
    fn lose(&self, number: u64, error: &RedisError) {
        let mut link = self.0.link.write().unwrap_or_else(PoisonError::into_inner);
        if link.as_ref().is_some_and(|link| link.number == number) {
            *link = None;
            self.0.failures.fetch_add(1, Ordering::Relaxed);
            self.0.lost.notify_one();
            tracing::warn!(%error, "the cache does not answer: each node limits by itself");
        }
    }

    fn link(&self) -> Option<Link> {
        self.0.link.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[cfg(test)]
mod tests;
