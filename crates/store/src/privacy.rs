//! What people asked for about what is kept of them.
//!
//! Invariant: a request is closed once; whoever comes later finds it closed.

use domain::Timestamp;
use sqlx::FromRow;
use uuid::Uuid;

use crate::{Db, Result, Tx};

/// A request.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
struct Row {
    id: Uuid,
    person: Uuid,
    right_asked: String,
    note: String,
    asked_at: i64,
    asked_by: String,
    due_at: i64,
    state: String,
    answer: String,
    closed_at: Option<i64>,
    closed_by: String,
}

/// Something somebody asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// Its identity.
    pub id: Uuid,
    /// Whose data it is about.
    pub person: Uuid,
    /// Name of the right.
    pub right: String,
    /// In their words.
    pub note: String,
    /// When.
    pub asked_at: Timestamp,
    /// Who wrote it down.
    pub asked_by: String,
    /// Until when it has to be answered.
    pub due_at: Timestamp,
    /// `open`, `done` or `refused`.
    pub state: String,
    /// What was answered.
    pub answer: String,
    /// When it was closed.
    pub closed_at: Option<Timestamp>,
    /// By whom.
    pub closed_by: String,
}

impl From<Row> for Request {
    fn from(row: Row) -> Request {
        Request {
            id: row.id,
            person: row.person,
            right: row.right_asked,
            note: row.note,
            asked_at: Timestamp::from_micros(row.asked_at),
            asked_by: row.asked_by,
            due_at: Timestamp::from_micros(row.due_at),
            state: row.state,
            answer: row.answer,
            closed_at: row.closed_at.map(Timestamp::from_micros),
            closed_by: row.closed_by,
        }
    }
}

/// How one is closed.
#[derive(Debug, Clone, Copy)]
pub struct Closing<'c> {
    /// Whether it was done, else it was refused.
    pub done: bool,
    /// What is answered.
    pub answer: &'c str,
    /// By whom.
    pub by: &'c str,
    /// When.
    pub at: Timestamp,
}

macro_rules! requests {
    ($rest:literal) => {
        concat!(
            "SELECT id, person, right_asked, note, asked_at, asked_by, due_at, state, answer, closed_at, closed_by
             FROM privacy_request ",
            $rest
        )
    };
}

/// Writes one down.
pub async fn create(tx: &mut Tx, new: &Request) -> Result<()> {
    tx.query(
        "INSERT INTO privacy_request (id, person, right_asked, note, asked_at, asked_by, due_at, state, answer, closed_at, closed_by)
         VALUES ($1, $2, $3, $4, $5, $6, $7, 'open', '', NULL, '')",
    )
    .bind(new.id)
    .bind(new.person)
    .bind(new.right.clone())
    .bind(new.note.clone())
    .bind(new.asked_at.micros())
    .bind(new.asked_by.clone())
    .bind(new.due_at.micros())
    .run()
    .await
    .map(drop)
}

/// The one of that identity.
pub async fn get(db: &Db, id: Uuid) -> Result<Option<Request>> {
    let row: Option<Row> = db.query(requests!("WHERE id = $1")).bind(id).one().await?;
    Ok(row.map(Request::from))
}

/// Those of a person, or everybody's; those that wait first, the most urgent before the others, then the newest.
pub async fn list(db: &Db, person: Option<Uuid>, limit: i64) -> Result<Vec<Request>> {
    let rows: Vec<Row> = db
        .query(requests!(
            "WHERE (person = $1 OR $1 IS NULL)
             ORDER BY CASE WHEN state = 'open' THEN 0 ELSE 1 END, CASE WHEN state = 'open' THEN due_at ELSE -asked_at END, id
             LIMIT $2"
        ))
        .bind(person)
        .bind(limit)
        .all()
        .await?;
    Ok(rows.into_iter().map(Request::from).collect())
}

/// Closes an open one; whether it was open.
pub async fn close(tx: &mut Tx, id: Uuid, closing: Closing<'_>) -> Result<bool> {
    let closed = tx
        .query(
            "UPDATE privacy_request SET state = $2, answer = $3, closed_by = $4, closed_at = $5 WHERE id = $1 AND state = 'open'",
        )
        .bind(id)
        .bind(if closing.done { "done" } else { "refused" })
        .bind(closing.answer.to_owned())
        .bind(closing.by.to_owned())
        .bind(closing.at.micros())
        .run()
        .await?;
    Ok(closed > 0)
}

/// Takes the words out of a person's requests: what was asked and when it was answered stays.
pub async fn forget_words(tx: &mut Tx, person: Uuid) -> Result<u64> {
    tx.query("UPDATE privacy_request SET note = '', answer = '' WHERE person = $1").bind(person).run().await
}

/// Removes those closed before then; gives how many.
pub async fn purge(tx: &mut Tx, before: Timestamp) -> Result<u64> {
    tx.query("DELETE FROM privacy_request WHERE closed_at < $1").bind(before.micros()).run().await
}
