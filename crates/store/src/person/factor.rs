//! The second factor: codes that change with time.
//!
//! Invariant: a step of time is used once, whatever is asked at the same moment.

use domain::Timestamp;
use sqlx::FromRow;
use uuid::Uuid;

use crate::{Db, Result, Tx};

/// Somebody's second factor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Factor {
    /// Since when it is asked for; `None` while it is being set up.
    pub since: Option<Timestamp>,
    /// The last step of time a code of which was used.
    pub last_step: i64,
}

#[derive(FromRow)]
struct Row {
    since: Option<i64>,
    last_step: i64,
}

/// The second factor somebody has or is setting up.
pub async fn factor(db: &Db, person: Uuid) -> Result<Option<Factor>> {
    let row: Option<Row> =
        db.query("SELECT since, last_step FROM person_factor WHERE person = $1").bind(person).one().await?;
    Ok(row.map(|row| Factor { since: row.since.map(Timestamp::from_micros), last_step: row.last_step }))
}

/// Notes that one is being set up; `false` when one is in use already, which stays.
pub async fn offer_factor(tx: &mut Tx, person: Uuid) -> Result<bool> {
    let offered = tx
        .query(
            "INSERT INTO person_factor (person, since, last_step) VALUES ($1, NULL, 0)
             ON CONFLICT (person) DO UPDATE SET last_step = 0 WHERE person_factor.since IS NULL",
        )
        .bind(person)
        .run()
        .await?;
    Ok(offered > 0)
}

/// From now on it is asked for; `false` when none was being set up.
pub async fn confirm_factor(tx: &mut Tx, person: Uuid, at: Timestamp) -> Result<bool> {
    let confirmed = tx
        .query("UPDATE person_factor SET since = $2 WHERE person = $1 AND since IS NULL")
        .bind(person)
        .bind(at.micros())
        .run()
        .await?;
    Ok(confirmed > 0)
}

/// Uses up a step of time and those before it; `false` when it was used already.
pub async fn use_step(tx: &mut Tx, person: Uuid, step: i64) -> Result<bool> {
    let used = tx
        .query("UPDATE person_factor SET last_step = $2 WHERE person = $1 AND last_step < $2")
        .bind(person)
        .bind(step)
        .run()
        .await?;
    Ok(used > 0)
}

/// Takes it away; whether there was one.
pub async fn forget_factor(tx: &mut Tx, person: Uuid) -> Result<bool> {
    let gone = tx.query("DELETE FROM person_factor WHERE person = $1").bind(person).run().await?;
    Ok(gone > 0)
}
