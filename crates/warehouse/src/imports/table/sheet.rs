//! The first sheet of a workbook.
//!
//! Invariant: numbers become the decimal text that the sheet shows (15 significant digits), never a rounding of ours; a cell
//! far out in an empty sheet costs nothing.

use std::io::Cursor;

use calamine::{Data, DataRef, ExcelDateTime, Reader as _, Xls, Xlsx};
use serde::{Deserialize, Serialize};

use super::{ReadError, Row, apart};

/// The most columns that are looked at, and the most cells in all.
const MAX_COLUMNS: u32 = 512;
pub(super) const MAX_CELLS: usize = 20_000_000;

/// What made a workbook.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Since 2007: XML in an archive.
    Xlsx,
    /// Before.
    Xls,
}

impl Format {
    /// The name in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Format::Xlsx => "xlsx",
            Format::Xls => "xls",
        }
    }

    /// The format of that name.
    pub fn from_name(name: &str) -> Option<Format> {
        [Format::Xlsx, Format::Xls].into_iter().find(|format| format.name() == name)
    }
}

/// A cell that has something in it.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Cell {
    row: u32,
    column: u32,
    text: String,
    numeric: bool,
}

/// The cells of the first sheet, in the order of the file. What is wrong with a file that cannot be read is said in English, as its
/// reader says it.
pub(super) fn cells(format: Format, bytes: Vec<u8>) -> Result<Vec<Cell>, String> {
    match format {
        Format::Xlsx => xlsx(bytes),
        Format::Xls => xls(bytes),
    }
}

fn xlsx(bytes: Vec<u8>) -> Result<Vec<Cell>, String> {
    let wrong = |error: calamine::XlsxError| error.to_string();
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(wrong)?;
    let Some(first) = book.sheet_names().first().cloned() else { return Err("no sheets".to_owned()) };
    let mut reader = book.worksheet_cells_reader(&first).map_err(wrong)?;
    let mut cells = Vec::new();
    while let Some(cell) = reader.next_cell().map_err(wrong)? {
        let (row, column) = cell.get_position();
        if let Some((text, numeric)) = text_of_ref(cell.get_value()) {
            push(&mut cells, Cell { row, column, text, numeric })?;
        }
    }
    Ok(cells)
}

fn xls(bytes: Vec<u8>) -> Result<Vec<Cell>, String> {
    let mut book: Xls<_> = Xls::new(Cursor::new(bytes)).map_err(|error| error.to_string())?;
    let Some(range) = book.worksheet_range_at(0) else { return Err("no sheets".to_owned()) };
    let range = range.map_err(|error| error.to_string())?;
    let (first_row, first_column) = range.start().unwrap_or((0, 0));
    let mut cells = Vec::new();
    for (row, column, value) in range.used_cells() {
        if let Some((text, numeric)) = text_of(value) {
            let place = |first: u32, offset: usize| first + u32::try_from(offset).unwrap_or(u32::MAX - first);
            let (row, column) = (place(first_row, row), place(first_column, column));
            push(&mut cells, Cell { row, column, text, numeric })?;
        }
    }
    Ok(cells)
}

pub(super) struct Sheet {
    cells: std::iter::Peekable<std::vec::IntoIter<Cell>>,
    pub(super) format: &'static str,
}

impl Sheet {
    /// Reads a workbook: in a process of its own where the program has one for that.
    pub(super) fn open(format: Format, bytes: Vec<u8>, name: String) -> Result<Sheet, ReadError> {
        let read = match apart::cells(format, &bytes) {
            Some(read) => read,
            None => cells(format, bytes).map_err(Some),
        };
        match read {
            Ok(cells) => Sheet::of(cells, format.name(), name),
            Err(Some(detail)) => Err(ReadError::Sheet { name, detail }),
            Err(None) => Err(ReadError::Unbearable { name }),
        }
    }

    fn of(mut cells: Vec<Cell>, format: &'static str, name: String) -> Result<Sheet, ReadError> {
        if cells.is_empty() {
            return Err(ReadError::Empty { name });
        }
        // Some programs write rows out of order.
        cells.sort_by_key(|cell| (cell.row, cell.column));
        Ok(Sheet { cells: cells.into_iter().peekable(), format })
    }

    pub(super) fn next(&mut self, row: &mut Row) -> bool {
        let Some(number) = self.cells.peek().map(|cell| cell.row) else { return false };
        row.clear(u64::from(number) + 1);
        while let Some(cell) = self.cells.next_if(|cell| cell.row == number) {
            let place = cell.column as usize;
            row.cells.resize(place.max(row.cells.len()), String::new());
            row.numeric.resize(place.max(row.numeric.len()), false);
            row.cells.truncate(place);
            row.numeric.truncate(place);
            row.cells.push(cell.text);
            row.numeric.push(cell.numeric);
        }
        true
    }
}

fn push(cells: &mut Vec<Cell>, cell: Cell) -> Result<(), String> {
    if cell.column >= MAX_COLUMNS {
        return Ok(());
    }
    if cells.len() >= MAX_CELLS {
        return Err(format!("more than {MAX_CELLS} cells"));
    }
    cells.push(cell);
    Ok(())
}

/// The text of a cell and whether it is a number; `None` when there is nothing in it.
fn text_of_ref(value: &DataRef<'_>) -> Option<(String, bool)> {
    match value {
        DataRef::Int(value) => Some((value.to_string(), true)),
        DataRef::Float(value) => Some((number_text(*value), true)),
        DataRef::String(text) => Some((text.clone(), false)),
        DataRef::SharedString(text) => Some(((*text).to_owned(), false)),
        DataRef::Bool(value) => Some((value.to_string(), false)),
        DataRef::DateTime(value) => Some((moment_text(value), false)),
        DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => Some((text.clone(), false)),
        DataRef::Error(error) => Some((error.to_string(), false)),
        DataRef::Empty => None,
    }
}

fn text_of(value: &Data) -> Option<(String, bool)> {
    match value {
        Data::Int(value) => Some((value.to_string(), true)),
        Data::Float(value) => Some((number_text(*value), true)),
        Data::String(text) | Data::DateTimeIso(text) | Data::DurationIso(text) => Some((text.clone(), false)),
        Data::Bool(value) => Some((value.to_string(), false)),
        Data::DateTime(value) => Some((moment_text(value), false)),
        Data::Error(error) => Some((error.to_string(), false)),
        Data::Empty => None,
    }
}

/// The number as a sheet shows it: fifteen significant digits, no exponent where it can be helped.
fn number_text(value: f64) -> String {
    if !value.is_finite() {
        return value.to_string();
    }
    let scientific = format!("{value:.14e}");
    // Reading fifteen digits back gives the number whose shortest form has no more than these digits.
    scientific.parse::<f64>().map_or(scientific, |shown| shown.to_string())
}

fn moment_text(value: &ExcelDateTime) -> String {
    let (year, month, day, hour, minute, second, _) = value.to_ymd_hms_milli();
    format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_as_the_sheet_shows_them() {
        for (value, expect) in [
            (7_791_813_421_580.0, "7791813421580"),
            (0.1 + 0.2, "0.3"),
            (1234.5, "1234.5"),
            (-3.0, "-3"),
            (0.0, "0"),
            (1e30, "1000000000000000000000000000000"),
        ] {
            assert_eq!(number_text(value), expect);
        }
    }
}
