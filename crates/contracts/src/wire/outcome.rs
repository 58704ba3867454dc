//! An outcome as a document.
//!
//! Invariant: every reason that the ledger knows can be told, since a new one does not compile without its line here.

use domain::{
    Day, Money, Quantity,
    ledger::{
        LotDraft, Outcome, Over, Posted, PostedLine, PostingKind, Rejection,
        canonical::{hex, unhex},
    },
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

#[derive(Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub(super) enum Document {
    Posted(PostedDocument),
    Duplicate(PostedDocument),
    Rejected {
        #[serde(with = "RejectionDocument")]
        reason: Rejection,
    },
    /// On the warehouse's disk until the ledger can be asked.
    Kept,
}

#[derive(Serialize, Deserialize)]
pub(super) struct PostedDocument {
    id: Uuid,
    seq: i64,
    hash: String,
    lines: Vec<Line>,
}

#[derive(Serialize, Deserialize)]
struct Line {
    sku: String,
    from: String,
    to: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    lot: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_day: Option<i32>,
    quantity_milli: i64,
    on_hand_after_milli: i64,
    value_minor: i64,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Rejection", tag = "code", rename_all = "snake_case")]
pub(super) enum RejectionDocument {
    InsufficientStock {
        line: usize,
        sku: String,
        #[serde(with = "milli")]
        available: Quantity,
        #[serde(with = "milli")]
        requested: Quantity,
    },
    IdempotencyConflict,
    UnknownSite {
        site: String,
    },
    UnknownProduct {
        line: usize,
        sku: String,
    },
    InactiveProduct {
        line: usize,
        sku: String,
    },
    UnknownLocation {
        line: usize,
        location: String,
    },
    WrongLocation {
        line: usize,
        #[serde(with = "kind")]
        kind: PostingKind,
        from: String,
        to: String,
    },
    SameLocation {
        line: usize,
        location: String,
    },
    LotRequired {
        line: usize,
        sku: String,
    },
    LotNotTracked {
        line: usize,
        sku: String,
    },
    ExpiryRequired {
        line: usize,
        sku: String,
    },
    UnknownLot {
        line: usize,
        sku: String,
        lot: String,
    },
    LotExpired {
        line: usize,
        sku: String,
        lot: String,
        #[serde(with = "day")]
        expired_on: Day,
    },
    FractionOfPiece {
        line: usize,
        sku: String,
    },
    ClosedDay {
        #[serde(with = "day")]
        closed_through: Day,
    },
    BackDatingForbidden,
    InFuture,
    CorrectedNotFound,
    WrongLink {
        #[serde(with = "kind")]
        kind: PostingKind,
        #[serde(with = "kind")]
        original: PostingKind,
    },
    ExceedsOriginal {
        line: usize,
        sku: String,
        #[serde(with = "milli")]
        available: Quantity,
        #[serde(with = "milli")]
        requested: Quantity,
    },
    AlreadyCorrected,
    OutOfRange {
        line: usize,
    },
    #[serde(rename = "consent_needed")]
    ApprovalNeeded {
        #[serde(with = "minor")]
        worth: Money,
        days_back: i64,
        #[serde(with = "over")]
        over: Over,
    },
    ApprovalRefused,
}

/// How a value of the domain is written as one of JSON's.
macro_rules! written {
    ($module:ident $type:ty, $raw:ty, $out:expr, $back:expr) => {
        mod $module {
            use super::*;

            pub(super) fn serialize<S: serde::Serializer>(value: &$type, to: S) -> Result<S::Ok, S::Error> {
                Serialize::serialize(&($out)(*value), to)
            }

            pub(super) fn deserialize<'de, D: serde::Deserializer<'de>>(from: D) -> Result<$type, D::Error> {
                let raw = <$raw>::deserialize(from)?;
                ($back)(raw).ok_or_else(|| serde::de::Error::custom(concat!("not a ", stringify!($module))))
            }
        }
    };
}

written!(milli Quantity, i64, Quantity::milli, |milli| Some(Quantity::from_milli(milli)));
written!(minor Money, i64, Money::minor, |minor| Some(Money::from_minor(minor)));
written!(over Over, String, Over::name, |name: String| Over::named(&name));
written!(day Day, i32, Day::number, |number| Some(Day::from_number(number)));
written!(kind PostingKind, String, PostingKind::name, |name: String| PostingKind::from_name(&name));

impl Document {
    pub(super) fn of(outcome: Option<Outcome>) -> Document {
        match outcome {
            Some(Outcome::Posted(posted)) => Document::Posted(PostedDocument::of(&posted)),
            Some(Outcome::Duplicate(posted)) => Document::Duplicate(PostedDocument::of(&posted)),
            Some(Outcome::Rejected(reason)) => Document::Rejected { reason },
            None => Document::Kept,
        }
    }

    /// The outcome; `None` outside for what is none.
    pub(super) fn outcome(self) -> Option<Option<Outcome>> {
        Some(match self {
            Document::Posted(posted) => Some(Outcome::Posted(posted.posted()?)),
            Document::Duplicate(posted) => Some(Outcome::Duplicate(posted.posted()?)),
            Document::Rejected { reason } => Some(Outcome::Rejected(reason)),
            Document::Kept => None,
        })
    }
}

impl PostedDocument {
    fn of(posted: &Posted) -> PostedDocument {
        let line = |line: &PostedLine| Line {
            sku: line.sku.to_string(),
            from: line.from.to_string(),
            to: line.to.to_string(),
            lot: line.lot.as_ref().map(|lot| lot.code.clone()),
            expires_day: line.lot.as_ref().and_then(|lot| lot.expires_on).map(Day::number),
            quantity_milli: line.quantity.milli(),
            on_hand_after_milli: line.on_hand_after.milli(),
            value_minor: line.value.minor(),
        };
        let lines = posted.lines.iter().map(line).collect();
        PostedDocument { id: posted.id, seq: posted.seq, hash: hex(&posted.hash), lines }
    }

    fn posted(self) -> Option<Posted> {
        let line = |line: Line| PostedLine {
            sku: line.sku.into(),
            from: line.from.into(),
            to: line.to.into(),
            lot: line.lot.map(|code| LotDraft { code, expires_on: line.expires_day.map(Day::from_number) }),
            quantity: Quantity::from_milli(line.quantity_milli),
            on_hand_after: Quantity::from_milli(line.on_hand_after_milli),
            value: Money::from_minor(line.value_minor),
        };
        let lines = self.lines.into_iter().map(line).collect();
        Some(Posted { id: self.id, seq: self.seq, hash: unhex(&self.hash)?, lines })
    }
}
