//! Why a draft was not written.
//!
//! Invariant: codes are stable and documented; each says which line it belongs to when it belongs to one.

use thiserror::Error;

use super::{Over, PostingKind};
use crate::{Day, Money, Quantity};

/// A reason not to write a draft. `line` counts from 0.
#[expect(missing_docs, reason = "the fields are the words of the message")]
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Rejection {
    /// There is less than asked for.
    #[error("insufficient stock of {sku}: {available} available, {requested} requested")]
    InsufficientStock { line: usize, sku: String, available: Quantity, requested: Quantity },
    /// The same id was used for something else.
    #[error("another posting has this id")]
    IdempotencyConflict,
    /// No such site.
    #[error("unknown site {site}")]
    UnknownSite { site: String },
    /// No such product.
    #[error("unknown product {sku}")]
    UnknownProduct { line: usize, sku: String },
    /// The product takes no postings any more.
    #[error("product {sku} is not active")]
    InactiveProduct { line: usize, sku: String },
    /// No such location at the site.
    #[error("unknown location {location}")]
    UnknownLocation { line: usize, location: String },
    /// The kind may not move goods between these locations.
    #[error("a {} cannot move goods from {from} to {to}", kind.name())]
    WrongLocation { line: usize, kind: PostingKind, from: String, to: String },
    /// From and to are the same place.
    #[error("from and to are the same location {location}")]
    SameLocation { line: usize, location: String },
    /// The product keeps lots and the line brings goods in without naming one, or names one that is not there.
    #[error("product {sku} needs a lot")]
    LotRequired { line: usize, sku: String },
    /// The product keeps no lots.
    #[error("product {sku} keeps no lots")]
    LotNotTracked { line: usize, sku: String },
    /// The product keeps expiry days and the line names none.
    #[error("product {sku} needs an expiry day")]
    ExpiryRequired { line: usize, sku: String },
    /// No lot of that name is there.
    #[error("product {sku} has no lot {lot} there")]
    UnknownLot { line: usize, sku: String, lot: String },
    /// The lot named is past its day.
    #[error("lot {lot} of {sku} expired on {expired_on}")]
    LotExpired { line: usize, sku: String, lot: String, expired_on: Day },
    /// A product counted in pieces was given a fraction.
    #[error("{sku} is counted in whole units")]
    FractionOfPiece { line: usize, sku: String },
    /// The business day takes no postings any more.
    #[error("the books are closed through {closed_through}")]
    ClosedDay { closed_through: Day },
    /// A past business day, without the permission for it.
    #[error("posting into a past business day needs permission")]
    BackDatingForbidden,
    /// It says it happened later than now.
    #[error("effective_at is in the future")]
    InFuture,
    /// What it corrects does not stand in this site's ledger.
    #[error("the posting to correct was not found")]
    CorrectedNotFound,
    /// A posting of this kind cannot link to one of that kind.
    #[error("a {} cannot refer to a {}", kind.name(), original.name())]
    WrongLink { kind: PostingKind, original: PostingKind },
    /// More than the posting it refers to moved, less what was taken from that before.
    #[error("of {sku} {available} can still be taken from that posting, {requested} requested")]
    ExceedsOriginal { line: usize, sku: String, available: Quantity, requested: Quantity },
    /// It has been reversed in full already.
    #[error("the posting was corrected already")]
    AlreadyCorrected,
    /// Sums would leave the range kept.
    #[error("the amounts are out of range")]
    OutOfRange { line: usize },
    /// More than its caller may post without a second person's consent.
    #[error("a second person has to consent: worth {worth}, {days_back} days back")]
    ApprovalNeeded { worth: Money, days_back: i64, over: Over },
    /// A second person refused it.
    #[error("a second person refused it")]
    ApprovalRefused,
}

impl Rejection {
    /// The stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            Rejection::InsufficientStock { .. } => "insufficient_stock",
            Rejection::IdempotencyConflict => "idempotency_conflict",
            Rejection::UnknownSite { .. } => "unknown_site",
            Rejection::UnknownProduct { .. } => "unknown_product",
            Rejection::InactiveProduct { .. } => "inactive_product",
            Rejection::UnknownLocation { .. } => "unknown_location",
            Rejection::WrongLocation { .. } => "wrong_location",
            Rejection::SameLocation { .. } => "same_location",
            Rejection::LotRequired { .. } => "lot_required",
            Rejection::LotNotTracked { .. } => "lot_not_tracked",
            Rejection::ExpiryRequired { .. } => "expiry_required",
            Rejection::UnknownLot { .. } => "unknown_lot",
            Rejection::LotExpired { .. } => "lot_expired",
            Rejection::FractionOfPiece { .. } => "fraction_of_piece",
            Rejection::ClosedDay { .. } => "closed_day",
            Rejection::BackDatingForbidden => "back_dating_forbidden",
            Rejection::InFuture => "in_future",
            Rejection::CorrectedNotFound => "corrected_not_found",
            Rejection::WrongLink { .. } => "wrong_link",
            Rejection::ExceedsOriginal { .. } => "exceeds_original",
            Rejection::AlreadyCorrected => "already_corrected",
            Rejection::OutOfRange { .. } => "out_of_range",
            Rejection::ApprovalNeeded { .. } => "consent_needed",
            Rejection::ApprovalRefused => "approval_refused",
        }
    }

    /// Whether it is a conflict with the state of the books (409) rather than a value that breaks a rule (422).
    pub const fn is_conflict(&self) -> bool {
        matches!(
            self,
            Rejection::InsufficientStock { .. }
                | Rejection::IdempotencyConflict
                | Rejection::ClosedDay { .. }
                | Rejection::AlreadyCorrected
                | Rejection::ExceedsOriginal { .. }
                | Rejection::InactiveProduct { .. }
                | Rejection::LotExpired { .. }
                | Rejection::ApprovalNeeded { .. }
                | Rejection::ApprovalRefused
        )
    }

    /// The line it belongs to, from 0.
    pub const fn line(&self) -> Option<usize> {
        match self {
            Rejection::InsufficientStock { line, .. }
            | Rejection::ExceedsOriginal { line, .. }
            | Rejection::UnknownProduct { line, .. }
            | Rejection::InactiveProduct { line, .. }
            | Rejection::UnknownLocation { line, .. }
            | Rejection::WrongLocation { line, .. }
            | Rejection::SameLocation { line, .. }
            | Rejection::LotRequired { line, .. }
            | Rejection::LotNotTracked { line, .. }
            | Rejection::ExpiryRequired { line, .. }
            | Rejection::UnknownLot { line, .. }
            | Rejection::LotExpired { line, .. }
            | Rejection::FractionOfPiece { line, .. }
            | Rejection::OutOfRange { line } => Some(*line),
            _ => None,
        }
    }
}
