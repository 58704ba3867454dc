//! Drafts, outcomes and decisions as documents: between roles, in the journal, and while they wait for a second person.
//!
//! Invariant: what is read back is what was written, to the digest; numbers are whole numbers of the smallest unit. What a field means
//! never changes: another meaning is another field, and between roles another version in the path.

mod decision;
mod draft;
mod outcome;

use domain::ledger::{Draft, Outcome};
use serde::{Deserialize, Serialize};

pub use decision::{DecisionDocument, Declined};
pub use draft::DraftDocument;

use crate::approval::Decided;

/// Where the warehouse says that it can be asked.
pub const CHECK: &str = "/internal/v1/stock";
/// Where drafts are posted.
pub const POST: &str = "/internal/v1/stock/post";
/// Where it is asked what would become of them.
pub const PREVIEW: &str = "/internal/v1/stock/preview";
/// Where it is decided on what waits for a second person.
pub const DECIDE: &str = "/internal/v1/approvals/decide";

/// Bytes an answer may have, which is more than a request may: a line comes back in as many as lots it was taken from. Enough for the
/// most lines of one request, each of sixteen lots, under the longest names.
pub const MOST_ANSWER_BYTES: usize = 64 * 1024 * 1024;

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

/// A decision as it is sent.
pub fn decision_bytes(decision: &DecisionDocument) -> serde_json::Result<Vec<u8>> {
    serde_json::to_vec(decision)
}

/// A decision as it was sent; `None` for what is none.
pub fn read_decision(bytes: &[u8]) -> Option<DecisionDocument> {
    serde_json::from_slice(bytes).ok()
}

/// What became of a decision, as it is answered.
pub fn decided_bytes(decided: Decided<()>) -> serde_json::Result<Vec<u8>> {
    serde_json::to_vec(&decision::Answered { declined: decided.err() })
}

/// What became of a decision, as it was answered; nothing for what is none.
pub fn read_decided(bytes: &[u8]) -> Option<Decided<()>> {
    let answered: decision::Answered = serde_json::from_slice(bytes).ok()?;
    Some(answered.declined.map_or(Ok(()), Err))
}

#[cfg(test)]
mod tests;
