//! A file of somebody else's, which may have been made to harm whoever reads it.
//!
//! Invariant: nothing that the file defines is run and nothing is written; what is read is bounded in time, in rows, in the length of a
//! value and in all, and a file that wants more is refused.

use std::{path::Path, time::Duration};

use domain::Stopwatch;
use futures_util::TryStreamExt;
use sqlx::{
    Column, ConnectOptions, Connection, Decode, FromRow, Row, Sqlite, SqliteConnection, TypeInfo, ValueRef,
    sqlite::{SqliteConnectOptions, SqliteRow},
};

use crate::{Error, Result};

/// What a file is read within.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bounds {
    /// How long all of it may take.
    pub(crate) time: Duration,
    /// Rows of one statement.
    pub(crate) rows: usize,
    /// Bytes of one value. Statements cut what they read just past it, so that no more is ever held.
    pub(crate) value_bytes: usize,
    /// Bytes of all that is read.
    pub(crate) bytes: usize,
}

/// Steps of SQLite's machine between two looks at the clock: a fraction of a millisecond, unless each of them reads a large value.
const STEPS: i32 = 1000;

/// What a number counts as.
const NUMBER_BYTES: usize = 8;

/// An open file.
pub(crate) struct Foreign {
    connection: SqliteConnection,
    bounds: Bounds,
    clock: Stopwatch,
    bytes: usize,
}

impl Foreign {
    /// Opens it. A journal beside it holds changes that only a normal opening reads; without one not even its locks are asked.
    pub(crate) async fn open(path: &Path, bounds: Bounds) -> Result<Foreign> {
        let journal = Path::new(&format!("{}-wal", path.display())).metadata().is_ok_and(|about| about.len() > 0);
        let mut connection = SqliteConnectOptions::new()
            .filename(path)
            .read_only(true)
            .immutable(!journal)
            .foreign_keys(false)
            // Functions that do more than compute are not for what the file defines; and damage is told, not followed.
            .pragma("trusted_schema", "OFF")
            .pragma("cell_size_check", "ON")
            .pragma("query_only", "ON")
            .pragma("mmap_size", "0")
            .row_buffer_size(4)
            .disable_statement_logging()
            .connect()
            .await?;
        let clock = Stopwatch::start();
        connection.lock_handle().await?.set_progress_handler(STEPS, move || clock.elapsed() < bounds.time);
        Ok(Foreign { connection, bounds, clock, bytes: 0 })
    }

    /// Every row.
    #[expect(clippy::disallowed_methods, reason = "a file of somebody else's is no database of ours")]
    pub(crate) async fn all<T>(&mut self, sql: &'static str) -> Result<Vec<T>>
    where
        T: for<'r> FromRow<'r, SqliteRow> + Send + Unpin,
    {
        let (bounds, clock, bytes) = (self.bounds, self.clock, &mut self.bytes);
        let mut stream = sqlx::query(sql).fetch(&mut self.connection);
        let mut rows = Vec::new();
        while let Some(row) = stream.try_next().await.map_err(|error| refused(error, clock.elapsed() >= bounds.time))? {
            if rows.len() == bounds.rows {
                return Err(broken(format!("a table has more than {} rows", bounds.rows)));
            }
            *bytes += weigh(&row, bounds.value_bytes)?;
            if *bytes > bounds.bytes {
                return Err(broken(format!("it holds more than {} bytes of text", bounds.bytes)));
            }
            rows.push(T::from_row(&row).map_err(|error| refused(error, false))?);
        }
        Ok(rows)
    }

    /// Lets go of the file.
    pub(crate) async fn close(self) -> Result<()> {
        Ok(self.connection.close().await?)
    }
}

/// How many bytes the values of a row have.
fn weigh(row: &SqliteRow, most: usize) -> Result<usize> {
    let mut all = 0;
    for column in row.columns() {
        let value = row.try_get_raw(column.ordinal())?;
        let is_long = matches!(value.type_info().name(), "TEXT" | "BLOB");
        let held = if is_long { <&[u8] as Decode<Sqlite>>::decode(value).map_or(0, <[u8]>::len) } else { NUMBER_BYTES };
        if held > most {
            return Err(broken(format!("a value of {} has more than {most} bytes", column.name())));
        }
        all += held;
    }
    Ok(all)
}

fn broken(detail: String) -> Error {
    Error::Broken { table: "legacy", detail }
}

/// A file that cannot be read as it should be is wrong, not the program that reads it.
fn refused(error: sqlx::Error, late: bool) -> Error {
    if late {
        return broken("it takes too long to read".to_owned());
    }
    match Error::from(error) {
        Error::Other(cause) | Error::NotAllowed(cause) => broken(cause.to_string()),
        other => other,
    }
}
