//! Deciding on what waits for a second person, as documents.
//!
//! Invariant: of who decides it says who they are and never what they may: whoever is asked looks that up.

use domain::ledger::Rejection;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::outcome::RejectionDocument;
use crate::approval::Verdict;

/// A decision as it is sent.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DecisionDocument {
    /// The request.
    pub id: Uuid,
    /// The login of who decides.
    pub login: String,
    /// Their code.
    pub code: String,
    /// Why it is refused; it is approved without.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refused_because: Option<String>,
}

impl DecisionDocument {
    /// What is decided.
    pub fn verdict(&self) -> Verdict<'_> {
        self.refused_because.as_deref().map_or(Verdict::Approve, Verdict::Reject)
    }
}

/// Why a request is not decided as somebody wants.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "why", rename_all = "snake_case")]
pub enum Declined {
    /// There is none that they may know of.
    Unknown,
    /// They may not decide.
    Forbidden,
    /// They are no person.
    NoPerson,
    /// They asked for it themselves.
    Own,
    /// Its time is over.
    Expired,
    /// Somebody decided before.
    Before {
        /// What it is since.
        state: String,
    },
    /// The ledger would not take it.
    Refused {
        /// Why.
        #[serde(with = "RejectionDocument")]
        reason: Rejection,
    },
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Answered {
    pub(super) declined: Option<Declined>,
}
