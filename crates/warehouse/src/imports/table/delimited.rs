//! Delimited text: lines put together into records, records cut into cells.
//!
//! Invariant: a quote that is not closed within reasonable bounds spoils the line it is on and no other.

use serde::Serialize;

use super::{
    Facts, ReadError, Row,
    lines::{Line, Lines},
    source::Bytes,
    split::{self, End},
};
use crate::imports::issue::Code;

/// How a text is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Encoding {
    /// Unicode.
    #[serde(rename = "utf-8")]
    Utf8,
    /// Latin-1 as Windows has it; at least one line of it.
    #[serde(rename = "windows-1252")]
    Windows1252,
}

/// The most lines and bytes of one record: more than any cell of a shop's file, and few enough that a stray quote is cheap.
const MAX_RECORD_LINES: usize = 100;
const MAX_RECORD_BYTES: usize = 1 << 20;

pub(super) struct Delimited {
    lines: Lines,
    separator: char,
    name: String,
}

impl Delimited {
    pub(super) fn new(bytes: Bytes, name: String) -> Result<Delimited, ReadError> {
        let lines = Lines::new(bytes).map_err(|source| ReadError::Io { name: name.clone(), source })?;
        if lines.head().trim().is_empty() {
            return Err(ReadError::Empty { name });
        }
        let separator = split::sniff(lines.head(), lines.terminator());
        Ok(Delimited { lines, separator, name })
    }

    pub(super) fn facts(&self) -> Facts {
        let encoding = if self.lines.windows_1252 { Encoding::Windows1252 } else { Encoding::Utf8 };
        Facts { format: "csv", encoding: Some(encoding), separator: Some(self.separator) }
    }

    pub(super) fn next(&mut self, row: &mut Row) -> Result<bool, ReadError> {
        let Some(line) = self.line()? else { return Ok(false) };
        row.clear_but_cells(line.number);
        let end = split::split(&line.text, self.separator, &mut row.cells);
        if line.too_long {
            row.fault = Some(Code::RowTooLong);
        } else if end == End::InQuotes {
            self.continue_record(line, row)?;
        }
        Ok(true)
    }

    /// The record goes on: takes lines until its quotes are closed, or gives them back.
    fn continue_record(&mut self, first: Line, row: &mut Row) -> Result<(), ReadError> {
        let mut text = first.text;
        let mut taken: Vec<Line> = Vec::new();
        while taken.len() < MAX_RECORD_LINES && text.len() < MAX_RECORD_BYTES {
            let Some(line) = self.line()? else { break };
            let closes = line.text.contains('"');
            text.push('\n');
            text.push_str(&line.text);
            taken.push(line);
            if closes && split::split(&text, self.separator, &mut row.cells) == End::Complete {
                return Ok(());
            }
        }
        self.lines.put_back(taken.into_iter());
        row.fault = Some(Code::UnclosedQuote);
        Ok(())
    }

    fn line(&mut self) -> Result<Option<Line>, ReadError> {
        self.lines.next().map_err(|source| ReadError::Io { name: self.name.clone(), source })
    }
}

impl Row {
    /// Ready for the cells of another row, whose buffers are kept.
    fn clear_but_cells(&mut self, number: u64) {
        self.number = number;
        self.numeric.clear();
        self.fault = None;
    }
}
