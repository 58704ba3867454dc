//! Going through the rows of a file with everything known that is needed to read a cell.
//!
//! Invariant: whatever is wrong with a row is noted and the next row is read; all of a row's cells are looked at before it is
//! given up, so that every issue is reported at once.

use std::{borrow::Cow, collections::VecDeque};

use domain::{Day, Money, Quantity, Timestamp, Zone};
use serde::{Deserialize, Serialize};

use super::{
    ImportError, cell,
    fields::Field,
    issue::{Code, Issue},
    layout::{self, Layout, Mapping},
    moment::{self, DateOrder},
    number::{self, DecimalMark},
    table::{Facts, Input, Row, Table},
};

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
    pub fn open(
        input: &Input,
        fields: &'static [Field],
        telling: Telling,
        hints: &Hints,
    ) -> Result<Scan, ImportError> {
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
        let columns = |names: &[&str]| -> Vec<usize> { names.iter().filter_map(|name| self.layout.column(name)).collect() };
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

/// One row being read.
#[derive(Debug)]
pub struct Reading<'a> {
    row: &'a Row,
    layout: &'a Layout,
    mark: DecimalMark,
    order: DateOrder,
    issues: &'a mut Vec<Issue>,
    failed: bool,
}

impl<'a> Reading<'a> {
    fn check_shape(&mut self) {
        if let Some(fault) = self.row.fault {
            let first = self.row.cells.first().map_or("", String::as_str);
            self.issues.push(Issue::new(self.row.number, fault).value(first));
            self.failed = true;
        } else if self.row.cells.iter().skip(self.layout.width()).any(|cell| !cell.trim().is_empty()) {
            self.issues.push(Issue::new(self.row.number, Code::ExtraCells));
            self.failed = true;
        }
    }

    /// The row's number in the file.
    pub fn number(&self) -> u64 {
        self.row.number
    }

    /// Whether the row cannot be taken.
    pub fn failed(&self) -> bool {
        self.failed
    }

    /// Whether the row as a whole is beyond reading.
    pub fn is_broken(&self) -> bool {
        self.row.fault.is_some()
    }

    /// The cell as it is; empty when the file has no such column.
    pub fn raw(&self, field: &str) -> &'a str {
        self.layout.column(field).and_then(|i| self.row.cells.get(i)).map_or("", String::as_str)
    }

    /// What the file calls the column of a field.
    pub fn header<'b>(&'b self, field: &'b str) -> &'b str {
        self.layout.header(field)
    }

    /// Notes an issue with a field.
    pub fn note(&mut self, field: &str, code: Code, detail: &str) {
        let issue = Issue::new(self.row.number, code).at(self.layout.header(field)).value(self.raw(field)).detail(detail);
        self.failed |= issue.is_error();
        self.issues.push(issue);
    }

    fn or_note<T>(&mut self, field: &str, result: Result<T, Code>) -> Option<T> {
        result.map_err(|code| self.note(field, code, &detail_of(code))).ok()
    }

    /// A text; empty when there is none.
    pub fn text(&mut self, field: &str) -> Cow<'a, str> {
        let text = cell::text(self.raw(field));
        self.or_note(field, text).unwrap_or_default()
    }

    /// A text there has to be.
    pub fn needed_text(&mut self, field: &str) -> Option<Cow<'a, str>> {
        let text = self.text(field);
        if text.is_empty() && !self.failed {
            self.note(field, Code::Missing, "");
        }
        (!text.is_empty()).then_some(text)
    }

    /// A code; `None`, without an issue, when the cell is empty.
    pub fn code(&mut self, field: &str) -> Option<&'a str> {
        let code = cell::code(self.raw(field));
        self.or_note(field, code).filter(|code| !code.is_empty())
    }

    /// A code there has to be, good as a SKU.
    pub fn sku(&mut self, field: &str) -> Option<&'a str> {
        let before = self.failed;
        let Some(code) = self.code(field) else {
            if self.failed == before {
                self.note(field, Code::Missing, "");
            }
            return None;
        };
        match code.parse::<domain::code::Sku>() {
            Ok(_) => Some(code),
            Err(error) => {
                self.note(field, Code::BadCode, &error.to_string());
                None
            }
        }
    }

    /// How the numbers of that field are written: a sheet's own numbers always have a point.
    fn mark_of(&self, field: &str) -> DecimalMark {
        let numeric = self.layout.column(field).and_then(|i| self.row.numeric.get(i)).copied().unwrap_or(false);
        if numeric { DecimalMark::Dot } else { self.mark }
    }

    /// An amount; `None` when the cell is empty or wrong.
    pub fn money(&mut self, field: &str) -> Option<Money> {
        if self.raw(field).trim().is_empty() {
            return None;
        }
        let money = number::money(self.raw(field), self.mark_of(field));
        self.or_note(field, money)
    }

    /// A quantity; `None` when the cell is empty or wrong.
    pub fn quantity(&mut self, field: &str) -> Option<Quantity> {
        if self.raw(field).trim().is_empty() {
            return None;
        }
        let quantity = number::quantity(self.raw(field), self.mark_of(field));
        self.or_note(field, quantity)
    }

    /// A quantity there has to be.
    pub fn needed_quantity(&mut self, field: &str) -> Option<Quantity> {
        if self.raw(field).trim().is_empty() {
            self.note(field, Code::Missing, "");
        }
        self.quantity(field)
    }

    /// An amount that is not negative.
    pub fn price(&mut self, field: &str) -> Option<Money> {
        let money = self.money(field)?;
        if money < Money::ZERO {
            self.note(field, Code::Negative, "");
            return None;
        }
        Some(money)
    }

    /// A quantity that is not negative.
    pub fn level(&mut self, field: &str) -> Option<Quantity> {
        let quantity = self.quantity(field)?;
        if quantity < Quantity::ZERO {
            self.note(field, Code::Negative, "");
            return None;
        }
        Some(quantity)
    }

    /// A day; `None` when the cell is empty or wrong.
    pub fn day(&mut self, field: &str) -> Option<Day> {
        if self.raw(field).trim().is_empty() {
            return None;
        }
        let day = moment::day(self.raw(field), self.order);
        self.or_note(field, day)
    }

    /// An instant; an issue when the cell is empty.
    pub fn instant(&mut self, field: &str, time_field: &str, zone: &Zone) -> Option<Timestamp> {
        let instant = moment::instant(self.raw(field), self.raw(time_field), self.order, zone);
        self.or_note(field, instant)
    }

    /// Yes, no, or nothing said.
    pub fn yes_no(&mut self, field: &str) -> Option<bool> {
        let answer = cell::yes_no(self.raw(field));
        self.or_note(field, answer).flatten()
    }
}

