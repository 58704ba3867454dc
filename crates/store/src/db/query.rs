//! A statement with its values.
//!
//! Invariant: the text and the values of one statement go to one connection, whole.

use std::{future::Future, pin::Pin};

use serde::de::DeserializeOwned;
use sqlx::{
    Arguments, Encode, FromRow, Postgres, Sqlite, Type,
    postgres::{PgArguments, PgRow},
    sqlite::{SqliteArguments, SqliteRow},
};

use super::{
    asking::{Wanted, on, on_one_of},
    lane::{Lane, Lanes},
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
        let mut rows = Vec::new();
        self.ask(Wanted::Every(&mut |row| row.read().map(|row| rows.push(row)))).await?;
        Ok(rows)
    }

    /// The row, or `None`.
    pub async fn one<T: Row>(self) -> Result<Option<T>> {
        let mut found = None;
        self.ask(Wanted::First(&mut |row| row.read().map(|row| found = Some(row)))).await?;
        Ok(found)
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
        self.ask(Wanted::Nothing).await
    }

    /// Asks it of whichever target it has. The same code for every sort of row, and a future of its own, so that those of all who ask
    /// stay small.
    fn ask<'q>(self, wanted: Wanted<'q>) -> Pin<Box<dyn Future<Output = Result<u64>> + Send + 'q>>
    where
        't: 'q,
    {
        Box::pin(async move {
            if let Some(error) = self.failed {
                return Err(Error::from(error));
            }
            let (sqlite, postgres) = self.sql.texts();
            match self.target {
                Target::Sqlite(lane, arguments) => on(lane, sqlite, arguments, true, wanted).await,
                Target::Postgres(lane, arguments) => on(lane, postgres, arguments, self.keep_plan, wanted).await,
                Target::SqliteLanes(lanes, arguments) => on_one_of(lanes, sqlite, arguments, true, wanted).await,
                Target::PgLanes(lanes, arguments) => {
                    on_one_of(lanes, postgres, arguments, self.keep_plan, wanted).await
                }
                Target::Nowhere => Err(Error::from(sqlx::Error::PoolClosed)),
            }
        })
    }
}
