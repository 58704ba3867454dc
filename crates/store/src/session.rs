//! Where people are in.
//!
//! Invariant: the token that opens a session is never stored, only its SHA-256; a session that ended is gone.

use domain::Timestamp;
use sqlx::FromRow;
use uuid::Uuid;

use crate::{Db, Result, Tx};

/// A session to begin.
#[derive(Debug, Clone)]
pub struct NewSession {
    /// Its identity.
    pub id: Uuid,
    /// Whose.
    pub person: Uuid,
    /// SHA-256 of its token.
    pub token_hash: [u8; 32],
    /// Whether everything that is asked for was proved.
    pub passed: bool,
    /// From where.
    pub address: String,
    /// With what.
    pub agent: String,
}

/// A session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Its identity.
    pub id: Uuid,
    /// Whose.
    pub person: Uuid,
    /// Whether everything that is asked for was proved.
    pub passed: bool,
    /// When it began.
    pub created_at: Timestamp,
    /// When it was last used, to within what [`touch`] is called.
    pub seen_at: Timestamp,
    /// From where it began.
    pub address: String,
    /// With what.
    pub agent: String,
}

/// Those that began no later or were not used since are over.
#[derive(Debug, Clone, Copy)]
pub struct Over {
    /// Over when begun at or before this instant.
    pub begun_at: Timestamp,
    /// Over when last used at or before this instant.
    pub seen_at: Timestamp,
}

#[derive(Debug, FromRow)]
struct Row {
    id: Uuid,
    person: Uuid,
    passed: i64,
    created_at: i64,
    seen_at: i64,
    address: String,
    agent: String,
}

impl From<Row> for Session {
    fn from(row: Row) -> Session {
        Session {
            id: row.id,
            person: row.person,
            passed: row.passed == 1,
            created_at: Timestamp::from_micros(row.created_at),
            seen_at: Timestamp::from_micros(row.seen_at),
            address: row.address,
            agent: row.agent,
        }
    }
}

/// Begins a session.
pub async fn create(tx: &mut Tx, new: &NewSession, at: Timestamp) -> Result<()> {
    tx.query(
        "INSERT INTO person_session (id, person, token_hash, passed, created_at, seen_at, address, agent)
         VALUES ($1, $2, $3, $4, $5, $5, $6, $7)",
    )
    .bind(new.id)
    .bind(new.person)
    .bind(new.token_hash.to_vec())
    .bind(i64::from(new.passed))
    .bind(at.micros())
    .bind(new.address.clone())
    .bind(new.agent.clone())
    .run()
    .await
    .map(drop)
}

/// The session a token opens, over or not.
pub async fn find(db: &Db, token_hash: &[u8; 32]) -> Result<Option<Session>> {
    let row: Option<Row> = db
        .query(
            "SELECT id, person, passed, created_at, seen_at, address, agent FROM person_session WHERE token_hash = $1",
        )
        .bind(token_hash.to_vec())
        .one()
        .await?;
    Ok(row.map(Session::from))
}

/// Whether a session of somebody was not ended, as the transaction sees it.
pub async fn stands(tx: &mut Tx, person: Uuid, id: Uuid) -> Result<bool> {
    let one: Option<i64> = tx
        .query("SELECT CAST(1 AS BIGINT) FROM person_session WHERE id = $1 AND person = $2")
        .bind(id)
        .bind(person)
        .scalar()
        .await?;
    Ok(one.is_some())
}

/// Somebody's sessions that are not over, the newest first.
pub async fn list(db: &Db, person: Uuid, over: Over) -> Result<Vec<Session>> {
    let rows: Vec<Row> = db
        .query(
            "SELECT id, person, passed, created_at, seen_at, address, agent FROM person_session
             WHERE person = $1 AND created_at > $2 AND seen_at > $3 ORDER BY created_at DESC, id DESC LIMIT 200",
        )
        .bind(person)
        .bind(over.begun_at.micros())
        .bind(over.seen_at.micros())
        .all()
        .await?;
    Ok(rows.into_iter().map(Session::from).collect())
}

/// Notes that a session was used.
pub async fn touch(tx: &mut Tx, id: Uuid, at: Timestamp) -> Result<()> {
    tx.query("UPDATE person_session SET seen_at = $2 WHERE id = $1 AND seen_at < $2")
        .bind(id)
        .bind(at.micros())
        .run()
        .await
        .map(drop)
}

/// Ends a session of somebody; `false` when they have none such.
pub async fn end(tx: &mut Tx, person: Uuid, id: Uuid) -> Result<bool> {
    let ended =
        tx.query("DELETE FROM person_session WHERE id = $1 AND person = $2").bind(id).bind(person).run().await?;
    Ok(ended > 0)
}

/// Ends all of somebody's sessions but one; gives how many.
pub async fn end_all(tx: &mut Tx, person: Uuid, but: Option<Uuid>) -> Result<u64> {
    tx.query("DELETE FROM person_session WHERE person = $1 AND (id <> $2 OR $2 IS NULL)")
        .bind(person)
        .bind(but)
        .run()
        .await
}

/// Ends the oldest of somebody's sessions, so that no more than `most` are left.
pub async fn keep_newest(tx: &mut Tx, person: Uuid, most: i64) -> Result<u64> {
    tx.query(
        "DELETE FROM person_session WHERE person = $1 AND id NOT IN
           (SELECT id FROM person_session WHERE person = $1 ORDER BY created_at DESC, id DESC LIMIT $2)",
    )
    .bind(person)
    .bind(most)
    .run()
    .await
}

/// Forgets what is over; gives how many.
pub async fn purge(tx: &mut Tx, over: Over) -> Result<u64> {
    tx.query("DELETE FROM person_session WHERE created_at <= $1 OR seen_at <= $2")
        .bind(over.begun_at.micros())
        .bind(over.seen_at.micros())
        .run()
        .await
}
