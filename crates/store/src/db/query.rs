//! A statement with its values.
//!
//! Invariant: the text and the values of one statement go to one connection, whole.

use serde::de::DeserializeOwned;
use sqlx::{
    Arguments, Encode, FromRow, Postgres, Sqlite, Type,
    postgres::{PgArguments, PgRow},
    sqlite::{SqliteArguments, SqliteRow},
};

use super::lane::{Lane, Lanes};
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

#[derive(Debug)]
pub(super) enum Target<'t> {
    Sqlite(&'t mut Lane<Sqlite>, SqliteArguments),
    Postgres(&'t mut Lane<Postgres>, PgArguments),
    SqliteLanes(&'t Lanes<Sqlite>, SqliteArguments),
    PgLanes(&'t Lanes<Postgres>, PgArguments),
    Nowhere,
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
            Target::Sqlite(lane, arguments) => {
                let asking = lane.asking(&sqlite);
                let query = sqlx::$call(sqlite, arguments);
                let given = asking.answer(query.$method(lane.connection()?)).await;
                lane.noted(given)?.into()
            }
            Target::Postgres(lane, arguments) => {
                let asking = lane.asking(&postgres);
                let query = sqlx::$call(postgres, arguments).persistent($self.keep_plan);
                let given = asking.answer(query.$method(lane.connection()?)).await;
                lane.noted(given)?.into()
            }
            Target::SqliteLanes(lanes, arguments) => {
                let mut lane = lanes.lane().await?;
                let asking = lane.asking(&sqlite);
                let query = sqlx::$call(sqlite, arguments);
                let given = asking.answer(query.$method(lane.connection()?)).await;
                let found = lane.noted(given)?;
                lane.answered();
                found.into()
            }
            Target::PgLanes(lanes, arguments) => {
                let mut lane = lanes.lane().await?;
                let asking = lane.asking(&postgres);
                let query = sqlx::$call(postgres, arguments).persistent($self.keep_plan);
                let given = asking.answer(query.$method(lane.connection()?)).await;
                let found = lane.noted(given)?;
                lane.answered();
                found.into()
            }
            Target::Nowhere => return Err(Error::from(sqlx::Error::PoolClosed)),
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
    pub(super) fn new(sql: Sql, target: Target<'t>) -> Query<'t> {
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
            Target::Sqlite(_, arguments) | Target::SqliteLanes(_, arguments) => arguments.add(value),
            Target::Postgres(_, arguments) | Target::PgLanes(_, arguments) => arguments.add(value),
            Target::Nowhere => Ok(()),
        };
        if let Err(error) = added {
            self.failed.get_or_insert(sqlx::Error::Encode(error));
        }
        self
    }

    pub(crate) fn bind_columns(mut self, columns: Vec<crate::dialect::Column>) -> Query<'t> {
        use crate::dialect::Column;
        if let Target::Postgres(_, arguments) | Target::PgLanes(_, arguments) = &mut self.target {
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

    /// Every row of a [`Gather`](crate::Gather).
    pub async fn gathered<T: DeserializeOwned>(self) -> Result<Vec<T>> {
        let text: Option<String> = self.scalar().await?;
        let broken = |error: serde_json::Error| Error::Broken { table: "rows", detail: error.to_string() };
        serde_json::from_str(&text.unwrap_or_else(|| "[]".to_owned())).map_err(broken)
    }

    /// How many rows it changed.
    pub async fn run(self) -> Result<u64> {
        let affected: Affected = on_target!(self, query_with, execute);
        Ok(affected.0)
    }
}
