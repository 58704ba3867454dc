//! Copies of a database that is a file.
//!
//! Invariant: the file that is copied is only read.

use std::{
    path::{Path, PathBuf},
    str::FromStr,
    time::Duration,
};

use sqlx::{ConnectOptions, Connection, Executor, sqlite::SqliteConnectOptions};

use crate::{Db, Error, Options, Result, Sql};

/// The file at that address; `None` when it is a server.
pub fn file_of(url: &str) -> Option<PathBuf> {
    let options = url.starts_with("sqlite:").then(|| SqliteConnectOptions::from_str(url).ok())??;
    Some(options.get_filename().to_owned())
}

/// Writes a copy of the state it is in now to an empty file. Whoever writes meanwhile goes on doing so.
pub async fn copy_into(url: &str, target: &Path) -> Result<()> {
    let db = Db::open(&Options { create: false, read_only: true, pool_size: 1, ..Options::new(url) }).await?;
    // PostgreSQL has tools of its own.
    let copy = Sql::per_backend("VACUUM INTO $1", "");
    let copied = db.query(copy).bind(target.to_string_lossy().into_owned()).run().await;
    db.close().await;
    copied.map(drop)
}

/// Brings all of a database into its one file, which nobody else has open: an error when somebody has.
pub async fn let_go(url: &str) -> Result<()> {
    let options = SqliteConnectOptions::from_str(url).map_err(|_| Error::Address(url.to_owned()))?;
    let alone = options.create_if_missing(false).busy_timeout(Duration::ZERO).disable_statement_logging();
    let mut alone = alone.connect().await?;
    let brought = alone.execute(sqlx::raw_sql("PRAGMA journal_mode = DELETE")).await;
    // Also when it failed: dropped, it would have the file open for a moment more, and be in the way of whoever tries again.
    alone.close().await?;
    brought?;
    Ok(())
}
