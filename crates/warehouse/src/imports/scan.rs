//! Going through the rows of a file with everything known that is needed to read a cell.
//!
//! Invariant: whatever is wrong with a row is noted and the next row is read; all of a row's cells are looked at before it is
//! given up, so that every issue is reported at once.

mod reading;

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::{
    ImportError,
    fields::Field,
    issue::{Code, Issue},
    layout::{self, Layout, Mapping},
    moment::{self, DateOrder},
    number::{self, DecimalMark},
    table::{Facts, Input, Row, Table},
};
pub use reading::Reading;

/// How a file is to be read, where it does not tell by itself.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Hints {
    /// Columns named by hand.
    pub mapping: Mapping,
    /// What stands before decimals.
    pub decimal: DecimalMark,
    /// Which of two small numbers is the day.
    pub dates: DateOrder,
}

impl Hints {
    /// These, and of `profile` what they do not say.
    #[must_use]
    pub fn over(self, profile: Hints) -> Hints {
        let mut mapping = profile.mapping;
        mapping.0.extend(self.mapping.0);
        let decimal = if self.decimal == DecimalMark::Auto { profile.decimal } else { self.decimal };
        let dates = if self.dates == DateOrder::Auto { profile.dates } else { self.dates };
        Hints { mapping, decimal, dates }
    }
}

/// Rows and bytes that are read ahead to find out how numbers and dates are written.
const SAMPLE_ROWS: usize = 1000;
const SAMPLE_BYTES: usize = 4 << 20;

/// A file being gone through.
#[derive(Debug)]
pub struct Scan {
    table: Table,
    /// Where each field is.
    pub layout: Layout,
    sample: VecDeque<Row>,
    row: Row,
    mark: DecimalMark,
    order: DateOrder,
    /// Rows given, those with issues included.
    pub rows: u64,
    /// Rows left aside: footers and repeated headers.
    pub skipped: u64,
}

/// The fields of a kind of file whose cells show how numbers and dates are written.
#[derive(Debug, Clone, Copy)]
pub struct Telling {
    /// Fields that are numbers.
    pub numbers: &'static [&'static str],
    /// Fields that are dates.
    pub dates: &'static [&'static str],
}

impl Scan {
    /// Opens a file and finds its header.
    pub fn open(input: &Input, fields: &'static [Field], telling: Telling, hints: &Hints) -> Result<Scan, ImportError> {
        let mut table = Table::open(input)?;
        let layout = layout::find(&mut table, fields, &hints.mapping)?.map_err(ImportError::WrongHeader)?;
        let mut scan = Scan {
            table,
            layout,
            sample: VecDeque::new(),
            row: Row::default(),
            mark: hints.decimal,
            order: hints.dates,
            rows: 0,
            skipped: 0,
        };
        scan.read_ahead(telling)?;
        Ok(scan)
    }

    fn read_ahead(&mut self, telling: Telling) -> Result<(), ImportError> {
        let columns =
            |names: &[&str]| -> Vec<usize> { names.iter().filter_map(|name| self.layout.column(name)).collect() };
        let (numbers, dates) = (columns(telling.numbers), columns(telling.dates));
        let (mut marks, mut orders, mut bytes) = (number::Evidence::default(), moment::Evidence::default(), 0);
        while self.sample.len() < SAMPLE_ROWS && bytes < SAMPLE_BYTES {
            let mut row = Row::default();
            if !self.table.next(&mut row)? {
                break;
            }
            let plain = |i: &&usize| !row.numeric.get(**i).copied().unwrap_or(false);
            numbers.iter().filter(plain).filter_map(|i| row.cells.get(*i)).for_each(|cell| marks.see(cell));
            dates.iter().filter_map(|i| row.cells.get(*i)).for_each(|cell| orders.see(cell));
            bytes += row.cells.iter().map(String::len).sum::<usize>();
            self.sample.push_back(row);
        }
        if self.mark == DecimalMark::Auto {
            self.mark = marks.mark();
        }
        if self.order == DateOrder::Auto {
            self.order = orders.order();
        }
        Ok(())
    }

    /// Reads the next row; `None` at the end. Rows that are no data are noted and passed over.
    pub fn next<'a>(&'a mut self, issues: &'a mut Vec<Issue>) -> Result<Option<Reading<'a>>, ImportError> {
        loop {
            if let Some(row) = self.sample.pop_front() {
                self.row = row;
            } else if !self.table.next(&mut self.row)? {
                return Ok(None);
            }
            match self.no_data() {
                Some(issue) => {
                    self.skipped += 1;
                    issues.push(issue);
                }
                None => break,
            }
        }
        self.rows += 1;
        let mut reading =
            Reading { row: &self.row, layout: &self.layout, mark: self.mark, order: self.order, issues, failed: false };
        reading.check_shape();
        Ok(Some(reading))
    }

    /// A footer or the header again.
    fn no_data(&self) -> Option<Issue> {
        if self.row.fault.is_some() {
            return None;
        }
        if self.layout.repeats(&self.row) {
            return Some(Issue::new(self.row.number, Code::HeaderAgain));
        }
        let mut filled = self.row.cells.iter().map(|cell| cell.trim()).filter(|cell| !cell.is_empty());
        let first = filled.next()?;
        // Every kind of file needs two cells at least, so one cell is no data: a sentence under the table, or a total.
        let alone = filled.next().is_none() && self.layout.width() > 1;
        let is_text = first.contains(char::is_whitespace) || domain::fold::fold(first).starts_with("total");
        (alone && is_text).then(|| Issue::new(self.row.number, Code::Footer).value(first))
    }

    /// What was found out about the file.
    pub fn facts(&self) -> Facts {
        self.table.facts()
    }

    /// Bytes read and bytes there are.
    pub fn progress(&self) -> (u64, u64) {
        (self.table.read_bytes.load(std::sync::atomic::Ordering::Relaxed), self.table.total_bytes)
    }

    /// What stands before decimals in this file.
    pub fn mark(&self) -> DecimalMark {
        self.mark
    }
}

#[cfg(test)]
mod tests;
