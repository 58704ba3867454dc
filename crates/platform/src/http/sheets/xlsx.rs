//! A table as a spreadsheet.
//!
//! Invariant: rows go to a thread of their own and from there to a temporary file, a page at a time; text is never a formula.

use axum::{
    body::Body,
    response::{IntoResponse, Response},
};
use rust_xlsxwriter::{Format, Workbook, Worksheet, XlsxError};
use tokio::sync::mpsc;

use super::{Cell, Pages, Rows};
use crate::http::problem::Problem;

/// Rows a sheet can have, its header included.
const MOST_ROWS: u32 = 1_048_576;

/// The answer. 422 when the table has more rows than a sheet can have.
pub(super) async fn answer(
    name: &str,
    header: &'static [&'static str],
    mut reader: impl Pages,
) -> Result<Response, Problem> {
    let (pages, rows) = mpsc::channel::<Rows>(2);
    let name = name.to_owned();
    let writing = tokio::task::spawn_blocking(move || write(&name, header, rows));
    let mut left = MOST_ROWS - 1;
    while let Some(page) = reader.next().await? {
        let more = u32::try_from(page.len()).unwrap_or(u32::MAX);
        left = left.checked_sub(more).ok_or_else(|| Problem::invalid_field("", "too_many_rows_for_a_sheet"))?;
        // It stops listening only when it failed, which is told below.
        if pages.send(page).await.is_err() {
            break;
        }
    }
    drop((pages, reader));
    let book = writing.await.map_err(|error| Problem::internal(&error))?;
    Ok(Body::from(book.map_err(|error| Problem::internal(&error))?).into_response())
}

fn write(name: &str, header: &[&str], mut pages: mpsc::Receiver<Rows>) -> Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet_with_constant_memory()?;
    sheet.set_name(name)?;
    sheet.set_freeze_panes(1, 0)?;
    let bold = Format::new().set_bold();
    for (column, title) in (0..).zip(header) {
        sheet.write_string_with_format(0, column, *title, &bold)?;
    }
    let mut number = 0;
    while let Some(rows) = pages.blocking_recv() {
        for row in rows {
            number += 1;
            write_row(sheet, number, &row)?;
        }
    }
    book.save_to_buffer()
}

fn write_row(sheet: &mut Worksheet, number: u32, row: &[Cell]) -> Result<(), XlsxError> {
    for (column, cell) in (0..).zip(row) {
        match cell {
            Cell::Empty => {}
            Cell::Text(text) => drop(sheet.write_string(number, column, text)?),
            // A spreadsheet knows no other numbers than these; what it cannot hold exactly stays text.
            Cell::Number(digits) => match digits.parse::<f64>().ok().filter(|_| digits.len() <= 15) {
                Some(value) => drop(sheet.write_number(number, column, value)?),
                None => drop(sheet.write_string(number, column, digits)?),
            },
        }
    }
    Ok(())
}
