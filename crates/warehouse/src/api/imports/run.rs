//! An import as a job.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use platform::{
    http::Problem,
    jobs::{JobHandle, Stopped},
    texts::Locale,
};
use serde_json::Value;
use store::{
    Db,
    import::{self, RowError},
};

use crate::imports::{self, Context, Control, ImportError, Issue, Progress, Report, Request};

/// How often a watcher is told how far it is.
const TOLD_EVERY: Duration = Duration::from_millis(250);
/// Row errors written at once.
const BATCH: usize = 1000;

/// Runs it; its result is the report without the issues, which are kept apart.
pub(super) async fn import(
    context: Context,
    request: Request,
    locale: Locale,
    mut handle: JobHandle,
    tell: impl FnOnce(Result<&Report, &ImportError>),
) -> Result<Value, Stopped> {
    let (done, total, stop) =
        (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)), Arc::new(AtomicBool::new(false)));
    let watch = {
        let (done, total) = (Arc::clone(&done), Arc::clone(&total));
        move |progress: Progress| {
            done.store(progress.done, Ordering::Relaxed);
            total.store(progress.total, Ordering::Relaxed);
        }
    };
    let control = Control::new(Arc::new(watch), Arc::clone(&stop));
    // A thread of its own: much of an import is reading, and requests should not wait for it.
    let (runtime, db) = (tokio::runtime::Handle::current(), context.db.clone());
    let mut work = tokio::task::spawn_blocking(move || runtime.block_on(imports::run(&context, request, control)));
    let report = loop {
        match tokio::time::timeout(TOLD_EVERY, &mut work).await {
            Ok(ended) => {
                break ended.unwrap_or_else(|broken| Err(broken.into()));
            }
            Err(_) => {
                let told = handle.progress(done.load(Ordering::Relaxed), Some(total.load(Ordering::Relaxed))).await;
                // It stops between two batches, by itself: what it is writing must not be cut in two.
                stop.store(matches!(told, Err(Stopped::Cancelled)) || handle.is_cancelled(), Ordering::Relaxed);
            }
        }
    };
    tell(report.as_ref());
    let report = report.map_err(|error| stopped(error, locale))?;
    keep_issues(&db, &report, locale, handle.id()).await?;
    let mut result = serde_json::to_value(&report).map_err(|error| Problem::internal(&error))?;
    if let Some(fields) = result.as_object_mut() {
        fields.remove("issues");
        fields.insert("errors".to_owned(), report.issues.len().into());
    }
    Ok(result)
}

async fn keep_issues(db: &Db, report: &Report, locale: Locale, job: uuid::Uuid) -> Result<(), Stopped> {
    for (batch, issues) in (0_i64..).zip(report.issues.chunks(BATCH)) {
        let rows: Vec<RowError> = issues.iter().map(|issue| row(issue, locale)).collect();
        let mut tx = db.write().await?;
        import::add_errors(&mut tx, job, batch * i64::try_from(BATCH).unwrap_or(0), &rows).await?;
        tx.commit().await?;
    }
    Ok(())
}

fn row(issue: &Issue, locale: Locale) -> RowError {
    let message = issue.message();
    RowError {
        row_number: i64::try_from(issue.row).unwrap_or(i64::MAX),
        column_name: issue.column.clone(),
        code: issue.code.name().to_owned(),
        message: match locale {
            Locale::Es => message.es,
            Locale::En => message.en,
        },
    }
}

fn stopped(error: ImportError, locale: Locale) -> Stopped {
    match error {
        ImportError::Cancelled => Stopped::Cancelled,
        ImportError::Store(error) => error.into(),
        ImportError::Broken(error) => Stopped::Failed(Problem::internal(&error)),
        other => {
            let message = other.message();
            let detail = match locale {
                Locale::Es => message.es,
                Locale::En => message.en,
            };
            Stopped::Failed(
                Problem::new(axum::http::StatusCode::UNPROCESSABLE_ENTITY, "import_failed").arg("detail", detail),
            )
        }
    }
}
