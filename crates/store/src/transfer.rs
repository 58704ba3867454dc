//! Goods on their way between two sites.
//!
//! Invariant: a transfer is written down before its goods leave and each receipt before its goods enter; what stands in the
//! ledger decides, and settling a transfer from it gives the same document whatever happened in between.

mod document;
mod receipts;
mod settle;

use domain::{Money, Quantity, Timestamp, ledger::LotDraft};
use uuid::Uuid;

pub use document::{
    NewTransfer, TransferFilter, begin, forget, get, lines, lines_of, list, lock, mark_sent, unsettled,
};
pub use receipts::{Receipt, begin_receipt, corrections, forget_receipt, of_posting, pending_receipts, receipt};
pub use settle::take_in;

/// Where a transfer stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// Written down; its goods have not left.
    Sending,
    /// Its goods are on their way.
    Sent,
    /// Some of its goods came.
    Partial,
    /// None of its goods is on its way any more: they came, or whoever sent them took them back.
    Received,
}

impl Status {
    /// Every status.
    pub const ALL: [Status; 4] = [Status::Sending, Status::Sent, Status::Partial, Status::Received];

    /// The name in documents and in the database.
    pub const fn name(self) -> &'static str {
        match self {
            Status::Sending => "sending",
            Status::Sent => "sent",
            Status::Partial => "partial",
            Status::Received => "received",
        }
    }

    /// The status of that name.
    pub fn from_name(name: &str) -> Option<Status> {
        Status::ALL.into_iter().find(|status| status.name() == name)
    }
}

/// A transfer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transfer {
    /// Its identity.
    pub id: Uuid,
    /// Code of the site it leaves.
    pub from_site: String,
    /// Code of the site it goes to.
    pub to_site: String,
    /// Where it stands.
    pub status: Status,
    /// Free words.
    pub note: String,
    /// Who sent it.
    pub actor: String,
    /// When it was sent.
    pub sent_at: Timestamp,
    /// Counts changes.
    pub version: i64,
    /// Its goods; none before they left.
    pub lines: Vec<Line>,
}

impl Transfer {
    /// The posting by which its goods leave.
    pub fn posting(&self) -> Uuid {
        posting_of(self.id)
    }
}

/// The posting by which the goods of a transfer leave.
pub fn posting_of(transfer: Uuid) -> Uuid {
    domain::ids::named(transfer, "send")
}

/// Goods of a product and lot on their way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Place in the transfer, from 1.
    pub line: i64,
    /// Number of the product.
    pub product: i64,
    /// Its code.
    pub sku: String,
    /// Its name.
    pub name: String,
    /// Number of the lot, 0 when none.
    pub lot: i64,
    /// The lot, when there is one.
    pub lot_name: Option<LotDraft>,
    /// How much was sent.
    pub quantity: Quantity,
    /// What that was worth.
    pub value: Money,
    /// How much came.
    pub received: Quantity,
    /// What that was worth.
    pub received_value: Money,
    /// How much the site that sent it took back.
    pub returned: Quantity,
}

impl Line {
    /// How much is still on its way.
    pub fn missing(&self) -> Quantity {
        self.quantity - self.received - self.returned
    }

    /// What the next `quantity` to come is worth: its share of the whole, exact over all receipts.
    pub fn value_of_next(&self, quantity: Quantity) -> Money {
        self.value.share((self.received + quantity).milli(), self.quantity.milli()) - self.received_value
    }
}
