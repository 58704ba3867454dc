//! Count sheets: what somebody counted, when, and what the ledger says there was at that instant.
//!
//! Invariant: a sheet is closed exactly when its posting stands in the ledger; whatever happened in between, settling it from
//! the posting gives the same sheet.

mod elsewhere;
mod expected;
mod lines;
mod sheet;
mod worth;

use domain::{Quantity, Timestamp, ledger::LotDraft};
use uuid::Uuid;

pub use elsewhere::{Elsewhere, closing_too, elsewhere};
pub use expected::expected;
pub use lines::{Counted, add_lines, lines, lines_of, settle};
pub use sheet::{NewSheet, OpenSheet, SheetFilter, create, get, list, lock, mark_closing, open};
pub use worth::worth;

/// Where a sheet stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// Lines are still added.
    Open,
    /// Its differences are posted.
    Closed,
}

impl Status {
    /// The name in documents and in the database.
    pub const fn name(self) -> &'static str {
        match self {
            Status::Open => "open",
            Status::Closed => "closed",
        }
    }

    /// The status of that name.
    pub fn from_name(name: &str) -> Option<Status> {
        [Status::Open, Status::Closed].into_iter().find(|status| status.name() == name)
    }
}

/// A count sheet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sheet {
    /// Its identity.
    pub id: Uuid,
    /// Number of the site.
    pub site: i64,
    /// Code of the site.
    pub site_code: String,
    /// Number of the location.
    pub location: i64,
    /// Code of the location.
    pub location_code: String,
    /// Where it stands.
    pub status: Status,
    /// Whether those who count are not shown what there should be.
    pub blind: bool,
    /// Free words.
    pub note: String,
    /// Who opened it.
    pub actor: String,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// When it was closed, or its closing began.
    pub closed_at: Option<Timestamp>,
    /// Counts changes.
    pub version: i64,
}

impl Sheet {
    /// The posting that closes it.
    pub fn posting(&self) -> Uuid {
        posting_of(self.id)
    }
}

/// The posting that closes a sheet.
pub fn posting_of(sheet: Uuid) -> Uuid {
    domain::ids::named(sheet, "close")
}

/// A counted line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Place on the sheet, from 1.
    pub line: i64,
    /// Number of the product.
    pub product: i64,
    /// Its code.
    pub sku: String,
    /// Its name.
    pub name: String,
    /// Number of the lot, 0 when all lots were counted together.
    pub lot: i64,
    /// The lot, when one was named.
    pub lot_name: Option<LotDraft>,
    /// How much was counted.
    pub counted: Quantity,
    /// When.
    pub counted_at: Timestamp,
    /// Last place of the site's chain when the line was entered.
    pub counted_seq: i64,
    /// What the ledger says there was at that instant; known when the sheet is closed.
    pub expected: Option<Quantity>,
    /// How much was counted first, when it was counted again.
    pub first_counted: Option<Quantity>,
    /// Who counted.
    pub actor: String,
    /// Whether it was counted again.
    pub recount: bool,
}
