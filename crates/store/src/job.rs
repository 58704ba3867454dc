//! Long work, as it can be watched and cancelled.
//!
//! Invariant: a job that has ended (`done`, `failed`, `cancelled`) does not change any more.

use domain::Timestamp;
use sqlx::FromRow;
use uuid::Uuid;

use crate::{Db, Error, Result, Tx};

/// Where a job stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// Nobody has begun it.
    Queued,
    /// Somebody is at it.
    Running,
    /// It ended well.
    Done,
    /// It ended badly.
    Failed,
    /// Somebody stopped it.
    Cancelled,
}

impl Status {
    /// Every status.
    pub const ALL: [Status; 5] = [Status::Queued, Status::Running, Status::Done, Status::Failed, Status::Cancelled];

    /// The name in documents and in the database.
    pub const fn name(self) -> &'static str {
        match self {
            Status::Queued => "queued",
            Status::Running => "running",
            Status::Done => "done",
            Status::Failed => "failed",
            Status::Cancelled => "cancelled",
        }
    }

    /// The status of that name.
    pub fn from_name(name: &str) -> Option<Status> {
        Status::ALL.into_iter().find(|status| status.name() == name)
    }

    /// Whether nothing more will happen.
    pub const fn has_ended(self) -> bool {
        matches!(self, Status::Done | Status::Failed | Status::Cancelled)
    }
}

/// A job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// Its identity.
    pub id: Uuid,
    /// What it does.
    pub kind: String,
    /// Where it stands.
    pub status: Status,
    /// Steps done.
    pub done: i64,
    /// Steps in all, when known.
    pub total: Option<i64>,
    /// What came out, as JSON.
    pub result: Option<String>,
    /// What went wrong, as a problem document.
    pub problem: Option<String>,
    /// Who asked for it.
    pub actor: String,
    /// Code of the site it is about, when it is about one.
    pub site: Option<String>,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

#[derive(Debug, FromRow)]
struct JobRow {
    id: Uuid,
    kind: String,
    status: String,
    done: i64,
    total: Option<i64>,
    result: Option<String>,
    problem: Option<String>,
    actor: String,
    site: Option<String>,
    created_at: i64,
    updated_at: i64,
}

impl TryFrom<JobRow> for Job {
    type Error = Error;
    fn try_from(row: JobRow) -> Result<Job> {
        let status = Status::from_name(&row.status)
            .ok_or_else(|| Error::Broken { table: "job", detail: format!("{}: status {}", row.id, row.status) })?;
        Ok(Job {
            id: row.id,
            kind: row.kind,
            status,
            done: row.done,
            total: row.total,
            result: row.result,
            problem: row.problem,
            actor: row.actor,
            site: row.site,
            created_at: Timestamp::from_micros(row.created_at),
            updated_at: Timestamp::from_micros(row.updated_at),
        })
    }
}

/// Whose job it is.
#[derive(Debug, Clone, Copy)]
pub struct Of<'o> {
    /// Who asked for it.
    pub actor: &'o str,
    /// Code of the site it is about, when it is about one.
    pub site: Option<&'o str>,
}

/// How a job ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ending {
    /// Well, with this result (JSON).
    Done(String),
    /// Badly, for this reason (a problem document).
    Failed(String),
    /// By request.
    Cancelled,
}

/// Adds a job in state `queued`, which may be about a site.
pub async fn create(tx: &mut Tx, id: Uuid, kind: &str, of: Of<'_>, at: Timestamp) -> Result<Job> {
    tx.query(
        "INSERT INTO job (id, kind, status, done, total, result, problem, actor, site, created_at, updated_at, beats)
         VALUES ($1, $2, 'queued', 0, NULL, NULL, NULL, $3, $5, $4, $4, 0)",
    )
    .bind(id)
    .bind(kind.to_owned())
    .bind(of.actor.to_owned())
    .bind(at.micros())
    .bind(of.site.map(str::to_owned))
    .run()
    .await?;
    Ok(Job {
        id,
        kind: kind.to_owned(),
        status: Status::Queued,
        done: 0,
        total: None,
        result: None,
        problem: None,
        actor: of.actor.to_owned(),
        site: of.site.map(str::to_owned),
        created_at: at,
        updated_at: at,
    })
}

/// Takes a queued job; `false` when somebody else did or it was cancelled.
pub async fn start(tx: &mut Tx, id: Uuid, at: Timestamp) -> Result<bool> {
    let started = tx
        .query("UPDATE job SET status = 'running', updated_at = $2 WHERE id = $1 AND status = 'queued'")
        .bind(id)
        .bind(at.micros())
        .run()
        .await?;
    Ok(started > 0)
}

