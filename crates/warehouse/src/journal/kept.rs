//! A posting as the journal keeps it.
//!
//! Invariant: what is read back is what was kept, to the digest; numbers are whole numbers of the smallest unit.

use domain::{
    Day, Money, Quantity, Timestamp,
    ledger::{Draft, LineDraft, LotDraft, PostingKind, Reference},
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A posting that waits for the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// What was asked for.
    pub draft: Draft,
}

/// A posting that the ledger refused when it was handed on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// Why: the code of the problem.
    pub code: String,
    /// When, in microseconds.
    pub refused_at: i64,
    /// What was asked for.
    pub posting: serde_json::Value,
}

#[derive(Serialize, Deserialize)]
struct Document {
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

impl Taken {
    /// Of a draft.
    pub fn of(draft: &Draft) -> Taken {
        Taken { draft: draft.clone() }
    }

    /// As it is kept. What cannot be written down is told to nobody as kept.
    pub fn bytes(&self) -> serde_json::Result<Vec<u8>> {
        serde_json::to_vec(&document(&self.draft))
    }

    /// As it was kept; `None` for what is none of ours.
    pub fn read(bytes: &[u8]) -> Option<Taken> {
        serde_json::from_slice(bytes).ok().and_then(draft).map(|draft| Taken { draft })
    }

    /// As a document for people.
    pub fn json(&self) -> serde_json::Result<serde_json::Value> {
        serde_json::to_value(document(&self.draft))
    }
}

impl Refusal {
    /// As it is kept.
    pub fn bytes(&self) -> serde_json::Result<Vec<u8>> {
        serde_json::to_vec(self)
    }

    /// As it was kept; `None` for what is none of ours.
    pub fn read(bytes: &[u8]) -> Option<Refusal> {
        serde_json::from_slice(bytes).ok()
    }

    /// The posting itself.
    pub fn taken(&self) -> Option<Taken> {
        serde_json::from_value(self.posting.clone()).ok().and_then(draft).map(|draft| Taken { draft })
    }
}

fn document(draft: &Draft) -> Document {
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
    Document {
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
        lines: draft.lines.iter().map(line).collect(),
    }
}

fn draft(kept: Document) -> Option<Draft> {
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
        id: kept.id,
        site: kept.site,
        kind: PostingKind::from_name(&kept.kind)?,
        effective_at: kept.effective_at_us.map(Timestamp::from_micros),
        reference: Reference { kind: kept.reference_type, number: kept.reference_number },
        actor: kept.actor,
        device: kept.device,
        note: kept.note,
        corrects: kept.corrects,
        lines: kept.lines.into_iter().map(line).collect(),
        may_back_date: kept.may_back_date,
        taken_at: kept.taken_at_us.map(Timestamp::from_micros),
    })
}

#[cfg(test)]
mod tests {
    use proptest::{option, prelude::*};

    use super::*;

    fn lines() -> impl Strategy<Value = LineDraft> {
        let lot = option::of((".{0,9}", option::of(-9_000_i32..40_000)));
        let places = (option::of(".{0,9}"), option::of(".{0,9}"));
        (".{1,20}", any::<i64>(), places, lot, option::of(any::<i64>()), option::of(any::<i64>())).prop_map(
            |(sku, milli, (from, to), lot, price, cost)| LineDraft {
                sku,
                quantity: Quantity::from_milli(milli),
                from,
                to,
                lot: lot.map(|(code, day)| LotDraft { code, expires_on: day.map(Day::from_number) }),
                unit_price: price.map(Money::from_minor),
                line_cost: cost.map(Money::from_minor),
            },
        )
    }

    fn drafts() -> impl Strategy<Value = Draft> {
        let words = (".{0,20}", ".{0,20}", ".{0,20}", ".{0,20}", ".{0,20}");
        let times = (option::of(any::<i64>()), option::of(any::<i64>()));
        let rest = (any::<u128>(), option::of(any::<u128>()), any::<bool>(), any::<prop::sample::Index>());
        (words, times, rest, prop::collection::vec(lines(), 0..4)).prop_map(
            |((site, actor, device, note, number), (at, taken), (id, corrects, may_back_date, kind), lines)| Draft {
                id: Uuid::from_u128(id),
                site,
                kind: *kind.get(PostingKind::ALL),
                effective_at: at.map(Timestamp::from_micros),
                reference: Reference { kind: "ticket".into(), number },
                actor,
                device,
                note,
                corrects: corrects.map(Uuid::from_u128),
                lines,
                may_back_date,
                taken_at: taken.map(Timestamp::from_micros),
            },
        )
    }

    proptest! {
        #[test]
        fn what_is_read_back_is_what_was_kept(draft in drafts()) {
            let taken = Taken::of(&draft);
            prop_assert_eq!(Taken::read(&taken.bytes().unwrap()), Some(taken.clone()));
            let refusal = Refusal { code: "closed_day".into(), refused_at: 7, posting: taken.json().unwrap() };
            let again = Refusal::read(&refusal.bytes().unwrap()).unwrap();
            prop_assert_eq!(again.taken(), Some(taken));
        }

        #[test]
        fn bytes_of_others_are_none_of_ours(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            prop_assert_eq!(Taken::read(&bytes), None);
        }
    }
}
