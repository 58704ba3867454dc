//! The desk elsewhere.
//!
//! Invariant: says what the desk in this process would say, or that the warehouse is away; a decision is made there or not at all.

use platform::{
    breaker::State,
    http::{Principal, Problem},
};
use uuid::Uuid;

use super::{Came, Decided, Decides, Requests, Verdict};
use crate::{
    Answer, Peer,
    wire::{self, DecisionDocument, Declined},
};

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

    /// The decision as it is sent, unless this person may not make it.
    pub(super) async fn document(
        &self,
        caller: &Principal,
        id: Uuid,
        verdict: Verdict<'_>,
    ) -> Result<DecisionDocument, Problem> {
        // Theirs is to say what somebody may by their account; what this session of theirs may not is known here alone.
        let permitted = self.requests.permitted(caller, id, verdict).await?;
        permitted.map_err(|declined| self.problem(declined, id))?;
        Ok(DecisionDocument::of(caller, id, verdict))
    }

    /// What the warehouse makes of it. The same again changes nothing there.
    pub(super) async fn send(&self, decision: &DecisionDocument) -> Result<Decided<()>, Problem> {
        let body = wire::decision_bytes(decision).map_err(|error| Problem::internal(&error))?;
        let answer = self.peer.ask(wire::DECIDE, body.into()).await?;
        let decided = wire::read_decided(&answer);
        decided.ok_or_else(|| Problem::bug("the warehouse answered something else than was asked"))
    }

    /// Whether it is known that nobody there would answer.
    pub(super) fn is_away(&self) -> bool {
        self.peer.breaker().state() != State::Closed
    }

    /// Why it is not made, as whoever decides is told.
    pub(super) fn problem(&self, declined: Declined, id: Uuid) -> Problem {
        declined.problem(id, |rejection| self.requests.refusal(rejection))
    }

    async fn ask(&self, caller: &Principal, id: Uuid, verdict: Verdict<'_>) -> Result<Came, Problem> {
        let decision = self.document(caller, id, verdict).await?;
        let decided = self.send(&decision).await?;
        decided.map(|()| Came::Made).map_err(|declined| self.problem(declined, id))
    }
}

impl Decides for Remote {
    fn decide<'a>(&'a self, caller: &'a Principal, id: Uuid, verdict: Verdict<'a>) -> Answer<'a, Came> {
        Box::pin(self.ask(caller, id, verdict))
    }
}