/// Notes how far a running job is; `false` when it was cancelled and should stop.
pub async fn progress(tx: &mut Tx, id: Uuid, done: i64, total: Option<i64>, at: Timestamp) -> Result<bool> {
    let running = tx
        .query("UPDATE job SET done = $2, total = $3, updated_at = $4 WHERE id = $1 AND status = 'running'")
        .bind(id)
        .bind(done)
        .bind(total)
        .bind(at.micros())
        .run()
        .await?;
    Ok(running > 0)
}

/// Ends a job; `false` when it had ended. One that is done has done all its steps, also those it had not told of yet.
pub async fn end(tx: &mut Tx, id: Uuid, ending: &Ending, at: Timestamp) -> Result<bool> {
    let (status, result, problem) = match ending {
        Ending::Done(result) => (Status::Done, Some(result), None),
        Ending::Failed(problem) => (Status::Failed, None, Some(problem)),
        Ending::Cancelled => (Status::Cancelled, None, None),
    };
    let ended = tx
        .query(
            "UPDATE job SET status = $2, result = $3, problem = $4, updated_at = $5,
                 done = CASE WHEN $2 = 'done' THEN COALESCE(total, done) ELSE done END
             WHERE id = $1 AND status IN ('queued', 'running')",
        )
        .bind(id)
        .bind(status.name())
        .bind(result.cloned())
        .bind(problem.cloned())
        .bind(at.micros())
        .run()
        .await?;
    Ok(ended > 0)
}

/// The job of that id.
pub async fn get(db: &Db, id: Uuid) -> Result<Option<Job>> {
    let row: Option<JobRow> = db
        .query(
            "SELECT id, kind, status, done, total, result, problem, actor, site, created_at, updated_at FROM job WHERE id = $1",
        )
        .bind(id)
        .one()
        .await?;
    row.map(Job::try_from).transpose()
}

/// The newest jobs of those sites, and those about none, at most `limit`.
pub async fn recent(db: &Db, sites: Option<&[&str]>, limit: i64) -> Result<Vec<Job>> {
    let rows: Vec<JobRow> = db
        .query(
            "SELECT id, kind, status, done, total, result, problem, actor, site, created_at, updated_at FROM job
             WHERE (site IS NULL OR $2 LIKE '%,' || site || ',%' OR $2 IS NULL) ORDER BY created_at DESC, id DESC LIMIT $1",
        )
        .bind(limit)
        .bind(sites.map(|codes| format!(",{},", codes.join(","))))
        .all()
        .await?;
    rows.into_iter().map(Job::try_from).collect()
}

/// Shows that whoever is at a job lives.
pub async fn beat(tx: &mut Tx, id: Uuid) -> Result<()> {
    tx.query("UPDATE job SET beats = beats + 1 WHERE id = $1 AND status IN ('queued', 'running')")
        .bind(id)
        .run()
        .await
        .map(drop)
}

/// The jobs that have not ended, each with how often whoever is at it has shown to live.
pub async fn beats(db: &Db) -> Result<Vec<(Uuid, i64)>> {
    db.query("SELECT id, beats FROM job WHERE status IN ('queued', 'running')").all().await
}

/// Ends, with this problem, a job whose last sign of life is that one; `false` when there was another, or it ended.
pub async fn fail_lost(tx: &mut Tx, (id, beats): (Uuid, i64), problem: &str, at: Timestamp) -> Result<bool> {
    let failed = tx
        .query(
            "UPDATE job SET status = 'failed', problem = $3, updated_at = $4
             WHERE id = $1 AND beats = $2 AND status IN ('queued', 'running')",
        )
        .bind(id)
        .bind(beats)
        .bind(problem.to_owned())
        .bind(at.micros())
        .run()
        .await?;
    Ok(failed > 0)
}

/// Ends, with this problem, what was queued or running and has not changed since that instant: whoever was at it is gone.
pub async fn fail_abandoned(tx: &mut Tx, since: Timestamp, problem: &str, at: Timestamp) -> Result<u64> {
    tx.query(
        "UPDATE job SET status = 'failed', problem = $2, updated_at = $3
         WHERE status IN ('queued', 'running') AND updated_at < $1",
    )
    .bind(since.micros())
    .bind(problem.to_owned())
    .bind(at.micros())
    .run()
    .await
}
