//! Deciding on what waits for a second person, as documents.
//!
//! Invariant: of who decides it says who they are and never what they may: whoever is asked looks that up.

use std::net::IpAddr;

use domain::ledger::Rejection;
use platform::http::{
    Principal,
    context::{self, Context},
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::outcome::RejectionDocument;
use crate::approval::Verdict;

/// A decision as it is sent.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DecisionDocument {
    /// The request.
    pub id: Uuid,
    /// The login of who decides.
    pub login: String,
    /// Their code.
    pub code: String,
    /// Where they asked from, with what, and what that request is called.
    pub origin: OriginDocument,
    /// Why it is refused; it is approved without.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refused_because: Option<String>,
}

/// Where a request came from.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OriginDocument {
    /// The address; none where it is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<IpAddr>,
    /// What the program calls itself.
    pub agent: String,
    /// Names the request.
    pub request_id: String,
}

impl OriginDocument {
    /// Of the request being answered.
    fn here() -> OriginDocument {
        let Context { client, agent, request_id, .. } = context::current();
        OriginDocument { address: client, agent: agent.to_string(), request_id: request_id.to_string() }
    }
}

impl DecisionDocument {
    /// By that person, in the request being answered.
    pub fn of(person: &Principal, id: Uuid, verdict: Verdict<'_>) -> DecisionDocument {
        let refused_because = match verdict {
            Verdict::Approve => None,
            Verdict::Reject(reason) => Some(reason.to_owned()),
        };
        let (login, code) = (person.name.to_string(), person.signature().to_owned());
        DecisionDocument { id, login, code, origin: OriginDocument::here(), refused_because }
    }

    /// The request being answered, as if it had come from whoever decides.
    pub fn context(&self) -> Context {
        let OriginDocument { address, agent, request_id } = &self.origin;
        let (agent, request_id) = (agent.as_str().into(), request_id.as_str().into());
        Context { client: *address, agent, request_id, ..context::current() }
    }

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
