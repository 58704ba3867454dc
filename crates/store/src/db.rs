//! One fluent query over two databases: `tx.query(SQL).bind(x).one::<T>().await?`.
//!
//! Invariant: callers write neither generics nor macros nor a word about which database they are on. This is the only
//! module that runs statements.

use sqlx::{
    Arguments, Encode, FromRow, PgPool, Postgres, Sqlite, SqlitePool, Transaction, Type,
    postgres::{PgArguments, PgRow},
    sqlite::{SqliteArguments, SqliteRow},
};

use crate::{Error, Result, Sql};

/// A row both databases can give: `#[derive(FromRow)]` is enough.
pub trait Row: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin {}
impl<T> Row for T where T: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin {}

/// A value both databases can bind.
pub trait Value:
    for<'q> Encode<'q, Sqlite> + Type<Sqlite> + for<'q> Encode<'q, Postgres> + Type<Postgres> + Send
{
}
impl<T> Value for T where
    T: for<'q> Encode<'q, Sqlite> + Type<Sqlite> + for<'q> Encode<'q, Postgres> + Type<Postgres> + Send
{
}

/// An open database. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Db(pub(crate) Pools);

#[derive(Clone, Debug)]
pub(crate) enum Pools {
    /// One writer, because SQLite has one; many readers, because WAL lets them.
    Sqlite {
        write: SqlitePool,
        read: SqlitePool,
    },
    Postgres(PgPool),
}

/// Which database it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backend {
    /// A file.
    Sqlite,
    /// A server.
    Postgres,
}

/// A transaction. Rolled back unless committed.
#[derive(Debug)]
pub enum Tx {
    /// On SQLite.
    Sqlite(Transaction<'static, Sqlite>),
    /// On PostgreSQL.
    Postgres(Transaction<'static, Postgres>),
}

impl Db {
    /// Which database it is.
    pub fn backend(&self) -> Backend {
        match self.0 {
            Pools::Sqlite { .. } => Backend::Sqlite,
            Pools::Postgres(_) => Backend::Postgres,
        }
    }

    /// A transaction that writes. On SQLite it holds the one write lock from its start: never wait for the network inside.
    pub async fn write(&self) -> Result<Tx> {
        Ok(match &self.0 {
            Pools::Sqlite { write, .. } => Tx::Sqlite(write.begin_with("BEGIN IMMEDIATE").await?),
            Pools::Postgres(pool) => Tx::Postgres(pool.begin().await?),
        })
    }

    /// A transaction that reads one consistent state.
    pub async fn read(&self) -> Result<Tx> {
        Ok(match &self.0 {
            Pools::Sqlite { read, .. } => Tx::Sqlite(read.begin().await?),
            Pools::Postgres(pool) => {
                Tx::Postgres(pool.begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await?)
            }
        })
    }

    /// A single reading statement, without a transaction around it.
    pub fn query(&self, sql: impl Into<Sql>) -> Query<'_> {
        match &self.0 {
            Pools::Sqlite { read, .. } => Query::new(sql.into(), Target::SqlitePool(read, SqliteArguments::default())),
            Pools::Postgres(pool) => Query::new(sql.into(), Target::PgPool(pool, PgArguments::default())),
        }
    }

    /// Waits for connections to finish and closes them.
    pub async fn close(&self) {
        match &self.0 {
            Pools::Sqlite { write, read } => {
                read.close().await;
                write.close().await;
            }
            Pools::Postgres(pool) => pool.close().await,
        }
    }
}

impl Tx {
    /// Which database it is on.
    pub fn backend(&self) -> Backend {
        match self {
            Tx::Sqlite(_) => Backend::Sqlite,
            Tx::Postgres(_) => Backend::Postgres,
        }
    }

    /// A statement.
    pub fn query(&mut self, sql: impl Into<Sql>) -> Query<'_> {
        match self {
            Tx::Sqlite(tx) => Query::new(sql.into(), Target::Sqlite(tx, SqliteArguments::default())),
            Tx::Postgres(tx) => Query::new(sql.into(), Target::Postgres(tx, PgArguments::default())),
        }
    }

    /// Makes it durable.
    pub async fn commit(self) -> Result<()> {
        match self {
            Tx::Sqlite(tx) => tx.commit().await?,
            Tx::Postgres(tx) => tx.commit().await?,
        }
        Ok(())
    }

