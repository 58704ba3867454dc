//! The desk elsewhere.
//!
//! Invariant: says what the desk in this process would say, or that the warehouse is away; a decision is made there or not at all.

use platform::http::{Principal, Problem};
use uuid::Uuid;

use super::{Decides, Requests, Verdict};
use crate::{Answer, Peer, wire};

/// Asks the warehouse over HTTP. Cheap to clone.
#[derive(Clone)]
pub struct Remote {
    peer: Peer,
    requests: Requests,
}

impl Remote {
    /// The desk of the warehouse there, over the same requests.
    pub fn new(peer: Peer, requests: Requests) -> Remote {
        Remote { peer, requests }
    }

    async fn ask(&self, caller: &Principal, id: Uuid, verdict: Verdict<'_>) -> Result<(), Problem> {
        let told = |declined: wire::Declined| declined.problem(id, |rejection| self.requests.refusal(rejection));
        // Theirs is to say what somebody may by their account; what this session of theirs may not is known here alone.
        self.requests.permitted(caller, id, verdict).await?.map_err(told)?;
        let body = wire::decision_bytes(caller, id, verdict).map_err(|error| Problem::internal(&error))?;
        let answer = self.peer.ask(wire::DECIDE, body.into()).await?;
        let decided = wire::read_decided(&answer);
        let decided = decided.ok_or_else(|| Problem::bug("the warehouse answered something else than was asked"))?;
        decided.map_err(told)
    }
}

impl Decides for Remote {
    fn decide<'a>(&'a self, caller: &'a Principal, id: Uuid, verdict: Verdict<'a>) -> Answer<'a, ()> {
        Box::pin(self.ask(caller, id, verdict))
    }
}