/// What is added to the message of a cell's issue.
fn detail_of(code: Code) -> String {
    match code {
        Code::TooLong => format!("> {}", cell::MAX_TEXT_CHARS),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::imports::fields;

    const TELLING: Telling = Telling { numbers: &["price"], dates: &["valid_from"] };

    fn scan(text: &str) -> Result<Scan, ImportError> {
        let input = Input::Bytes { name: "precios.csv".to_owned(), bytes: text.as_bytes().into() };
        Scan::open(&input, fields::PRICES, TELLING, &Hints::default())
    }

    /// SKU and price of each row that can be taken, and every issue as row, column and code.
    fn read(text: &str) -> (Vec<(String, String)>, Vec<(u64, String, &'static str)>) {
        let (mut scan, mut issues, mut taken) = (scan(text).unwrap(), Vec::new(), Vec::new());
        while let Some(mut reading) = scan.next(&mut issues).unwrap() {
            if reading.is_broken() {
                continue;
            }
            let (sku, price) = (reading.sku("sku"), reading.price("price"));
            if !reading.failed()
                && let (Some(sku), Some(price)) = (sku, price)
            {
                taken.push((sku.to_owned(), price.to_string()));
            }
        }
        (taken, issues.into_iter().map(|i| (i.row, i.column, i.code.name())).collect())
    }

    fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(sku, price)| (sku.to_string(), price.to_string())).collect()
    }

    #[test]
    fn every_issue_of_every_row_is_reported() {
        let text = "codigo;precio\nA;1,50\n;x\nB\0;2,00\nC;=1+1\nD;2;3\nE;-1,00\n\"F;1\nG;1.234,00\n7.7E+12;1e30\n";
        let (taken, issues) = read(text);
        assert_eq!(taken, pairs(&[("A", "1.50"), ("G", "1234.00")]));
        let expect = [
            (3, "codigo", "missing_value"),
            (3, "precio", "not_a_number"),
            (4, "codigo", "bad_code"),
            (5, "precio", "formula"),
            (6, "", "extra_cells"),
            (7, "precio", "negative"),
            (8, "", "unclosed_quote"),
            (10, "codigo", "lost_digits"),
            (10, "precio", "out_of_range"),
        ];
        assert_eq!(issues, expect.map(|(row, column, code)| (row, column.to_owned(), code)));
    }

    #[test]
    fn footers_and_repeated_headers_are_no_data() {
        let (taken, issues) = read("codigo,precio\nA,1\ncodigo,precio\nB,2\nUltima actualizacion: 2024-10-01,\nTotal,\n");
        assert_eq!(taken, pairs(&[("A", "1.00"), ("B", "2.00")]));
        assert_eq!(issues.iter().map(|i| (i.0, i.2)).collect::<Vec<_>>(), [(3, "header_again"), (5, "footer"), (6, "footer")]);
    }

    #[test]
    fn a_file_with_only_a_header_has_no_rows() {
        assert_eq!(read("codigo,precio\n"), (vec![], vec![]));
        assert!(matches!(scan("a,b\n1,2\n"), Err(ImportError::WrongHeader(_))));
    }

    #[test]
    fn ambiguous_numbers_are_settled_by_the_rest_of_the_file_or_refused() {
        assert_eq!(read("codigo;precio\nA;1.234\nB;2,5\n").0, pairs(&[("A", "1234.00"), ("B", "2.50")]));
        let (taken, issues) = read("codigo;precio\nA;1.234\nB;2\n");
        assert_eq!((taken, issues[0].2), (pairs(&[("B", "2.00")]), "ambiguous_number"));
    }
}
