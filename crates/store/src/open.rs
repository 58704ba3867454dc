//! Opening a database by its address.
//!
//! Invariant: SQLite runs with a write-ahead log and `synchronous=FULL`, so a commit that was answered survives a power cut.

use std::{
    str::FromStr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use futures_util::future::BoxFuture;
use sqlx::{
    ConnectOptions, Connection,
    postgres::{PgConnectOptions, PgPoolOptions},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

use crate::{
    Db, Error, Result,
    db::{Lanes, Pools, Terms},
};

/// What the ledger's writer takes: one for its batches, one for a preview meanwhile.
pub(crate) const LEDGER_CONNECTIONS: u32 = 2;
/// The writer finds its rows by their keys, whatever the server believes of the sizes of tables.
const BY_INDEX: [(&str, &str); 3] =
    [("enable_seqscan", "off"), ("enable_hashjoin", "off"), ("enable_mergejoin", "off")];

/// How to open a database.
#[derive(Debug, Clone)]
pub struct Options {
    /// `sqlite:///path` or `postgres://…`.
    pub url: String,
    /// Connections for reading (SQLite) or in all (PostgreSQL).
    pub pool_size: u32,
    /// How long to wait for a locked file, which another program lets go of sooner or later.
    pub wait: Duration,
    /// How long to wait for a server, or for a free connection to it. Short: a caller is better told than kept.
    pub server_wait: Duration,
    /// How long a server has to answer a statement. Longer than it allows itself, so that it is the one to say so while it can.
    pub server_patience: Duration,
    /// From when on a statement is told of in the log as slow; `None` for never.
    pub slow_statement: Option<Duration>,
    /// Whether a missing SQLite file is made.
    pub create: bool,
    /// Whether nothing may be written.
    pub read_only: bool,
}

impl Options {
    /// For that address, with the defaults of a shop.
    pub fn new(url: impl Into<String>) -> Options {
        Options {
            url: url.into(),
            pool_size: 20,
            wait: Duration::from_secs(30),
            server_wait: Duration::from_secs(3),
            server_patience: Duration::from_secs(35),
            slow_statement: None,
            create: true,
            read_only: false,
        }
    }
}

impl Db {
    /// Opens the database at that address.
    pub async fn open(options: &Options) -> Result<Db> {
        if options.url.starts_with("sqlite:") {
            return open_sqlite(options).await;
        }
        if options.url.starts_with("postgres://") || options.url.starts_with("postgresql://") {
            read_authority(&options.url)?;
            return open_postgres(options).await;
        }
        Err(Error::Address(options.url.clone()))
    }

    /// The database of a server, which is asked for nothing yet: it need not be there.
    pub fn of_server(options: &Options) -> Result<Db> {
        let connect = PgConnectOptions::from_str(&options.url)
            .map_err(|_| Error::Address("postgres://…".to_owned()))?
            .application_name("gondola")
            .options([("statement_timeout", "30s"), ("lock_timeout", "30s")])
            .statement_cache_capacity(256)
            .disable_statement_logging();
        let lanes = |size: u32, connect| {
            let terms = Terms { patience: Some(options.server_patience), ..terms(options) };
            let opened = Arc::clone(&terms.opened);
            let pool = PgPoolOptions::new()
                .max_connections(size)
                .acquire_timeout(options.server_wait)
                .idle_timeout(Duration::from_secs(300))
                .after_connect(move |_, _| counted(&opened));
            Lanes::new(pool.connect_lazy_with(connect), terms)
        };
        let by_index = connect.clone().options(BY_INDEX);
        Ok(Db(Pools::Postgres {
            ledger: lanes(LEDGER_CONNECTIONS, by_index),
            all: lanes(options.pool_size.max(2), connect),
        }))
    }
}

/// On which terms connections are lent, wherever the database is.
fn terms(options: &Options) -> Terms {
    Terms { wait: options.wait, slow: options.slow_statement, ..Terms::default() }
}

/// Counts a connection that was opened.
fn counted(opened: &AtomicU64) -> BoxFuture<'static, sqlx::Result<()>> {
    opened.fetch_add(1, Ordering::Relaxed);
    Box::pin(std::future::ready(Ok(())))
}

/// Fails when the authority that an address names cannot be read, which the driver would tell as a server that cannot be reached.
fn read_authority(url: &str) -> Result<()> {
    let pairs = url.split_once('?').map_or("", |(_, query)| query).split('&');
    let named =
        pairs.filter_map(|pair| pair.strip_prefix("sslrootcert=").or_else(|| pair.strip_prefix("ssl-root-cert=")));
    // What is escaped is left to the driver.
    for path in named.filter(|path| !path.contains('%')) {
        std::fs::File::open(path).map_err(|error| sqlx::Error::Tls(format!("{path}: {error}").into()))?;
    }
    Ok(())
}

/// Which database of which server an address names, without who asks for it nor how; `None` for a file.
pub fn server_place(url: &str) -> Option<String> {
    let connect = PgConnectOptions::from_str(url).ok().filter(|_| !url.starts_with("sqlite:"))?;
    let database = connect.get_database().unwrap_or(connect.get_username());
    Some(format!("{}:{}/{database}", connect.get_host(), connect.get_port()))
}

/// Without `ANALYZE` nor `PRAGMA optimize`, on purpose: statements and indices were made for a planner that knows no figures. With
/// figures it scans all postings for the few that are corrected (`corrects` is nearly always NULL, which it takes for one common
/// value) and all of a site's postings for a first day.
async fn open_sqlite(options: &Options) -> Result<Db> {
    let base = SqliteConnectOptions::from_str(&options.url)
        .map_err(|_| Error::Address(options.url.clone()))?
        .create_if_missing(options.create && !options.read_only)
        .read_only(options.read_only)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(options.wait)
        .statement_cache_capacity(256)
        .pragma("temp_store", "MEMORY")
        .disable_statement_logging();
    if !options.create && matches!(base.get_filename().try_exists(), Ok(false)) {
        return Err(Error::Missing(base.get_filename().display().to_string()));
    }
    let base = if options.read_only { base } else { base.journal_mode(SqliteJournalMode::Wal) };
    let pool = |size: u32, opened: &Arc<AtomicU64>| {
        let opened = Arc::clone(opened);
        SqlitePoolOptions::new()
            .max_connections(size)
            .acquire_timeout(options.wait)
            .idle_timeout(None)
            .max_lifetime(None)
            // On a full disk SQLite ends the transaction by itself; the driver then counts one that is no longer there, and would
            // refuse to begin another for ever. Such a connection is thrown away.
            .before_acquire(|connection, _| Box::pin(async move { Ok(!connection.is_in_transaction()) }))
            .after_connect(move |_, _| counted(&opened))
    };
    let (writing, reading) = (terms(options), terms(options));
    // 4 MiB of pages: enough for the upper levels of every index. What is not there stands in the system's own cache, a microsecond
    // away, where it is not held twice and is given back when others need it. Readers see the file itself in memory and keep only
    // what is not in it yet.
    let writer = base.clone().pragma("cache_size", "-4096").pragma("wal_autocheckpoint", "4000");
    let write = match pool(1, &writing.opened).connect_with(writer.clone()).await {
        Ok(write) => write,
        Err(error @ sqlx::Error::PoolTimedOut) => return Err(waited_for(&writer, error).await),
        Err(error) => return Err(error.into()),
    };
    let reader = if options.read_only { base } else { base.pragma("query_only", "1") };
    let read = pool(options.pool_size.clamp(1, most_readers()), &reading.opened)
        .connect_lazy_with(reader.pragma("mmap_size", "1073741824").pragma("cache_size", "-2048"));
    Ok(Db(Pools::Sqlite { write: Lanes::new(write, writing), read: Lanes::new(read, reading) }))
}

/// Each reader of a file is a thread that computes. More of them than processors only wait for each other, and make those wait who
/// answer; a few more serve while one waits for the disk.
fn most_readers() -> u32 {
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    u32::try_from(processors).unwrap_or(u32::MAX).saturating_add(2)
}

/// What a pool gave up waiting for. It does not say, but whoever asks once more without waiting is told.
async fn waited_for(options: &SqliteConnectOptions, gave_up: sqlx::Error) -> Error {
    match options.clone().busy_timeout(Duration::ZERO).connect().await {
        Ok(connection) => {
            drop(connection);
            // Let go of just now: a file keeps nobody waiting but by its locks.
            Error::Locked(Arc::new(gave_up))
        }
        Err(error) => error.into(),
    }
}

async fn open_postgres(options: &Options) -> Result<Db> {
    let db = Db::of_server(options)?;
    if let Pools::Postgres { all, .. } = &db.0 {
        // Kept for whoever asks first: given back to the driver's pool it would be there a moment too late.
        all.lane().await?.answered();
    }
    Ok(db)
}
