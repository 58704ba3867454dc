//! Reading a file of rows, whatever made it: delimited text or a sheet, plain or compressed.
//!
//! Invariant: one row is in memory at a time and its size is bounded; a row keeps the number it has in the file; a fault in
//! one row never hides the next.

pub mod apart;
mod delimited;
mod lines;
mod sheet;
mod source;
mod split;

use std::{
    path::PathBuf,
    sync::{Arc, atomic::AtomicU64},
};

use thiserror::Error;

use super::issue::Code;
use delimited::Delimited;
pub use delimited::Encoding;
pub use sheet::Format;
use sheet::Sheet;
use source::Content;

/// Where the rows are.
#[derive(Debug, Clone)]
pub enum Input {
    /// A file of this machine.
    Path(PathBuf),
    /// What somebody sent, with the name they gave it.
    Bytes {
        /// The name.
        name: String,
        /// The content.
        bytes: Arc<[u8]>,
    },
}

impl Input {
    /// The name without its folder.
    pub fn name(&self) -> String {
        match self {
            Input::Path(path) => path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default(),
            Input::Bytes { name, .. } => name.rsplit(['/', '\\']).next().unwrap_or_default().to_owned(),
        }
    }
}

/// Why a file could not be read.
#[derive(Debug, Error)]
pub enum ReadError {
    /// It is not there, or not ours to read, or broke off.
    #[error("cannot read {name}")]
    Io {
        /// The file.
        name: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// There is nothing in it.
    #[error("{name} is empty")]
    Empty {
        /// The file.
        name: String,
    },
    /// It is a sheet, and a damaged or protected one.
    #[error("{name} is not a sheet that can be read: {detail}")]
    Sheet {
        /// The file.
        name: String,
        /// What is wrong with it.
        detail: String,
    },
    /// It is a sheet whose reader died of it.
    #[error("{name} is damaged, or larger than can be read")]
    Unbearable {
        /// The file.
        name: String,
    },
    /// It is something else altogether.
    #[error("{name} is neither delimited text (CSV) nor a sheet (XLSX, XLS)")]
    Unknown {
        /// The file.
        name: String,
    },
}

/// One row, reused from one to the next.
#[derive(Debug, Default, Clone)]
pub struct Row {
    /// Its number in the file, from 1.
    pub number: u64,
    /// Its cells.
    pub cells: Vec<String>,
    /// Which cells a sheet holds as numbers: their text has a point for the decimals, whatever the country.
    pub numeric: Vec<bool>,
    /// What is wrong with the row as a whole.
    pub fault: Option<Code>,
}

impl Row {
    /// Whether no cell has anything in it.
    pub fn is_blank(&self) -> bool {
        self.fault.is_none() && self.cells.iter().all(|cell| cell.trim().is_empty())
    }

    fn clear(&mut self, number: u64) {
        self.number = number;
        self.cells.clear();
        self.numeric.clear();
        self.fault = None;
    }
}

/// An open file of rows.
pub struct Table {
    reader: Reader,
    /// Bytes of the file read so far, for those who watch.
    pub read_bytes: Arc<AtomicU64>,
    /// Bytes of the file.
    pub total_bytes: u64,
}

enum Reader {
    Delimited(Box<Delimited>),
    Sheet(Box<Sheet>),
}

/// What was found out about a file.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Facts {
    /// `csv`, `xlsx` or `xls`.
    pub format: &'static str,
    /// How its text is written, for delimited text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub encoding: Option<Encoding>,
    /// What parts its cells, for delimited text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub separator: Option<char>,
}

impl Table {
    /// Opens a file; the first sheet of a workbook.
    pub fn open(input: &Input) -> Result<Table, ReadError> {
        let name = input.name();
        let read_bytes = Arc::new(AtomicU64::new(0));
        let source = source::open(input, Arc::clone(&read_bytes))?;
        let reader = match source.content {
            Content::Text(text) => Reader::Delimited(Box::new(Delimited::new(text, name)?)),
            Content::Sheet(format, bytes) => Reader::Sheet(Box::new(Sheet::open(format, bytes, name)?)),
        };
        Ok(Table { reader, read_bytes, total_bytes: source.total_bytes })
    }

    /// Reads the next row that has anything in it into `row`; `false` at the end.
    pub fn next(&mut self, row: &mut Row) -> Result<bool, ReadError> {
        loop {
            let found = match &mut self.reader {
                Reader::Delimited(reader) => reader.next(row)?,
                Reader::Sheet(sheet) => sheet.next(row),
            };
            if !found || !row.is_blank() {
                return Ok(found);
            }
        }
    }

    /// What was found out so far.
    pub fn facts(&self) -> Facts {
        match &self.reader {
            Reader::Delimited(reader) => reader.facts(),
            Reader::Sheet(sheet) => Facts { format: sheet.format, encoding: None, separator: None },
        }
    }
}

impl std::fmt::Debug for Table {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Table").field("facts", &self.facts()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
