//! Drafts and outcomes as documents: between roles, and in the journal.
//!
//! Invariant: what is read back is what was written, to the digest; numbers are whole numbers of the smallest unit. What a field means
//! never changes: another meaning is another field, and between roles another version in the path.

mod draft;
mod outcome;

use domain::ledger::{Draft, Outcome};
use serde::{Deserialize, Serialize};

pub use draft::DraftDocument;

/// Where the warehouse says that it can be asked.
pub const CHECK: &str = "/internal/v1/stock";
/// Where drafts are posted.
pub const POST: &str = "/internal/v1/stock/post";
/// Where it is asked what would become of them.
pub const PREVIEW: &str = "/internal/v1/stock/preview";

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Drafts {
    drafts: Vec<DraftDocument>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Outcomes {
    outcomes: Vec<outcome::Document>,
}

/// Drafts as they are sent.
pub fn drafts_bytes(drafts: &[Draft]) -> serde_json::Result<Vec<u8>> {
    serde_json::to_vec(&Drafts { drafts: drafts.iter().map(DraftDocument::of).collect() })
}

/// Drafts as they were sent; `None` for what is none.
pub fn read_drafts(bytes: &[u8]) -> Option<Vec<Draft>> {
    let sent: Drafts = serde_json::from_slice(bytes).ok()?;
    sent.drafts.into_iter().map(DraftDocument::draft).collect()
}

/// Outcomes as they are answered; `None` of them for what is kept.
pub fn outcomes_bytes(outcomes: Vec<Option<Outcome>>) -> serde_json::Result<Vec<u8>> {
    serde_json::to_vec(&Outcomes { outcomes: outcomes.into_iter().map(outcome::Document::of).collect() })
}

/// Outcomes as they were answered; nothing for what is none.
pub fn read_outcomes(bytes: &[u8]) -> Option<Vec<Option<Outcome>>> {
    let answered: Outcomes = serde_json::from_slice(bytes).ok()?;
    answered.outcomes.into_iter().map(outcome::Document::outcome).collect()
}

#[cfg(test)]
mod tests;
