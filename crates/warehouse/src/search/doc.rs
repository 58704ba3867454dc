//! What is searched: the text of a product, and what somebody typed.
//!
//! Invariant: both sides are folded alike, so that a word matches whatever its case and accents.

use store::catalog::Entry;

/// Words of a query that count.
const MOST_WORDS: usize = 8;

/// Between the words of a product and its barcodes. It sorts before a space, so shorter names come first.
const BEFORE_BARCODES: char = '\n';

/// The text of a product: its folded name, brand and SKU, then its barcodes.
pub(super) fn text_of(entry: &Entry) -> String {
    let mut text = entry.search_key.clone();
    for code in entry.barcodes.split(' ').filter(|code| !code.is_empty()) {
        text.push(BEFORE_BARCODES);
        text.push_str(&domain::fold::fold(code));
    }
    text
}

/// The words of a product's text.
pub(super) fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split([' ', BEFORE_BARCODES]).filter(|word| !word.is_empty())
}

/// What somebody typed, folded.
#[derive(Debug)]
pub(super) struct Query {
    text: String,
}

impl Query {
    pub(super) fn new(text: &str) -> Query {
        Query { text: domain::fold::fold(text) }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    pub(super) fn words(&self) -> impl Iterator<Item = &str> {
        self.text.split(' ').take(MOST_WORDS)
    }

    /// How well a text that has every word matches: 0 when it begins with the whole query, 1 with its first word, else 2.
    pub(super) fn rank(&self, text: &str) -> u8 {
        if text.starts_with(&self.text) {
            return 0;
        }
        u8::from(!self.words().next().is_some_and(|first| text.starts_with(first))) + 1
    }

    /// Whether the text has a word for each of the query's that begins with it.
    pub(super) fn matches(&self, text: &str) -> bool {
        self.words().all(|wanted| words(text).any(|word| word.starts_with(wanted)))
    }
}

/// A product found, in the order of how well it matches, then of its name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Hit {
    pub(super) rank: u8,
    pub(super) text: String,
    pub(super) id: i64,
}
