//! What waits in the journal, as it is written down.
//!
//! Invariant: what is read back is what was kept. Postings are what they always were, so a journal of any version is read; lines of a count
//! are told from them by their kind, which is none of a posting.

use contracts::Taken;
use domain::{
    Day, Quantity, Timestamp,
    ledger::{Draft, LotDraft},
};
use platform::http::idempotency::Keyed;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The kind of what was counted.
const COUNTED: &str = "count_lines";

/// Something that waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entry {
    /// A posting, for the ledger.
    Posting(Box<Draft>),
    /// What was counted, for its sheet.
    Counted(Counted),
}

/// What somebody counted, in one request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Counted {
    kind: String,
    /// Tells the request from others.
    pub id: Uuid,
    /// Code of the site.
    pub site: String,
    /// Who counted.
    pub actor: String,
    /// Identity of the sheet.
    pub sheet: Uuid,
    /// Under which it takes effect once.
    pub keyed: Keyed,
    /// What was counted.
    pub lines: Vec<CountedLine>,
}

/// What was counted of a product.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CountedLine {
    /// Code of the product.
    pub sku: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    lot: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_day: Option<i32>,
    counted_milli: i64,
    counted_at_us: i64,
}

impl CountedLine {
    /// Of those goods, so many, at that instant.
    pub fn new(sku: String, lot: Option<LotDraft>, counted: Quantity, counted_at: Timestamp) -> CountedLine {
        let expires_day = lot.as_ref().and_then(|lot| lot.expires_on).map(Day::number);
        let lot = lot.map(|lot| lot.code);
        CountedLine { sku, lot, expires_day, counted_milli: counted.milli(), counted_at_us: counted_at.micros() }
    }

    /// The lot, when one was named.
    pub fn lot(&self) -> Option<LotDraft> {
        let expires_on = self.expires_day.map(Day::from_number);
        self.lot.clone().map(|code| LotDraft { code, expires_on })
    }

    /// How much there was.
    pub const fn counted(&self) -> Quantity {
        Quantity::from_milli(self.counted_milli)
    }

    /// When.
    pub const fn counted_at(&self) -> Timestamp {
        Timestamp::from_micros(self.counted_at_us)
    }
}

impl Counted {
    /// What that person counted for a sheet; `None` without a key.
    pub fn new((site, sheet): (String, Uuid), actor: String, keyed: Keyed, lines: Vec<CountedLine>) -> Option<Counted> {
        let (id, _) = keyed.identity()?;
        Some(Counted { kind: COUNTED.to_owned(), id, site, actor, sheet, keyed, lines })
    }
}

impl Entry {
    /// As it was kept; `None` for what is none of ours.
    pub fn read(bytes: &[u8]) -> Option<Entry> {
        let counted = || serde_json::from_slice(bytes).ok().and_then(counted);
        Taken::read(bytes).map(posting).or_else(counted)
    }

    /// From a document; `None` for what is none of ours.
    pub fn of_json(json: &serde_json::Value) -> Option<Entry> {
        let counted = || Counted::deserialize(json).ok().and_then(counted);
        Taken::of_json(json.clone()).map(posting).or_else(counted)
    }

    /// As it is kept.
    pub fn bytes(&self) -> serde_json::Result<Vec<u8>> {
        match self {
            Entry::Posting(draft) => Taken::of(draft).bytes(),
            Entry::Counted(counted) => serde_json::to_vec(counted),
        }
    }

    /// As a document for people.
    pub fn json(&self) -> serde_json::Result<serde_json::Value> {
        match self {
            Entry::Posting(draft) => Taken::of(draft).json(),
            Entry::Counted(counted) => serde_json::to_value(counted),
        }
    }
}

fn posting(taken: Taken) -> Entry {
    Entry::Posting(Box::new(taken.draft))
}

fn counted(counted: Counted) -> Option<Entry> {
    (counted.kind == COUNTED).then_some(Entry::Counted(counted))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As the first version wrote it.
    const POSTING: &[u8] = br#"{"id":"01930000-0000-7000-8000-000000000001","site":"centro","kind":"sale","taken_at_us":7,
        "reference_type":"ticket","reference_number":"1","actor":"ana","device":"caja-1","note":"n","may_back_date":false,
        "lines":[{"sku":"A","quantity_milli":2000,"from":"salon","lot":"L","expires_day":20000}]}"#;

    /// As this one does. What is in journals of shops is read for ever.
    const LINES: &[u8] = br#"{"kind":"count_lines","id":"01930000-0000-7000-8000-000000000002","site":"centro","actor":"ana",
        "sheet":"01930000-0000-7000-8000-000000000003",
        "keyed":{"owner":"k","key":"x","digest":[0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,1]},
        "lines":[{"sku":"A","lot":"L","expires_day":20000,"counted_milli":2500,"counted_at_us":7},{"sku":"B","counted_milli":0,"counted_at_us":8}]}"#;

    #[test]
    fn what_any_version_kept_is_read_and_written_as_it_was() {
        for bytes in [POSTING, LINES] {
            let entry = Entry::read(bytes).unwrap();
            assert_eq!(Entry::read(&entry.bytes().unwrap()), Some(entry.clone()));
            assert_eq!(Entry::of_json(&entry.json().unwrap()), Some(entry));
        }
        let Some(Entry::Counted(counted)) = Entry::read(LINES) else { panic!("lines of a count") };
        let line = &counted.lines[0];
        assert_eq!((line.counted(), line.counted_at()), (Quantity::from_milli(2500), Timestamp::from_micros(7)));
        assert_eq!(line.lot().unwrap().expires_on, Some(Day::from_number(20000)));
        assert!(matches!(Entry::read(POSTING), Some(Entry::Posting(draft)) if draft.actor == "ana"));
    }

    #[test]
    fn what_is_none_of_ours_is_not_read() {
        let other = String::from_utf8_lossy(LINES).replace("count_lines", "sheet");
        for bytes in [b"{}", b"null".as_slice(), b"\xff", other.as_bytes()] {
            assert_eq!(Entry::read(bytes), None);
        }
    }
}
