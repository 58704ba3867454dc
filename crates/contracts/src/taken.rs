//! A posting as it is kept while it waits: for the ledger in the journal, for a second person in the database.
//!
//! Invariant: what is read back is what was kept, to the digest.

use domain::ledger::Draft;

use crate::wire::DraftDocument;

/// A posting that waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// What was asked for.
    pub draft: Draft,
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

    /// From a document; `None` for what is none of ours.
    pub fn of_json(json: serde_json::Value) -> Option<Taken> {
        serde_json::from_value(json).ok().and_then(DraftDocument::draft).map(|draft| Taken { draft })
    }

    /// As a document for people.
    pub fn json(&self) -> serde_json::Result<serde_json::Value> {
        serde_json::to_value(DraftDocument::of(&self.draft))
    }
}

#[cfg(test)]
mod tests {
    use domain::{
        Day, Money, Quantity, Timestamp,
        ledger::{Limits, LineDraft, LotDraft, PostingKind, Reference},
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
        let limits = (option::of(any::<i64>()), option::of(any::<i64>()))
            .prop_map(|(worth, oldest_days)| Limits { most_worth: worth.map(Money::from_minor), oldest_days });
        let rest = (any::<u128>(), option::of(any::<u128>()), (any::<bool>(), limits), any::<prop::sample::Index>());
        (words, times, rest, prop::collection::vec(lines(), 0..4)).prop_map(
            |(
                (site, actor, device, note, number),
                (at, taken),
                (id, corrects, (may_back_date, limits), kind),
                lines,
            )| Draft {
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
                limits,
            },
        )
    }

    proptest! {
        #[test]
        fn what_is_read_back_is_what_was_kept(draft in drafts()) {
            let taken = Taken::of(&draft);
            prop_assert_eq!(Taken::read(&taken.bytes().unwrap()), Some(taken.clone()));
            prop_assert_eq!(Taken::of_json(taken.json().unwrap()), Some(taken));
        }

        #[test]
        fn bytes_of_others_are_none_of_ours(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            prop_assert_eq!(Taken::read(&bytes), None);
        }
    }
}
