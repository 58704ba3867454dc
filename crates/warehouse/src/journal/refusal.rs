//! What was refused when it was handed on, as it is kept for a person.
//!
//! Invariant: what is read back is what was kept.

use serde::{Deserialize, Serialize};

use super::Entry;

/// A posting, or lines of a count, refused when handed on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// Why: the code of the problem.
    pub code: String,
    /// When, in microseconds.
    pub refused_at: i64,
    /// What was asked for.
    pub posting: serde_json::Value,
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

    /// What was asked for, as it may be handed on again.
    pub fn entry(&self) -> Option<Entry> {
        Entry::of_json(&self.posting)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_refused_is_read_back() {
        let posting = serde_json::json!({"sku": "A"});
        let refusal = Refusal { code: "closed_day".into(), refused_at: 7, posting };
        let again = Refusal::read(&refusal.bytes().unwrap());
        assert_eq!(again.as_ref(), Some(&refusal));
        assert_eq!((refusal.entry(), Refusal::read(b"{}")), (None, None), "no posting of ours");
    }
}
