//! One fluent query over two databases: `tx.query(SQL).bind(x).one::<T>().await?`.
//!
//! Invariant: callers write neither generics nor macros nor a word about which database they are on. This is the only
//! module that runs statements.

mod asking;
mod copied;
mod foreign;
mod guard;
mod lane;
mod pool;
mod query;
mod timing;
mod tx;

use std::{collections::BTreeMap, sync::Arc};

use sqlx::{Postgres, Sqlite, postgres::PgArguments, sqlite::SqliteArguments};

pub use self::guard::{Found, Guard};
use self::query::Target;
pub(crate) use self::{
    copied::{Cell, Copied},
    foreign::{Bounds, Foreign},
    lane::{Lanes, Terms},
};
pub use self::{
    pool::PoolFigures,
    query::{Query, Row, Value},
    timing::StatementFigures,
    tx::Tx,
};
use crate::{Result, Sql};

/// An open database. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Db(pub(crate) Pools);

#[derive(Clone, Debug)]
pub(crate) enum Pools {
    /// One writer, because SQLite has one; many readers, because WAL lets them.
    Sqlite { write: Lanes<Sqlite>, read: Lanes<Sqlite> },
    /// The ledger's writer has connections of its own. They make the server look rows up by index: a plan made while a table was
    /// small would read it whole for every batch after it has grown, until its statistics are renewed.
    Postgres { ledger: Lanes<Postgres>, all: Lanes<Postgres> },
}

/// Which database it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backend {
    /// A file.
    Sqlite,
    /// A server.
    Postgres,
}

impl Db {
    /// The same, asked only when `guard` gives leave.
    #[must_use]
    pub fn guarded(self, guard: &Arc<dyn Guard>) -> Db {
        Db(match self.0 {
            Pools::Sqlite { write, read } => Pools::Sqlite { write: write.guarded(guard), read: read.guarded(guard) },
            Pools::Postgres { ledger, all } => {
                Pools::Postgres { ledger: ledger.guarded(guard), all: all.guarded(guard) }
            }
        })
    }

    /// Which database it is.
    pub fn backend(&self) -> Backend {
        match self.0 {
            Pools::Sqlite { .. } => Backend::Sqlite,
            Pools::Postgres { .. } => Backend::Postgres,
        }
    }

    /// A transaction that writes. On SQLite it holds the one write lock from its start: never wait for the network inside.
    pub async fn write(&self) -> Result<Tx> {
        Ok(match &self.0 {
            Pools::Sqlite { write, .. } => Tx::on_sqlite(write.lane().await?, "BEGIN IMMEDIATE").await?,
            Pools::Postgres { all, .. } => Tx::on_postgres(all.lane().await?, "BEGIN").await?,
        })
    }

    /// A transaction of the ledger's writer.
    pub(crate) async fn write_ledger(&self) -> Result<Tx> {
        match &self.0 {
            Pools::Sqlite { .. } => self.write().await,
            Pools::Postgres { ledger, .. } => Tx::on_postgres(ledger.lane().await?, "BEGIN").await,
        }
    }

    /// As [`Db::write_ledger`], but begun by its first statement, which must be a script that opens. On PostgreSQL nothing is begun at
    /// all: what closes it is one statement that proves by itself that nothing moved meanwhile.
    pub(crate) async fn write_ledger_at_once(&self) -> Result<Tx> {
        Ok(match &self.0 {
            Pools::Sqlite { write, .. } => Tx::begun_by_first_on_sqlite(write.lane().await?),
            Pools::Postgres { ledger, .. } => Tx::without_begin_on_postgres(ledger.lane().await?),
        })
    }

    /// A transaction that reads one consistent state.
    pub async fn read(&self) -> Result<Tx> {
        Ok(match &self.0 {
            Pools::Sqlite { read, .. } => Tx::on_sqlite(read.lane().await?, "BEGIN").await?,
            Pools::Postgres { all, .. } => {
                Tx::on_postgres(all.lane().await?, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await?
            }
        })
    }

    /// A single reading statement, without a transaction around it.
    pub fn query(&self, sql: impl Into<Sql>) -> Query<'_> {
        match &self.0 {
            Pools::Sqlite { read, .. } => Query::new(sql.into(), Target::SqliteLanes(read, SqliteArguments::default())),
            Pools::Postgres { all, .. } => Query::new(sql.into(), Target::PgLanes(all, PgArguments::default())),
        }
    }

    /// How busy its connections are: writing and reading apart where they are apart.
    pub fn pools(&self) -> Vec<PoolFigures> {
        match &self.0 {
            Pools::Sqlite { write, read } => vec![write.figures("write"), read.figures("read")],
            Pools::Postgres { ledger, all } => vec![all.figures("all"), ledger.figures("ledger")],
        }
    }

    /// How long its statements took, by name.
    pub fn statements(&self) -> Vec<StatementFigures> {
        let mut all = BTreeMap::new();
        match &self.0 {
            Pools::Sqlite { write, read } => {
                write.add_timings(&mut all);
                read.add_timings(&mut all);
            }
            Pools::Postgres { ledger, all: others } => {
                ledger.add_timings(&mut all);
                others.add_timings(&mut all);
            }
        }
        all.into_values().collect()
    }

    /// Waits for connections to finish and closes them.
    pub async fn close(&self) {
        match &self.0 {
            Pools::Sqlite { write, read } => {
                read.close().await;
                write.close().await;
            }
            Pools::Postgres { ledger, all } => {
                all.close().await;
                ledger.close().await;
            }
        }
    }
}
