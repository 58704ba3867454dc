//! What changed since everything was last sorted: few enough to be looked through one by one.
//!
//! Invariant: a product that is here is not looked for anywhere else.

use std::collections::HashMap;

use store::catalog::Entry;

use super::doc::{Hit, Query, text_of};

/// Products changed, by number; `None` when one is not to be found any more.
#[derive(Debug, Clone, Default)]
pub(super) struct Delta(HashMap<i64, Option<String>>);

impl Delta {
    pub(super) fn extend(&mut self, entries: &[Entry]) {
        let text = |entry: &Entry| (entry.active != 0).then(|| text_of(entry));
        self.0.extend(entries.iter().map(|entry| (entry.id, text(entry))));
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn knows(&self, id: i64) -> bool {
        self.0.contains_key(&id)
    }

    /// The texts of the products that can be found.
    pub(super) fn texts(&self) -> impl Iterator<Item = (i64, &str)> {
        self.0.iter().filter_map(|(id, text)| Some((*id, text.as_deref()?)))
    }

    pub(super) fn find(&self, query: &Query) -> Vec<Hit> {
        let matching = self.texts().filter(|(_, text)| query.matches(text));
        matching.map(|(id, text)| Hit { rank: query.rank(text), text: text.to_owned(), id }).collect()
    }
}
