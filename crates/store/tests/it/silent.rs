//! A server may fall silent without ending a connection, as when the line to it is cut: nobody waits for it without end.

use std::{sync::Arc, time::Duration};

use anyhow::{Context, Result, ensure};
use domain::{
    clock::FixedClock,
    ledger::{Outcome, PostingKind},
};
use store::{
    Db, Error, Options,
    ledger::{Writer, WriterOptions},
    migrate,
};
use testkit::postgres::Server;

use crate::{
    both::NOW,
    ledger::shop::{add_product, costing, draft, faults, open_site},
};

/// Longer than any of this takes, so that what never ends fails.
const LONG: Duration = Duration::from_secs(60);

async fn open(server: &Server) -> Result<Db> {
    let options = Options { server_patience: Duration::from_secs(2), pool_size: 2, ..Options::new(server.url()) };
    let db = Db::open(&options).await?;
    migrate::up(&db).await?;
    Ok(db)
}

fn unavailable<T>(given: std::result::Result<T, Error>) -> Result<()> {
    ensure!(matches!(given, Err(Error::Unavailable(_))), "{:?}", given.err());
    Ok(())
}

#[tokio::test]
async fn a_statement_that_nobody_answers_is_given_up_and_its_connection_too() -> Result<()> {
    let server = Server::start()?;
    let db = open(&server).await?;
    let mut tx = db.write().await?;
    server.pause()?;
    let ask = async |db: &Db| db.query("SELECT CAST(1 AS BIGINT)").scalar::<i64>().await;
    unavailable(tokio::time::timeout(LONG, ask(&db)).await.context("a query")?)?;
    let held = tx.query("SELECT CAST(1 AS BIGINT)").scalar::<i64>();
    unavailable(tokio::time::timeout(LONG, held).await.context("a query of a transaction")?)?;
    unavailable(tokio::time::timeout(LONG, tx.commit()).await.context("its end")?)?;
    server.resume()?;
    for _ in 0..8 {
        assert_eq!(tokio::time::timeout(LONG, ask(&db)).await.context("again")??, Some(1));
    }
    Ok(())
}

#[tokio::test]
async fn the_writer_goes_on_when_the_server_speaks_again() -> Result<()> {
    let server = Server::start()?;
    let db = open(&server).await?;
    open_site(&db, "centro").await?;
    add_product(&db, "A", |_| ()).await?;
    let (writer, _) = Writer::start(db.clone(), Arc::new(FixedClock(NOW)), WriterOptions::default());
    let receipt = |id: u128| vec![draft(id, PostingKind::Receipt, vec![costing("A", 1, 10)])];
    writer.post(receipt(1)).await?;
    server.pause()?;
    unavailable(tokio::time::timeout(LONG, writer.post(receipt(2))).await.context("a posting")?)?;
    server.resume()?;
    let outcomes = tokio::time::timeout(LONG, writer.post(receipt(2))).await.context("the same again")??;
    ensure!(matches!(outcomes.as_slice(), [Outcome::Posted(_) | Outcome::Duplicate(_)]), "{outcomes:?}");
    assert_eq!(faults(&db).await?, Vec::<String>::new());
    Ok(())
}
