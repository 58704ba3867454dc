//! Putting an event together.
//!
//! Invariant: where the request came from and what it is called are taken from the request being answered, never from a body.

use domain::{
    Timestamp,
    audit::{Action, Actor, ActorKind, Event, Outcome},
};
use serde::Serialize;
use serde_json::{Value, json};
use store::Tx;

use super::Details;
use crate::http::{
    auth::{CallerKind, Principal},
    context,
    sheets::Taken,
};

/// An event being put together; [`Draft::at`] completes it.
#[derive(Debug, Clone)]
#[must_use = "an event that is not recorded is lost"]
pub struct Draft {
    event: Event,
    details: Details,
}

/// Something that somebody known did.
pub fn by(principal: &Principal, action: Action) -> Draft {
    let kind = match principal.kind {
        CallerKind::User => ActorKind::User,
        CallerKind::Key | CallerKind::Token | CallerKind::OlderKey => ActorKind::Key,
        CallerKind::Service => ActorKind::System,
    };
    let (id, name) = (principal.key_id.to_string(), principal.name.to_string());
    let actor = Actor { kind, id, name, role: principal.role.name().to_owned() };
    Draft::new(actor, action)
}

/// Something that the program did by itself (`name` says which part of it), or whoever has its command line (`cli`).
pub fn by_system(name: &str, action: Action) -> Draft {
    Draft::new(Actor { kind: ActorKind::System, id: String::new(), name: name.to_owned(), role: String::new() }, action)
}

/// Something that nobody we know did or tried.
pub fn by_nobody(action: Action) -> Draft {
    Draft::new(Actor { kind: ActorKind::Nobody, id: String::new(), name: String::new(), role: String::new() }, action)
}

impl Draft {
    /// Something that this actor did.
    pub fn new(actor: Actor, action: Action) -> Draft {
        let event = Event {
            at: Timestamp::default(),
            actor,
            origin: context::origin(),
            site: String::new(),
            action,
            resource: String::new(),
            outcome: Outcome::Ok,
            times: 1,
            details: String::new(),
        };
        Draft { event, details: Details::default() }
    }

    /// At that site.
    pub fn site(mut self, code: &str) -> Draft {
        code.clone_into(&mut self.event.site);
        self
    }

    /// To that thing. `name` is a code or a number, never the name of a person.
    pub fn on(mut self, kind: &str, name: impl std::fmt::Display) -> Draft {
        self.event.resource = format!("{kind}:{name}");
        self
    }

    /// It was not allowed.
    pub fn denied(mut self) -> Draft {
        self.event.outcome = Outcome::Denied;
        self
    }

    /// It was tried and did not succeed.
    pub fn failed(mut self) -> Draft {
        self.event.outcome = Outcome::Failed;
        self
    }

    /// So many rows went out, perhaps not all of them.
    pub fn taken(self, taken: Taken) -> Draft {
        let told = self.detail("rows", taken.rows);
        if taken.whole { told } else { told.failed() }
    }

    /// More about it.
    pub fn detail(mut self, name: &str, value: impl Serialize) -> Draft {
        self.details.set(name, value);
        self
    }

    /// What `name` was and is, if it changed.
    pub fn change(mut self, name: &str, before: impl Serialize, after: impl Serialize) -> Draft {
        self.details.change(name, before, after);
        self
    }

    /// What changed between two states of one thing.
    pub fn changes(mut self, before: impl Serialize, after: impl Serialize) -> Draft {
        self.details.changes(before, after);
        self
    }

    /// The event, which happened at that instant.
    pub fn at(self, at: Timestamp) -> Event {
        Event { at, details: self.details.text(), ..self.event }.bounded()
    }

    /// Appends the event, which happened at that instant, in the caller's transaction. Last before the commit: the head of the chain
    /// is locked from here on.
    pub async fn write(self, tx: &mut Tx, at: Timestamp) -> store::Result<()> {
        store::audit::append(tx, &self.at(at)).await.map(drop)
    }
}

/// An event as JSON, for logs.
pub(super) fn as_json(event: &Event) -> Value {
    let details: Value = serde_json::from_str(&event.details).unwrap_or(Value::Null);
    json!({
        "at": event.at.to_string(), "actor_kind": event.actor.kind.name(), "actor_id": event.actor.id,
        "actor": event.actor.name, "role": event.actor.role, "site": event.site, "action": event.action.name(),
        "resource": event.resource, "outcome": event.outcome.name(), "address": event.origin.address,
        "agent": event.origin.agent, "request_id": event.origin.request_id, "times": event.times, "details": details,
    })
}
