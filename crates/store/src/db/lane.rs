//! Connections kept between statements.
//!
//! Invariant: a connection is used again as it is only after everything asked of it was answered. Any other goes back to the
//! driver's pool, which proves it or closes it; but the pool knows nothing of a transaction that was begun by hand, so where one may be
//! open the connection is closed, and so is one to a server that left a question unanswered: it may be a line that nobody is at the
//! other end of.

use std::{
    collections::BTreeMap,
    future::Future,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use domain::Stopwatch;
use sqlx::{Database, Pool, SqlStr, pool::PoolConnection};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, TryAcquireError};

use super::{
    guard::{Guard, Leave},
    pool::{PoolFigures, Waits},
    timing::{StatementFigures, Timed, Timings},
};
use crate::{Error, Result};

/// A connection unused for longer is proven by the driver before it serves again: its server may have gone meanwhile.
const FRESH: Duration = Duration::from_secs(1);

/// On which terms connections are lent.
#[derive(Debug, Clone, Default)]
pub(crate) struct Terms {
    /// How long a caller waits for its turn.
    pub(crate) wait: Duration,
    /// How long a server has to answer a statement. It is given up on then, for its own limits say nothing of a line that was cut
    /// without a word; a file answers sooner or later.
    pub(crate) patience: Option<Duration>,
    /// From when on a statement is told of as slow.
    pub(crate) slow: Option<Duration>,
    /// Counts the connections that the driver opens.
    pub(crate) opened: Arc<AtomicU64>,
}

/// The driver's pool proves a connection each time it is lent and each time it comes back. That is two more trips for every
/// statement, so those just used wait here instead.
#[derive(Debug)]
pub(crate) struct Lanes<D: Database>(Arc<Shared<D>>, Option<Arc<dyn Guard>>);

#[derive(Debug)]
struct Shared<D: Database> {
    pool: Pool<D>,
    room: Arc<Semaphore>,
    terms: Terms,
    lent: AtomicU64,
    kept: Mutex<Vec<(PoolConnection<D>, Stopwatch)>>,
    waits: Waits,
    timings: Timings,
}

/// A connection on loan.
#[derive(Debug)]
pub(crate) struct Lane<D: Database> {
    connection: Option<PoolConnection<D>>,
    home: Arc<Shared<D>>,
    answered: bool,
    begun: bool,
    leave: Option<Leave>,
    _room: OwnedSemaphorePermit,
}

impl<D: Database> Clone for Lanes<D> {
    fn clone(&self) -> Lanes<D> {
        Lanes(Arc::clone(&self.0), self.1.clone())
    }
}

impl<D: Database> Lanes<D> {
    /// Over a pool.
    pub(crate) fn new(pool: Pool<D>, terms: Terms) -> Lanes<D> {
        let room = Arc::new(Semaphore::new(pool.options().get_max_connections() as usize));
        let (kept, waits, timings) = (Mutex::default(), Waits::default(), Timings::new(system::<D>(), terms.slow));
        Lanes(Arc::new(Shared { pool, room, terms, lent: AtomicU64::new(0), kept, waits, timings }), None)
    }

    /// The same, lent only when `guard` gives leave.
    pub(super) fn guarded(self, guard: &Arc<dyn Guard>) -> Lanes<D> {
        Lanes(self.0, Some(Arc::clone(guard)))
    }

    /// The driver's pool with every connection back in it, for what only it can do.
    pub(crate) fn pool(&self) -> &Pool<D> {
        self.0.kept().clear();
        &self.0.pool
    }

    /// A connection.
    pub(crate) async fn lane(&self) -> Result<Lane<D>> {
        let mut leave = self.1.as_ref().map(Leave::of).transpose()?;
        let room = match Arc::clone(&self.0.room).try_acquire_owned() {
            Ok(room) => room,
            Err(TryAcquireError::Closed) => return Err(Error::from(sqlx::Error::PoolClosed)),
            Err(TryAcquireError::NoPermits) => self.turn().await?,
        };
        self.0.lent.fetch_add(1, Ordering::Relaxed);
        let connection = match self.0.take() {
            Some(connection) => connection,
            None => noted(&mut leave, self.0.pool.acquire().await)?,
        };
        let (connection, home) = (Some(connection), Arc::clone(&self.0));
        Ok(Lane { connection, home, answered: false, begun: false, leave, _room: room })
    }

    async fn turn(&self) -> Result<OwnedSemaphorePermit> {
        let since = Stopwatch::start();
        let turn = tokio::time::timeout(self.0.terms.wait, Arc::clone(&self.0.room).acquire_owned()).await;
        self.0.waits.note(since.elapsed(), turn.is_err());
        let turn = turn.map_err(|_| Error::from(sqlx::Error::PoolTimedOut))?;
        turn.map_err(|_| Error::from(sqlx::Error::PoolClosed))
    }

