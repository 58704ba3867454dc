//! Connections are used again, and none is lost, whatever becomes of whoever had one.

use std::{future::Future, pin::pin, task::Poll};

use anyhow::{Result, ensure};
use store::Db;

both! {
    a_thousand_requests_open_next_to_no_connection
    none_is_lost_to_whoever_goes_away
}

/// Of a thousand requests, so many at once.
const AT_ONCE: usize = 8;

fn opened(db: &Db) -> u64 {
    db.pools().iter().map(|pool| pool.opened).sum()
}

fn lent(db: &Db) -> u64 {
    db.pools().iter().map(|pool| pool.lent).sum()
}

/// A request as they are: something is read, and now and then something written.
async fn request(db: &Db, n: i64) -> Result<()> {
    ensure!(db.query("SELECT CAST($1 AS BIGINT)").bind(n).scalar::<i64>().await? == Some(n));
    if n % 5 == 0 {
        let mut tx = db.write().await?;
        tx.query("UPDATE sequence SET next = next WHERE name = $1").bind("catalog").run().await?;
        if n % 10 == 0 { tx.commit().await? } else { tx.rollback().await? }
    }
    Ok(())
}

/// Every connection there may be can be had at once, and each answers.
async fn all_can_be_had(db: &Db) -> Result<()> {
    let limit = db.pools().iter().find(|pool| ["read", "all"].contains(&pool.name)).map_or(0, |pool| pool.limit);
    let mut held = Vec::new();
    for _ in 0..limit {
        let mut tx = db.read().await?;
        ensure!(tx.query("SELECT CAST(1 AS BIGINT)").scalar::<i64>().await? == Some(1));
        held.push(tx);
    }
    for tx in held {
        tx.rollback().await?;
    }
    let mut tx = db.write().await?;
    tx.query("UPDATE sequence SET next = next").run().await?;
    tx.rollback().await?;
    let in_use: usize = db.pools().iter().map(|pool| pool.in_use).sum();
    ensure!(in_use == 0, "{:?}", db.pools());
    ensure!(db.pools().iter().all(|pool| pool.idle <= pool.limit), "{:?}", db.pools());
    Ok(())
}

async fn a_thousand_requests_open_next_to_no_connection(db: Db) -> Result<()> {
    let (lent_before, opened_before) = (lent(&db), opened(&db));
    for first in (0..1_000).step_by(AT_ONCE) {
        let tasks = (first..first + AT_ONCE).map(|n| {
            let db = db.clone();
            tokio::spawn(async move { request(&db, i64::try_from(n)?).await })
        });
        for task in tasks.collect::<Vec<_>>() {
            task.await??;
        }
    }
    let (lent, opened) = (lent(&db) - lent_before, opened(&db) - opened_before);
    ensure!(lent >= 1_200, "{lent}");
    ensure!(opened * 20 < lent, "{opened} opened for {lent} that were lent");
    all_can_be_had(&db).await
}

/// Asks something that takes the database some milliseconds, in a transaction or without.
async fn long_request(db: &Db, in_transaction: bool) -> Result<()> {
    const LONG: &str = "WITH RECURSIVE counted (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counted WHERE n < 20000)
                        SELECT COUNT(*) FROM counted";
    if !in_transaction {
        db.query(LONG).scalar::<i64>().await?;
        return Ok(());
    }
    let mut tx = db.write().await?;
    tx.query(LONG).scalar::<i64>().await?;
    tx.commit().await?;
    Ok(())
}

/// Begins it and goes away. Whether that was before the answer.
async fn left<F: Future>(asked: F) -> bool {
    let mut asked = pin!(asked);
    std::future::poll_fn(|context| Poll::Ready(asked.as_mut().poll(context).is_pending())).await
}

async fn none_is_lost_to_whoever_goes_away(db: Db) -> Result<()> {
    let mut gone = 0;
    for n in 0..1_000 {
        if n % 4 == 3 {
            gone += usize::from(left(long_request(&db, n % 8 == 7)).await);
        } else {
            request(&db, n).await?;
        }
    }
    ensure!(gone > 100, "only {gone} went away without an answer");
    all_can_be_had(&db).await?;
    let limit: usize = db.pools().iter().map(|pool| pool.limit).sum();
    if db.backend() == store::db::Backend::Postgres {
        server_has_let_go_of_the_others(&db, i64::try_from(limit)?).await?;
    }
    Ok(())
}

/// What the server counts: a connection that was closed at our end ends there a moment later, so it is asked until that is so.
async fn server_has_let_go_of_the_others(db: &Db, limit: i64) -> Result<()> {
    let mut open = i64::MAX;
    for _ in 0..10_000 {
        let sessions = "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database()";
        open = db.query(store::Sql::per_backend("", sessions)).scalar().await?.unwrap_or(i64::MAX);
        if open <= limit {
            return Ok(());
        }
    }
    anyhow::bail!("{open} sessions at the server for {limit} connections")
}