    /// Forgets it. Dropping does the same, later.
    pub async fn rollback(self) -> Result<()> {
        match self {
            Tx::Sqlite(tx) => tx.rollback().await?,
            Tx::Postgres(tx) => tx.rollback().await?,
        }
        Ok(())
    }
}

#[derive(Debug)]
enum Target<'t> {
    Sqlite(&'t mut Transaction<'static, Sqlite>, SqliteArguments),
    Postgres(&'t mut Transaction<'static, Postgres>, PgArguments),
    SqlitePool(&'t SqlitePool, SqliteArguments),
    PgPool(&'t PgPool, PgArguments),
}

/// A statement with its values.
#[derive(Debug)]
#[must_use = "a query does nothing until run"]
pub struct Query<'t> {
    sql: Sql,
    target: Target<'t>,
    failed: Option<sqlx::Error>,
    keep_plan: bool,
}

/// Runs one call on whichever target the query has.
macro_rules! on_target {
    ($self:ident, $call:ident, $method:ident) => {{
        if let Some(error) = $self.failed {
            return Err(Error::from(error));
        }
        let (sqlite, postgres) = $self.sql.texts();
        match $self.target {
            Target::Sqlite(tx, arguments) => sqlx::$call(sqlite, arguments).$method(&mut **tx).await?.into(),
            Target::Postgres(tx, arguments) => {
                sqlx::$call(postgres, arguments).persistent($self.keep_plan).$method(&mut **tx).await?.into()
            }
            Target::SqlitePool(pool, arguments) => sqlx::$call(sqlite, arguments).$method(pool).await?.into(),
            Target::PgPool(pool, arguments) => {
                sqlx::$call(postgres, arguments).persistent($self.keep_plan).$method(pool).await?.into()
            }
        }
    }};
}

struct Affected(u64);

impl From<sqlx::sqlite::SqliteQueryResult> for Affected {
    fn from(result: sqlx::sqlite::SqliteQueryResult) -> Affected {
        Affected(result.rows_affected())
    }
}

impl From<sqlx::postgres::PgQueryResult> for Affected {
    fn from(result: sqlx::postgres::PgQueryResult) -> Affected {
        Affected(result.rows_affected())
    }
}

impl<'t> Query<'t> {
    fn new(sql: Sql, target: Target<'t>) -> Query<'t> {
        Query { sql, target, failed: None, keep_plan: true }
    }

    /// Has PostgreSQL plan it for the values it has now, instead of keeping one plan for any. For lists with a limit and optional
    /// filters: a plan for any limit reads the whole table.
    pub fn planned_anew(mut self) -> Query<'t> {
        self.keep_plan = false;
        self
    }

    /// Gives the next placeholder its value.
    pub fn bind(mut self, value: impl Value) -> Query<'t> {
        let added = match &mut self.target {
            Target::Sqlite(_, arguments) | Target::SqlitePool(_, arguments) => arguments.add(value),
            Target::Postgres(_, arguments) | Target::PgPool(_, arguments) => arguments.add(value),
        };
        if let Err(error) = added {
            self.failed.get_or_insert(sqlx::Error::Encode(error));
        }
        self
    }

    pub(crate) fn bind_columns(mut self, columns: Vec<crate::dialect::Column>) -> Query<'t> {
        use crate::dialect::Column;
        if let Target::Postgres(_, arguments) | Target::PgPool(_, arguments) = &mut self.target {
            for column in columns {
                let added = match column {
                    Column::Int(values) => arguments.add(values),
                    Column::Text(values) => arguments.add(values),
                    Column::Bytes(values) => arguments.add(values),
                    Column::Uuid(values) => arguments.add(values),
                };
                if let Err(error) = added {
                    self.failed.get_or_insert(sqlx::Error::Encode(error));
                }
            }
        }
        self
    }

    /// Every row.
    pub async fn all<T: Row>(self) -> Result<Vec<T>> {
        let rows: Vec<T> = on_target!(self, query_as_with, fetch_all);
        Ok(rows)
    }

    /// The row, or `None`.
    pub async fn one<T: Row>(self) -> Result<Option<T>> {
        let row: Option<T> = on_target!(self, query_as_with, fetch_optional);
        Ok(row)
    }

    /// The first column of the row, or `None`.
    pub async fn scalar<T>(self) -> Result<Option<T>>
    where
        (T,): Row,
    {
        Ok(self.one::<(T,)>().await?.map(|row| row.0))
    }

    /// How many rows it changed.
    pub async fn run(self) -> Result<u64> {
        let affected: Affected = on_target!(self, query_with, execute);
        Ok(affected.0)
    }
}
