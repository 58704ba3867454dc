//! What imports remember: how a file's columns were understood, and the rows that could not be taken.
//!
//! Invariant: errors keep the order in which they were found, and each names its row and column.

use domain::Timestamp;
use sqlx::FromRow;
use uuid::Uuid;

use crate::{Bulk, Db, Result, Rows, Tx, dialect::Kind};

/// How the columns of a kind of file are understood.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct Profile {
    /// Its name.
    pub name: String,
    /// What kind of file it is for.
    pub kind: String,
    /// The mapping, as JSON.
    pub mapping: String,
}

/// A row that could not be taken, or a part of one.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct RowError {
    /// Row in the file, from 1.
    pub row_number: i64,
    /// Column in the file, empty when it is the row as a whole.
    pub column_name: String,
    /// Stable code of the error.
    pub code: String,
    /// What to tell people.
    pub message: String,
}

/// Keeps a profile, over an older one of the same name.
pub async fn save_profile(tx: &mut Tx, profile: &Profile, at: Timestamp) -> Result<()> {
    tx.query(
        "INSERT INTO import_profile (name, kind, mapping, created_at) VALUES ($1, $2, $3, $4)
         ON CONFLICT (name) DO UPDATE SET kind = excluded.kind, mapping = excluded.mapping",
    )
    .bind(profile.name.clone())
    .bind(profile.kind.clone())
    .bind(profile.mapping.clone())
    .bind(at.micros())
    .run()
    .await?;
    Ok(())
}

/// The profile of that name.
pub async fn profile(db: &Db, name: &str) -> Result<Option<Profile>> {
    db.query("SELECT name, kind, mapping FROM import_profile WHERE name = $1").bind(name.to_owned()).one().await
}

/// Every profile, by name.
pub async fn profiles(db: &Db) -> Result<Vec<Profile>> {
    db.query("SELECT name, kind, mapping FROM import_profile ORDER BY name").all().await
}

static ADD_ERRORS: Bulk = Bulk::new(
    &[
        ("job", Kind::Uuid),
        ("position", Kind::Int),
        ("row_number", Kind::Int),
        ("column_name", Kind::Text),
        ("code", Kind::Text),
        ("message", Kind::Text),
    ],
    "INSERT INTO import_error (job, position, row_number, column_name, code, message)
     SELECT job, position, row_number, column_name, code, message FROM input",
);

/// Adds errors of a job after the `first` ones it has already.
pub async fn add_errors(tx: &mut Tx, job: Uuid, first: i64, errors: &[RowError]) -> Result<()> {
    let mut rows = Rows::new(&ADD_ERRORS, tx.backend());
    for (position, error) in (first..).zip(errors) {
        rows.uuid(job).int(position).int(error.row_number).text(error.column_name.as_str());
        rows.text(error.code.as_str()).text(error.message.as_str());
    }
    rows.run(tx).await?;
    Ok(())
}

/// The errors of a job from that place on, at most `limit`.
pub async fn errors(db: &Db, job: Uuid, from: i64, limit: i64) -> Result<Vec<RowError>> {
    db.query(
        "SELECT row_number, column_name, code, message FROM import_error
         WHERE job = $1 AND position >= $2 ORDER BY position LIMIT $3",
    )
    .bind(job)
    .bind(from)
    .bind(limit)
    .all()
    .await
}
