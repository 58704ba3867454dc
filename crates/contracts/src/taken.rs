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
    use super::*;
    use crate::wire::read_drafts;

    #[test]
    fn what_is_read_back_is_what_was_kept() {
        let sent = br#"{"drafts":[{"id":"01930000-0000-7000-8000-000000000001","site":"centro","kind":"sale","taken_at_us":7,
            "reference_type":"ticket","reference_number":"1","actor":"ana","device":"caja-1","note":"n","may_back_date":false,
            "lines":[{"sku":"A","quantity_milli":2000,"from":"salon","lot":"L","expires_day":20000}]}]}"#;
        let [draft] = &read_drafts(sent).unwrap()[..] else { panic!("one was sent") };
        let taken = Taken::of(draft);
        assert_eq!(Taken::read(&taken.bytes().unwrap()), Some(taken.clone()));
        assert_eq!(Taken::of_json(taken.json().unwrap()), Some(taken));
    }

    #[test]
    fn what_is_none_of_ours_is_not_read() {
        for other in [&b""[..], b"null", b"{}", b"\xff", br#"{"drafts":[]}"#] {
            assert_eq!(Taken::read(other), None);
        }
    }
}
