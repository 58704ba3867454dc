//! A draft as a document.
//!
//! Invariant: what is read back is what was written, to the digest.

use domain::{
    Day, Money, Quantity, Timestamp,
    ledger::{Draft, Limits, LineDraft, LotDraft, PostingKind, Reference},
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A draft as a document.
#[derive(Serialize, Deserialize)]
pub struct DraftDocument {
    id: Uuid,
    site: String,
    kind: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    effective_at_us: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    taken_at_us: Option<i64>,
    reference_type: String,
    reference_number: String,
    actor: String,
    device: String,
    note: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    corrects: Option<Uuid>,
    may_back_date: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    most_worth_minor: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    oldest_days: Option<i64>,
    lines: Vec<Line>,
}

#[derive(Serialize, Deserialize)]
struct Line {
    sku: String,
    quantity_milli: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    to: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    lot: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_day: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    unit_price_minor: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    line_cost_minor: Option<i64>,
}

impl DraftDocument {
    /// Of a draft.
    pub fn of(draft: &Draft) -> DraftDocument {
        let line = |line: &LineDraft| Line {
            sku: line.sku.clone(),
            quantity_milli: line.quantity.milli(),
            from: line.from.clone(),
            to: line.to.clone(),
            lot: line.lot.as_ref().map(|lot| lot.code.clone()),
            expires_day: line.lot.as_ref().and_then(|lot| lot.expires_on).map(Day::number),
            unit_price_minor: line.unit_price.map(Money::minor),
            line_cost_minor: line.line_cost.map(Money::minor),
        };
        DraftDocument {
            id: draft.id,
            site: draft.site.clone(),
            kind: draft.kind.name().to_owned(),
            effective_at_us: draft.effective_at.map(Timestamp::micros),
            taken_at_us: draft.taken_at.map(Timestamp::micros),
            reference_type: draft.reference.kind.clone(),
            reference_number: draft.reference.number.clone(),
            actor: draft.actor.clone(),
            device: draft.device.clone(),
            note: draft.note.clone(),
            corrects: draft.corrects,
            may_back_date: draft.may_back_date,
            most_worth_minor: draft.limits.most_worth.map(Money::minor),
            oldest_days: draft.limits.oldest_days,
            lines: draft.lines.iter().map(line).collect(),
        }
    }

    /// The draft; `None` when its kind is none of ours.
    pub fn draft(self) -> Option<Draft> {
        let line = |line: Line| LineDraft {
            sku: line.sku,
            quantity: Quantity::from_milli(line.quantity_milli),
            from: line.from,
            to: line.to,
            lot: line.lot.map(|code| LotDraft { code, expires_on: line.expires_day.map(Day::from_number) }),
            unit_price: line.unit_price_minor.map(Money::from_minor),
            line_cost: line.line_cost_minor.map(Money::from_minor),
        };
        Some(Draft {
            id: self.id,
            site: self.site,
            kind: PostingKind::from_name(&self.kind)?,
            effective_at: self.effective_at_us.map(Timestamp::from_micros),
            reference: Reference { kind: self.reference_type, number: self.reference_number },
            actor: self.actor,
            device: self.device,
            note: self.note,
            corrects: self.corrects,
            lines: self.lines.into_iter().map(line).collect(),
            may_back_date: self.may_back_date,
            taken_at: self.taken_at_us.map(Timestamp::from_micros),
            limits: Limits { most_worth: self.most_worth_minor.map(Money::from_minor), oldest_days: self.oldest_days },
        })
    }
}