    /// How much of it is in use, under this name.
    pub(crate) fn figures(&self, name: &'static str) -> PoolFigures {
        let limit = self.0.pool.options().get_max_connections() as usize;
        let in_use = limit.saturating_sub(self.0.room.available_permits());
        let idle = self.0.kept().len() + self.0.pool.num_idle();
        let (lent, opened) = (self.0.lent.load(Ordering::Relaxed), self.0.terms.opened.load(Ordering::Relaxed));
        self.0.waits.figures(PoolFigures { name, limit, in_use, idle, lent, opened, ..PoolFigures::default() })
    }

    /// Adds how long its statements took, by name.
    pub(super) fn add_timings(&self, all: &mut BTreeMap<String, StatementFigures>) {
        self.0.timings.add_to(all);
    }

    /// Waits for connections to finish and closes them.
    pub(crate) async fn close(&self) {
        self.0.room.close();
        self.0.kept().clear();
        self.0.pool.close().await;
    }
}

impl<D: Database> Shared<D> {
    fn kept(&self) -> std::sync::MutexGuard<'_, Vec<(PoolConnection<D>, Stopwatch)>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take(&self) -> Option<PoolConnection<D>> {
        let (connection, since) = self.kept().pop()?;
        (since.elapsed() < FRESH).then_some(connection)
    }

    fn keep(&self, connection: PoolConnection<D>) {
        let mut kept = self.kept();
        // The last to come back goes out first, so the one at the bottom tells whether there are more than are needed.
        let spare = kept.first().is_some_and(|(_, since)| since.elapsed() >= FRESH);
        if !self.room.is_closed() {
            kept.push((connection, Stopwatch::start()));
        }
        let spare = spare.then(|| kept.remove(0));
        drop(kept);
        drop(spare);
    }
}

impl<D: Database> Drop for Shared<D> {
    fn drop(&mut self) {
        // Nobody is left to prove them, and giving them back needs a runtime that may be gone.
        for (connection, _) in self.kept().drain(..) {
            drop(connection.detach());
        }
    }
}

impl<D: Database> Lane<D> {
    /// What statements run on.
    pub(crate) fn connection(&mut self) -> Result<&mut D::Connection> {
        self.answered = false;
        self.connection.as_deref_mut().ok_or_else(|| Error::from(sqlx::Error::PoolClosed))
    }

    /// What a statement on it gave, told to whoever gave leave. A connection that failed is closed: others wait for its place.
    pub(super) fn noted<T>(&mut self, result: std::result::Result<T, sqlx::Error>) -> Result<T> {
        let result = noted(&mut self.leave, result);
        if matches!(result, Err(Error::Unavailable(_))) && self.home.terms.patience.is_some() {
            drop(self.connection.take().map(PoolConnection::detach));
        }
        result
    }

    /// How a statement on it is asked.
    pub(super) fn asking(&self, text: &SqlStr) -> Asking {
        Asking { timed: self.home.timings.of(text), patience: self.home.terms.patience }
    }

    /// A transaction begins on it, or may.
    pub(crate) fn in_transaction(mut self) -> Lane<D> {
        self.begun = true;
        self
    }

    /// Ends the connection, whatever it is doing.
    pub(crate) fn close(mut self) {
        drop(self.connection.take().map(PoolConnection::detach));
    }

    /// Everything asked of it was answered, and no transaction is open.
    pub(crate) fn answered(&mut self) {
        self.answered = true;
    }
}

/// A statement on its way: how long it takes is noted, and it is given up on in time.
pub(super) struct Asking {
    timed: Arc<Timed>,
    patience: Option<Duration>,
}

impl Asking {
    pub(super) async fn answer<T>(
        self,
        asked: impl Future<Output = std::result::Result<T, sqlx::Error>>,
    ) -> std::result::Result<T, sqlx::Error> {
        let Some(patience) = self.patience else { return self.timed.run(asked).await };
        let silent = || sqlx::Error::Io(std::io::Error::new(std::io::ErrorKind::TimedOut, "no answer"));
        let in_time = async { tokio::time::timeout(patience, asked).await.unwrap_or_else(|_| Err(silent())) };
        self.timed.run(in_time).await
    }
}

/// What others call the database.
fn system<D: Database>() -> &'static str {
    if D::NAME == "SQLite" { "sqlite" } else { "postgresql" }
}

fn noted<T>(leave: &mut Option<Leave>, result: std::result::Result<T, sqlx::Error>) -> Result<T> {
    match leave {
        Some(leave) => leave.note(result),
        None => result.map_err(Error::from),
    }
}

impl<D: Database> Drop for Lane<D> {
    fn drop(&mut self) {
        let Some(connection) = self.connection.take() else { return };
        match (self.answered, self.begun) {
            (true, _) => self.home.keep(connection),
            (false, false) if self.home.terms.patience.is_none() => drop(connection),
            (false, _) => drop(connection.detach()),
        }
    }
}
