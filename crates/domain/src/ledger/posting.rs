//! What a caller asks for (a draft) and what the ledger answers (a posted result).
//!
//! Invariant: a draft carries only what its caller said; defaults are chosen by the ledger, so that the same request
//! repeated has the same digest whatever the state has become.

use std::sync::Arc;

use uuid::Uuid;

use super::{Limits, PostingKind, Rejection};
use crate::{Day, Money, Quantity, Timestamp};

/// The document a posting comes from.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Reference {
    /// What kind of document: `ticket`, `invoice`, `transfer`…
    pub kind: String,
    /// Its number.
    pub number: String,
}

/// A lot named by its code and, when it has one, its expiry.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LotDraft {
    /// The code on the goods.
    pub code: String,
    /// Last day on which it may be sold.
    pub expires_on: Option<Day>,
}

/// One line of a draft.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LineDraft {
    /// Which product.
    pub sku: String,
    /// How much, above zero.
    pub quantity: Quantity,
    /// Location code; by kind when `None`.
    pub from: Option<String>,
    /// Location code; by kind when `None`.
    pub to: Option<String>,
    /// Which lot; first expired first out when `None`.
    pub lot: Option<LotDraft>,
    /// Selling price of one unit.
    pub unit_price: Option<Money>,
    /// Cost of the whole line, for kinds that bring goods in.
    pub line_cost: Option<Money>,
}

/// A posting as its caller asks for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// Chosen by the caller: identity and idempotency key.
    pub id: Uuid,
    /// Code of the site.
    pub site: String,
    /// Kind of event.
    pub kind: PostingKind,
    /// When it happened; when the ledger learns of it if `None`.
    pub effective_at: Option<Timestamp>,
    /// The document it comes from.
    pub reference: Reference,
    /// Who did it.
    pub actor: String,
    /// On which device.
    pub device: String,
    /// Free words.
    pub note: String,
    /// The posting this one corrects, or from which goods are returned at the cost they had there.
    pub corrects: Option<Uuid>,
    /// Lines. Empty only for a correction that reverses everything.
    pub lines: Vec<LineDraft>,
    /// Whether its caller may post into a past business day.
    pub may_back_date: bool,
    /// When it was taken, while the ledger could not be reached. What happened then is a fact: it counts as learned at that moment, and
    /// what was sold is not undone by stock that is missing.
    pub taken_at: Option<Timestamp>,
    /// What its caller may post without a second person's consent.
    pub limits: Limits,
}

impl Draft {
    /// Whether it says that the books were wrong, or that goods are gone without having been sold.
    pub const fn is_adjustment(&self) -> bool {
        self.kind.is_adjustment(self.corrects.is_some())
    }
}

/// One movement that a posting made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PostedLine {
    /// Which product.
    pub sku: Arc<str>,
    /// Location code.
    pub from: Arc<str>,
    /// Location code.
    pub to: Arc<str>,
    /// Which lot, when the product keeps lots.
    pub lot: Option<LotDraft>,
    /// How much.
    pub quantity: Quantity,
    /// What the site's internal locations hold of the product afterwards.
    pub on_hand_after: Quantity,
    /// Book value moved.
    pub value: Money,
}

/// A posting that stands in the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Posted {
    /// Its identity.
    pub id: Uuid,
    /// Its place in the site's chain, from 1 without gaps.
    pub seq: i64,
    /// SHA-256 link of the chain.
    pub hash: [u8; 32],
    /// What it moved.
    pub lines: Vec<PostedLine>,
}

/// What became of a draft.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Written now.
    Posted(Posted),
    /// Written before, by the same request.
    Duplicate(Posted),
    /// Not written, and why.
    Rejected(Rejection),
}
