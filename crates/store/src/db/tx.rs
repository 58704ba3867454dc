//! Transactions.
//!
//! Invariant: what was not committed is rolled back before anybody else uses its connection.

use sqlx::{Database, Executor, Postgres, SqlStr, Sqlite};
use tokio::runtime::Handle;

use super::{
    Backend,
    lane::Lane,
    query::{Query, Target},
};
use crate::{Error, Result, Sql};

/// A transaction. Rolled back unless committed.
#[derive(Debug)]
pub struct Tx(State);

#[derive(Debug)]
enum State {
    Sqlite(Lane<Sqlite>),
    Postgres(Lane<Postgres>),
    /// Each statement stands alone.
    Unbegun(Lane<Postgres>),
    Ended,
}

impl Tx {
    // Who asked may go away while the transaction begins. It is a `Tx` before it begins, so that it is rolled back even then.
    pub(super) async fn on_sqlite(lane: Lane<Sqlite>, begin: &'static str) -> Result<Tx> {
        let mut tx = Tx::begun_by_first_on_sqlite(lane);
        if let State::Sqlite(lane) = &mut tx.0 {
            say(lane, begin).await?;
        }
        Ok(tx)
    }

    pub(super) async fn on_postgres(lane: Lane<Postgres>, begin: &'static str) -> Result<Tx> {
        let mut tx = Tx(State::Postgres(lane.in_transaction()));
        if let State::Postgres(lane) = &mut tx.0 {
            say(lane, begin).await?;
        }
        Ok(tx)
    }

    pub(super) fn begun_by_first_on_sqlite(lane: Lane<Sqlite>) -> Tx {
        Tx(State::Sqlite(lane.in_transaction()))
    }

    pub(super) fn without_begin_on_postgres(lane: Lane<Postgres>) -> Tx {
        Tx(State::Unbegun(lane))
    }

    /// Which database it is on.
    pub fn backend(&self) -> Backend {
        match self.0 {
            State::Sqlite(_) => Backend::Sqlite,
            State::Postgres(_) | State::Unbegun(_) | State::Ended => Backend::Postgres,
        }
    }

    /// A statement.
    pub fn query(&mut self, sql: impl Into<Sql>) -> Query<'_> {
        Query::new(
            sql.into(),
            match &mut self.0 {
                State::Sqlite(lane) => Target::Sqlite(lane, Default::default()),
                State::Postgres(lane) | State::Unbegun(lane) => Target::Postgres(lane, Default::default()),
                State::Ended => Target::Nowhere,
            },
        )
    }

    /// Makes it durable.
    pub async fn commit(self) -> Result<()> {
        self.end("COMMIT").await
    }

    /// Forgets it. Dropping does the same, later.
    pub async fn rollback(self) -> Result<()> {
        self.end("ROLLBACK").await
    }

    /// Makes it durable after a last statement that, on SQLite, ended the transaction itself.
    pub(crate) async fn closed(mut self) -> Result<()> {
        match &mut self.0 {
            State::Sqlite(lane) => lane.answered(),
            State::Postgres(lane) => end(lane, "COMMIT").await?,
            State::Unbegun(lane) => lane.answered(),
            State::Ended => return Err(Error::from(sqlx::Error::PoolClosed)),
        }
        self.0 = State::Ended;
        Ok(())
    }

    async fn end(mut self, how: &'static str) -> Result<()> {
        match &mut self.0 {
            State::Sqlite(lane) => end(lane, how).await?,
            State::Postgres(lane) => end(lane, how).await?,
            State::Unbegun(lane) => lane.answered(),
            State::Ended => return Err(Error::from(sqlx::Error::PoolClosed)),
        }
        self.0 = State::Ended;
        Ok(())
    }
}

impl Drop for Tx {
    fn drop(&mut self) {
        match std::mem::replace(&mut self.0, State::Ended) {
            State::Sqlite(lane) => forget(lane),
            State::Postgres(lane) | State::Unbegun(lane) => forget(lane),
            State::Ended => {}
        }
    }
}

/// Rolls back in the background. A connection on which that fails is closed, which does the same.
fn forget<D: Database>(mut lane: Lane<D>)
where
    for<'c> &'c mut D::Connection: Executor<'c, Database = D>,
{
    let Ok(runtime) = Handle::try_current() else { return lane.close() };
    runtime.spawn(async move {
        if end(&mut lane, "ROLLBACK").await.is_err() {
            lane.close();
        }
    });
}

async fn end<D: Database>(lane: &mut Lane<D>, how: &'static str) -> Result<()>
where
    for<'c> &'c mut D::Connection: Executor<'c, Database = D>,
{
    say(lane, how).await?;
    lane.answered();
    Ok(())
}

async fn say<D: Database>(lane: &mut Lane<D>, text: &'static str) -> Result<()>
where
    for<'c> &'c mut D::Connection: Executor<'c, Database = D>,
{
    let asking = lane.asking(&SqlStr::from_static(text));
    let said = asking.answer(lane.connection()?.execute(sqlx::raw_sql(text))).await;
    lane.noted(said).map(drop)
}
