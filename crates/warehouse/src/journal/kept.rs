//! A posting as the journal keeps it.
//!
//! Invariant: what is read back is what was kept, to the digest.

use contracts::wire::DraftDocument;
use domain::ledger::Draft;
use serde::{Deserialize, Serialize};

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

impl Taken {
    /// Of a draft.
    pub fn of(draft: &Draft) -> Taken {
        Taken { draft: draft.clone() }
    }

    /// As it is kept. What cannot be written down is told to nobody as kept.
    pub fn bytes(&self) -> serde_json::Result<Vec<u8>> {
        serde_json::to_vec(&DraftDocument::of(&self.draft))
    }

    /// As it was kept; `None` for what is none of ours.
    pub fn read(bytes: &[u8]) -> Option<Taken> {
        serde_json::from_slice(bytes).ok().and_then(DraftDocument::draft).map(|draft| Taken { draft })
    }

    /// As a document for people.
    pub fn json(&self) -> serde_json::Result<serde_json::Value> {
        serde_json::to_value(DraftDocument::of(&self.draft))
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
        serde_json::from_value(self.posting.clone()).ok().and_then(DraftDocument::draft).map(|draft| Taken { draft })
    }
}

#[cfg(test)]
mod tests {
    use domain::{
        Day, Money, Quantity, Timestamp,
        ledger::{LineDraft, LotDraft, PostingKind, Reference},
    };
    use proptest::{option, prelude::*};
    use uuid::Uuid;

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
