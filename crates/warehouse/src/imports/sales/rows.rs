//! Ticket lines as they are read.
//!
//! Invariant: a row keeps numbers and places in shared lists, not texts, so that half a million of them fit in little memory.

use std::collections::HashMap;

use domain::{Money, Quantity, Timestamp, Zone};

use super::{Code, Control, Hints, ImportError, Input, Issue, Report, Stage, Tally, fields};
use crate::imports::scan::{Reading, Scan, Telling};

const TELLING: Telling = Telling { numbers: &["quantity", "unit_price"], dates: &["at"] };

/// The most rows of one file.
const MAX_ROWS: u64 = 10_000_000;

/// Rows between two words about progress.
const WORD_EVERY_ROWS: u64 = 16_384;

/// Texts that occur again and again, each kept once.
#[derive(Debug, Default)]
pub(super) struct Texts {
    places: HashMap<Box<str>, u32>,
    texts: Vec<Box<str>>,
}

impl Texts {
    pub(super) fn place(&mut self, text: &str) -> u32 {
        if let Some(place) = self.places.get(text) {
            return *place;
        }
        // Rows are bounded far below this.
        let place = u32::try_from(self.texts.len()).unwrap_or(u32::MAX);
        self.places.insert(text.into(), place);
        self.texts.push(text.into());
        place
    }

    pub(super) fn get(&self, place: u32) -> &str {
        self.texts.get(place as usize).map_or("", AsRef::as_ref)
    }

    pub(super) fn find(&self, text: &str) -> Option<u32> {
        self.places.get(text).copied()
    }

    pub(super) fn len(&self) -> usize {
        self.texts.len()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &str> {
        self.texts.iter().map(AsRef::as_ref)
    }
}

/// A ticket line.
#[derive(Debug, Clone, Copy)]
pub(super) struct SaleRow {
    pub(super) row: u32,
    pub(super) invoice: u32,
    pub(super) code: u32,
    pub(super) text: u32,
    pub(super) at: Timestamp,
    /// Signed as in the file.
    pub(super) quantity: Quantity,
    pub(super) price: Option<Money>,
}

/// What was read.
#[derive(Debug, Default)]
pub(super) struct Sales {
    pub(super) rows: Vec<SaleRow>,
    pub(super) invoices: Texts,
    pub(super) codes: Texts,
    pub(super) texts: Texts,
    /// Whether the file has a column of ticket numbers.
    pub(super) has_invoices: bool,
    /// Sums of the file, rows that cannot be taken included.
    pub(super) tally: Tally,
    pub(super) issues: Vec<Issue>,
}

/// The instant of the row before: a ticket's lines repeat it.
#[derive(Default)]
struct Moments {
    cell: String,
    time: String,
    at: Option<Timestamp>,
}

impl Moments {
    fn read(&mut self, reading: &mut Reading<'_>, zone: &Zone) -> Option<Timestamp> {
        let (cell, time) = (reading.raw("at"), reading.raw("time"));
        if self.at.is_none() || cell != self.cell || time != self.time {
            self.at = reading.instant("at", "time", zone);
            cell.clone_into(&mut self.cell);
            time.clone_into(&mut self.time);
        }
        self.at
    }
}

/// Reads a file of sales.
pub(super) fn read(
    input: &Input,
    hints: &Hints,
    zone: &Zone,
    mut report: Report,
    control: &Control,
) -> Result<(Sales, Report), ImportError> {
    let mut scan = Scan::open(input, fields::SALES, TELLING, hints)?;
    let mut sales = Sales { has_invoices: scan.layout.column("invoice").is_some(), ..Sales::default() };
    let (mut issues, mut moments) = (Vec::new(), Moments::default());
    loop {
        if scan.rows.is_multiple_of(WORD_EVERY_ROWS) {
            let (done, total) = scan.progress();
            control.at(Stage::Reading, done, total)?;
        }
        if scan.rows > MAX_ROWS {
            return Err(ImportError::TooManyRows { most: MAX_ROWS });
        }
        let Some(mut reading) = scan.next(&mut issues)? else { break };
        if !reading.is_broken() {
            sales.take(&mut reading, &mut moments, zone);
        }
    }
    let (done, total) = scan.progress();
    control.at(Stage::Reading, done, total)?;
    sales.issues = issues;
    report.of_scan(&scan);
    Ok((sales, report))
}

impl Sales {
    fn take(&mut self, reading: &mut Reading<'_>, moments: &mut Moments, zone: &Zone) {
        let invoice = reading.code("invoice").unwrap_or_default();
        let code = reading.sku("sku");
        let quantity = reading.needed_quantity("quantity");
        let at = moments.read(reading, zone);
        let price = reading.money("unit_price");
        let text = reading.text("description");
        if invoice.chars().count() > 64 || invoice.chars().any(char::is_control) {
            reading.note("invoice", Code::BadCode, "");
        }
        if quantity == Some(Quantity::ZERO) {
            reading.note("quantity", Code::Zero, "");
        }
        let (Some(code), Some(quantity)) = (code, quantity) else { return };
        self.tally.in_file(code, quantity);
        if is_credit(invoice) && quantity > Quantity::ZERO {
            reading.note("quantity", Code::PositiveReturn, "");
        }
        let row = u32::try_from(reading.number()).unwrap_or(u32::MAX);
        let Some(at) = at.filter(|_| !reading.failed()) else { return };
        let (invoice, code) = (self.invoices.place(invoice), self.codes.place(code));
        self.rows.push(SaleRow { row, invoice, code, text: self.texts.place(&text), at, quantity, price });
    }
}

/// Whether a document takes goods back: `C536379`.
pub(super) fn is_credit(invoice: &str) -> bool {
    invoice.strip_prefix(['C', 'c']).is_some_and(is_number)
}

/// Whether a document is of the shop's own books, neither ticket nor credit: `A563185`.
pub(super) fn is_internal(invoice: &str) -> bool {
    let mut letters = invoice.chars();
    let letter = letters.next().is_some_and(|c| c.is_ascii_alphabetic() && !matches!(c, 'C' | 'c'));
    letter && is_number(letters.as_str())
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit() || b == b'-')
}
