//! Requests for consent, one or many.

use domain::Timestamp;
use uuid::Uuid;

use super::{
    Approval, State,
    row::{Row, approvals},
};
use crate::{Db, Result, site::Sites};

/// Which requests.
#[derive(Debug, Clone, Default)]
pub struct ApprovalFilter {
    /// Of these sites.
    pub sites: Sites,
    /// That stand there.
    pub state: Option<State>,
    /// Asked for before this one.
    pub before: Option<(Timestamp, Uuid)>,
}

/// The one of that identity.
pub async fn get(db: &Db, id: Uuid) -> Result<Option<Approval>> {
    let row: Option<Row> = db.query(concat!(approvals!("a.draft"), " WHERE a.id = $1")).bind(id).one().await?;
    row.map(Row::approval).transpose()
}

/// The newest of a posting: the one that waits, when one does.
pub async fn of_posting(db: &Db, posting: Uuid) -> Result<Option<Approval>> {
    let row: Option<Row> = db
        .query(concat!(
            approvals!("a.draft"),
            " WHERE a.posting = $1 ORDER BY CASE WHEN a.state = 'pending' THEN 0 ELSE 1 END, a.asked_at DESC, a.id DESC LIMIT 1"
        ))
        .bind(posting)
        .one()
        .await?;
    row.map(Row::approval).transpose()
}

/// Requests, the newest first, at most `limit`.
pub async fn list(db: &Db, filter: &ApprovalFilter, limit: i64) -> Result<Vec<Approval>> {
    let (at, id) = filter.before.unzip();
    let rows: Vec<Row> = db
        .query(concat!(
            approvals!("''"),
            " WHERE ($1 LIKE '%,' || a.site || ',%' OR $1 IS NULL) AND (a.state = $2 OR $2 IS NULL) AND a.asked_at <= $3
               AND (a.asked_at < $3 OR a.id < $4 OR $4 IS NULL)
             ORDER BY a.asked_at DESC, a.id DESC LIMIT $5"
        ))
        .bind(filter.sites.bound())
        .bind(filter.state.map(State::name))
        .bind(at.map_or(i64::MAX, Timestamp::micros))
        .bind(id)
        .bind(limit)
        .all()
        .await?;
    rows.into_iter().map(Row::approval).collect()
}

/// Who consented to that posting, as postings sign.
pub async fn granted_by(db: &Db, posting: Uuid) -> Result<Option<String>> {
    db.query("SELECT decided_by FROM approval WHERE posting = $1 AND state = 'granted'").bind(posting).scalar().await
}

/// Those that somebody asked for or decided, the newest first, at most `limit`. Somebody is who signs so.
pub async fn of_person(db: &Db, signature: &str, limit: i64) -> Result<Vec<Approval>> {
    let rows: Vec<Row> = db
        .query(concat!(
            approvals!("''"),
            " WHERE a.asked_by = $1 OR a.decided_by = $1 ORDER BY a.asked_at DESC, a.id DESC LIMIT $2"
        ))
        .bind(signature.to_owned())
        .bind(limit)
        .all()
        .await?;
    rows.into_iter().map(Row::approval).collect()
}
