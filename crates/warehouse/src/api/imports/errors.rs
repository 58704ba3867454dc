//! The rows that an import did not take, as CSV.

use axum::{
    body::{Body, Bytes},
    extract::{Path, State},
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use futures_util::{StreamExt, stream};
use platform::http::{Principal, Problem, problem::ProblemDocument, sheets::Cell};
use store::{
    Db,
    import::{self, RowError},
};
use uuid::Uuid;

use super::get;
use crate::state::Warehouse;

/// Rows read at once.
const PAGE: i64 = 1000;
const HEADER: [&str; 4] = ["row", "column", "code", "message"];

/// Read what was wrong with the rows of an import
#[utoipa::path(
    get,
    path = "/api/v1/imports/{id}/errors.csv",
    tag = "imports",
    params(("id" = Uuid, Path, description = "Identity of its job")),
    responses(
        (status = 200, description = "Row, column, code and message of each issue", body = String, content_type = "text/csv"),
        (status = 404, description = "There is none", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub async fn errors(
    State(warehouse): State<Warehouse>,
    principal: Principal,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let job = get::find(&warehouse, &principal, &id).await?;
    let rows = stream::unfold(Some((warehouse.db.clone(), job.id, 0)), |state| async {
        let (db, job, from) = state?;
        match page(&db, job, from).await {
            Ok((bytes, more)) => Some((Ok(bytes), more.then_some((db, job, from + PAGE)))),
            Err(problem) => Some((Err(problem), None)),
        }
    });
    // Compression asks once more after the end, which a bare unfold answers with a panic.
    // Whoever compresses the answer asks once more after its end.
    let mut response = Body::from_stream(rows.fuse()).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8; header=present"));
    headers.insert(header::CONTENT_DISPOSITION, HeaderValue::from_static("attachment; filename=\"errors.csv\""));
    Ok(response)
}

async fn page(db: &Db, job: Uuid, from: i64) -> Result<(Bytes, bool), Problem> {
    let rows = import::errors(db, job, from, PAGE).await?;
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::Any(b'\n')).from_writer(Vec::new());
    let internal = |error: csv::Error| Problem::internal(&error);
    if from == 0 {
        writer.write_record(HEADER).map_err(internal)?;
    }
    for RowError { row_number, column_name, code, message } in &rows {
        let cells = [Cell::from(*row_number), Cell::text(column_name), Cell::text(code), Cell::text(message)];
        writer.write_record(cells.iter().map(Cell::plain)).map_err(internal)?;
    }
    let more = i64::try_from(rows.len()).unwrap_or(0) == PAGE;
    let bytes = writer.into_inner().map_err(|error| Problem::bug(format!("writing to memory failed: {error}")))?;
    Ok((bytes.into(), more))
}
