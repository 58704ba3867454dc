//! A table as CSV (RFC 4180), sent as it is read.
//!
//! Invariant: holds one page at a time; a table that breaks off breaks off its answer too, so that nobody takes a part for the whole.

use axum::{
    body::{Body, Bytes},
    response::{IntoResponse, Response},
};
use futures_util::{StreamExt, stream};

use super::{Cell, Pages};
use crate::http::problem::Problem;

/// The answer. The first page is read before it begins, so that what is wrong from the start is a problem.
pub(super) async fn answer(header: &'static [&'static str], mut reader: impl Pages) -> Result<Response, Problem> {
    let first = reader.next().await?.unwrap_or_default();
    let mut beginning = written([header.iter().map(|name| (*name).to_owned()).collect()])?;
    beginning.extend(page(&first)?);
    let rest = stream::unfold(Some((reader, Some(beginning))), |state| async {
        let (mut reader, ready) = state?;
        if let Some(bytes) = ready {
            return Some((Ok(Bytes::from(bytes)), Some((reader, None))));
        }
        match reader.next().await.and_then(|rows| rows.map(|rows| page(&rows)).transpose()) {
            Ok(Some(bytes)) => Some((Ok(Bytes::from(bytes)), Some((reader, None)))),
            Ok(None) => None,
            Err(problem) => {
                tracing::error!(%problem, "an export broke off: {problem}");
                Some((Err(problem), None))
            }
        }
    });
    // Compression asks once more after the end, which a bare unfold answers with a panic.
    Ok(Body::from_stream(rest.fuse()).into_response())
}

fn page(rows: &[Vec<Cell>]) -> Result<Vec<u8>, Problem> {
    written(rows.iter().map(|row| row.iter().map(Cell::plain).collect()))
}

fn written(records: impl IntoIterator<Item = Vec<String>>) -> Result<Vec<u8>, Problem> {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::Any(b'\n')).from_writer(Vec::new());
    for record in records {
        writer.write_record(&record).map_err(|error| Problem::internal(&error))?;
    }
    writer.into_inner().map_err(|error| Problem::bug(format!("writing to memory failed: {error}")))
}
