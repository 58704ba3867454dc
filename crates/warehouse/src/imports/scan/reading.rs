//! One row and everything needed to read its cells.
//!
//! Invariant: an error in any cell fails the row, and every cell is looked at all the same.

use std::borrow::Cow;

use domain::{Day, Money, Quantity, Timestamp, Zone};

use crate::imports::{
    cell,
    issue::{Code, Issue, Message},
    layout::Layout,
    moment::{self, DateOrder},
    number::{self, DecimalMark},
    table::Row,
};

/// One row being read.
#[derive(Debug)]
pub struct Reading<'a> {
    pub(super) row: &'a Row,
    pub(super) layout: &'a Layout,
    pub(super) mark: DecimalMark,
    pub(super) order: DateOrder,
    pub(super) issues: &'a mut Vec<Issue>,
    pub(super) failed: bool,
}

impl<'a> Reading<'a> {
    pub(super) fn check_shape(&mut self) {
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
    pub fn note(&mut self, field: &str, code: Code, detail: impl Into<Message>) {
        let issue =
            Issue::new(self.row.number, code).at(self.layout.header(field)).value(self.raw(field)).detail(detail);
        self.failed |= issue.is_error();
        self.issues.push(issue);
    }

    fn or_note<T>(&mut self, field: &str, result: Result<T, Code>) -> Option<T> {
        result.map_err(|code| self.note(field, code, detail_of(code))).ok()
    }

    /// A text; empty when there is none.
    pub fn text(&mut self, field: &str) -> Cow<'a, str> {
        let text = cell::text(self.raw(field));
        if cell::has_unreadable(self.raw(field)) && text.is_ok() {
            self.note(field, Code::ControlRemoved, "");
        }
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
                self.note(field, Code::BadCode, error);
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
