//! Asking a connection one statement.
//!
//! Invariant: nothing here depends on what a row becomes; rows are handed over as they come, none is kept. A statement is noted in how
//! long it took, and a connection serves again only after it answered whole.

use futures_util::TryStreamExt;
use sqlx::{
    Database, Executor, IntoArguments, Postgres, SqlStr, Sqlite,
    database::HasStatementCache,
    postgres::{PgQueryResult, PgRow},
    query::Query,
    sqlite::{SqliteQueryResult, SqliteRow},
};

use super::{
    lane::{Lane, Lanes},
    query::Row,
};
use crate::Result;

/// A row of either database.
pub(super) enum Seen<'r> {
    Sqlite(&'r SqliteRow),
    Postgres(&'r PgRow),
}

impl Seen<'_> {
    /// What it says.
    pub(super) fn read<T: Row>(self) -> sqlx::Result<T> {
        match self {
            Seen::Sqlite(row) => T::from_row(row),
            Seen::Postgres(row) => T::from_row(row),
        }
    }
}

/// Takes a row.
type Taker<'q> = &'q mut (dyn FnMut(Seen<'_>) -> sqlx::Result<()> + Send);

/// What is wanted of a statement.
pub(super) enum Wanted<'q> {
    /// That it is done.
    Nothing,
    First(Taker<'q>),
    Every(Taker<'q>),
}

/// What differs between the drivers.
pub(super) trait Engine: Database + HasStatementCache {
    fn seen(row: &Self::Row) -> Seen<'_>;
    fn changed(result: &Self::QueryResult) -> u64;
}

impl Engine for Sqlite {
    fn seen(row: &SqliteRow) -> Seen<'_> {
        Seen::Sqlite(row)
    }

    fn changed(result: &SqliteQueryResult) -> u64 {
        result.rows_affected()
    }
}

impl Engine for Postgres {
    fn seen(row: &PgRow) -> Seen<'_> {
        Seen::Postgres(row)
    }

    fn changed(result: &PgQueryResult) -> u64 {
        result.rows_affected()
    }
}

/// Asks it on this connection: how many rows it changed.
pub(super) async fn on<D: Engine>(
    lane: &mut Lane<D>,
    text: SqlStr,
    arguments: D::Arguments,
    keep_plan: bool,
    wanted: Wanted<'_>,
) -> Result<u64>
where
    D::Arguments: IntoArguments<D>,
    for<'c> &'c mut D::Connection: Executor<'c, Database = D>,
{
    let asking = lane.asking(&text);
    let query = sqlx::query_with(text, arguments).persistent(keep_plan);
    let given = asking.answer(given(query, lane.connection()?, wanted)).await;
    lane.noted(given)
}

/// Asks it on one of these.
pub(super) async fn on_one_of<D: Engine>(
    lanes: &Lanes<D>,
    text: SqlStr,
    arguments: D::Arguments,
    keep_plan: bool,
    wanted: Wanted<'_>,
) -> Result<u64>
where
    D::Arguments: IntoArguments<D>,
    for<'c> &'c mut D::Connection: Executor<'c, Database = D>,
{
    let mut lane = lanes.lane().await?;
    let changed = on(&mut lane, text, arguments, keep_plan, wanted).await?;
    lane.answered();
    Ok(changed)
}

async fn given<D: Engine>(
    query: Query<'_, D, D::Arguments>,
    connection: &mut D::Connection,
    wanted: Wanted<'_>,
) -> sqlx::Result<u64>
where
    D::Arguments: IntoArguments<D>,
    for<'c> &'c mut D::Connection: Executor<'c, Database = D>,
{
    match wanted {
        Wanted::Nothing => return query.execute(connection).await.map(|result| D::changed(&result)),
        Wanted::First(take) => {
            if let Some(row) = query.fetch_optional(connection).await? {
                take(D::seen(&row))?;
            }
        }
        Wanted::Every(take) => {
            let mut rows = query.fetch(connection);
            while let Some(row) = rows.try_next().await? {
                take(D::seen(&row))?;
            }
        }
    }
    Ok(0)
}
