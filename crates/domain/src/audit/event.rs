//! An event, and its place in the log.
//!
//! Invariant: every text has a bound; what is longer is cut when the event is made, not when it is stored, so that what is
//! hashed is what is kept.

use super::Action;
use crate::Timestamp;

/// What kind of caller it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ActorKind {
    /// A key of a program.
    Key,
    /// A person's account.
    User,
    /// The program itself, or whoever has its command line.
    System,
    /// Nobody that we know.
    Nobody,
}

impl ActorKind {
    /// All of them.
    pub const ALL: [ActorKind; 4] = [ActorKind::Key, ActorKind::User, ActorKind::System, ActorKind::Nobody];

    /// Its name in the log.
    pub const fn name(self) -> &'static str {
        match self {
            ActorKind::Key => "key",
            ActorKind::User => "user",
            ActorKind::System => "system",
            ActorKind::Nobody => "nobody",
        }
    }

    /// The kind of that name.
    pub fn named(name: &str) -> Option<ActorKind> {
        ActorKind::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// How it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Outcome {
    /// It was done.
    #[default]
    Ok,
    /// It was not allowed.
    Denied,
    /// It was tried and did not succeed.
    Failed,
}

impl Outcome {
    /// All of them.
    pub const ALL: [Outcome; 3] = [Outcome::Ok, Outcome::Denied, Outcome::Failed];

    /// Its name in the log.
    pub const fn name(self) -> &'static str {
        match self {
            Outcome::Ok => "ok",
            Outcome::Denied => "denied",
            Outcome::Failed => "failed",
        }
    }

    /// The outcome of that name.
    pub fn named(name: &str) -> Option<Outcome> {
        Outcome::ALL.into_iter().find(|outcome| outcome.name() == name)
    }
}

/// Who did it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// What kind of caller.
    pub kind: ActorKind,
    /// Which of them: public part of a key, number of an account; no name. Empty for the program itself and for strangers.
    pub id: String,
    /// What people call it. May name a person.
    pub name: String,
    /// What it was in the shop when it did it.
    pub role: String,
}

/// From where.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Origin {
    /// The caller's address.
    pub address: String,
    /// What the caller's program calls itself.
    pub agent: String,
    /// Names the request, in answers and logs too.
    pub request_id: String,
}

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// When.
    pub at: Timestamp,
    /// Who.
    pub actor: Actor,
    /// From where.
    pub origin: Origin,
    /// Code of the site it is about; empty when it is about none.
    pub site: String,
    /// What.
    pub action: Action,
    /// To what: `kind:name`, such as `product:BEB-000012`. No name of a person.
    pub resource: String,
    /// How it ended.
    pub outcome: Outcome,
    /// How often, for what is told once for many times.
    pub times: u32,
    /// More about it: a JSON object. May name persons; never a secret.
    pub details: String,
}

const MOST_NAME_BYTES: usize = 128;
const MOST_CODE_BYTES: usize = 64;
const MOST_RESOURCE_BYTES: usize = 200;
const MOST_AGENT_BYTES: usize = 256;

impl Event {
    /// The same with every text within its bound and without NUL, which PostgreSQL cannot keep. `details` are bounded by whoever
    /// writes them, since cut JSON is none.
    #[must_use]
    pub fn bounded(mut self) -> Event {
        let bounds = [
            (&mut self.actor.id, MOST_CODE_BYTES),
            (&mut self.actor.name, MOST_NAME_BYTES),
            (&mut self.actor.role, MOST_CODE_BYTES),
            (&mut self.origin.address, MOST_CODE_BYTES),
            (&mut self.origin.agent, MOST_AGENT_BYTES),
            (&mut self.origin.request_id, MOST_CODE_BYTES),
            (&mut self.site, MOST_CODE_BYTES),
            (&mut self.resource, MOST_RESOURCE_BYTES),
        ];
        for (text, most) in bounds {
            text.retain(|letter| letter != '\0');
            cut(text, most);
        }
        self
    }
}

fn cut(text: &mut String, most: usize) {
    if text.len() > most {
        let end = (0..=most).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
        text.truncate(end);
    }
}

/// What ties an event to its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Link {
    /// Its place in the log, from 1.
    pub seq: i64,
    /// Stands for who and from where.
    pub who: [u8; 32],
    /// Stands for the details.
    pub details: [u8; 32],
    /// Its link in the chain.
    pub hash: [u8; 32],
}

/// An event in the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Its place and what is hashed.
    pub link: Link,
    /// What is told.
    pub event: Event,
    /// What its name, address and agent are hashed with; `None` when they were taken out.
    pub who_salt: Option<[u8; 16]>,
    /// What its details are hashed with; `None` when they were taken out.
    pub details_salt: Option<[u8; 16]>,
}
