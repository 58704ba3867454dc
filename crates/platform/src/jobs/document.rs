//! A job as clients see it.
//!
//! Invariant: `result` is there when and only when it is done, `problem` when and only when it failed.

use serde::Serialize;
use store::job::Job;
use utoipa::ToSchema;
use uuid::Uuid;

/// Long work.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = Job)]
pub struct JobDocument {
    /// Its identity.
    pub id: Uuid,
    /// What it does.
    pub kind: String,
    /// `queued`, `running`, `done`, `failed` or `cancelled`.
    pub status: &'static str,
    /// How far it is.
    pub progress: JobProgress,
    /// What came out; null until it is done.
    #[schema(required = true)]
    pub result: Option<serde_json::Value>,
    /// Why it failed: a problem; null unless it did.
    #[schema(required = true)]
    pub problem: Option<serde_json::Value>,
    /// Who asked for it.
    pub actor: String,
    /// Code of the site it is about; null when it is about none.
    #[schema(required = true)]
    pub site: Option<String>,
    /// When it was asked for.
    #[schema(format = "date-time")]
    pub created_at: String,
    /// When it last changed.
    #[schema(format = "date-time")]
    pub updated_at: String,
}

/// How far a job is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct JobProgress {
    /// Steps done.
    pub done: i64,
    /// Steps in all; null while nobody knows.
    #[schema(required = true)]
    pub total: Option<i64>,
}

impl From<Job> for JobDocument {
    fn from(job: Job) -> JobDocument {
        // What we wrote ourselves reads back; if not, its text is still worth showing.
        let read = |text: String| serde_json::from_str(&text).unwrap_or(serde_json::Value::String(text));
        JobDocument {
            id: job.id,
            kind: job.kind,
            status: job.status.name(),
            progress: JobProgress { done: job.done, total: job.total },
            result: job.result.map(read),
            problem: job.problem.map(read),
            actor: job.actor,
            site: job.site,
            created_at: job.created_at.to_string(),
            updated_at: job.updated_at.to_string(),
        }
    }
}

/// A document as it is kept.
pub(super) fn written(document: &impl Serialize) -> String {
    serde_json::to_string(document).unwrap_or_default()
}
