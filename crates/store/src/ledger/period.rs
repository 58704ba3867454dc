//! Closing the days of a site.
//!
//! Invariant: a closed day stays closed, and no posting into it can be under way when this returns.

use domain::Day;

use super::{known, rows};
use crate::{Result, Sql, Tx};

/// What became of a day that was to be closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Closed {
    /// It takes no postings any more, nor do the days before it.
    Now,
    /// The books were closed through this day, which is not before it.
    Before(Day),
}

/// Closes a site's books through `day`. Holds the lock of its chain until the caller commits.
pub async fn close(tx: &mut Tx, site: i64, day: Day) -> Result<Closed> {
    // SQLite has one writer at a time; PostgreSQL is told to lock the row.
    let lock = Sql::per_backend(
        "SELECT closed_through FROM chain WHERE site = $1",
        "SELECT closed_through FROM chain WHERE site = $1 FOR UPDATE",
    );
    let closed: Option<(Option<i64>,)> = tx.query(lock).bind(site).one().await?;
    let closed = closed.and_then(|row| row.0).map(rows::day).transpose()?;
    if let Some(through) = closed.filter(|through| *through >= day) {
        return Ok(Closed::Before(through));
    }
    tx.query("UPDATE chain SET closed_through = $1 WHERE site = $2")
        .bind(i64::from(day.number()))
        .bind(site)
        .run()
        .await?;
    known::change_site(tx, site).await?;
    Ok(Closed::Now)
}
