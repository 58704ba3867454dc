//! Rows of the log as the domain's records.

use domain::{
    Timestamp,
    audit::{Action, Actor, ActorKind, Event, Link, Origin, Outcome, Record},
};
use sqlx::FromRow;

use crate::{Error, Result, ledger};

/// Columns of [`EventRow`], for a `SELECT`.
macro_rules! event_columns {
    () => {
        "seq, happened_at, actor_kind, actor_id, actor, role, site, action, resource, outcome, address, agent, request_id, times, \
         details, who_salt, who_digest, details_salt, details_digest, hash"
    };
}
pub(super) use event_columns;

/// A row of `audit_event`.
#[derive(Debug, FromRow)]
pub(super) struct EventRow {
    pub(super) seq: i64,
    happened_at: i64,
    actor_kind: String,
    actor_id: String,
    actor: String,
    role: String,
    site: String,
    action: String,
    resource: String,
    outcome: String,
    address: String,
    agent: String,
    request_id: String,
    times: i64,
    details: String,
    who_salt: Vec<u8>,
    who_digest: Vec<u8>,
    details_salt: Vec<u8>,
    details_digest: Vec<u8>,
    hash: Vec<u8>,
}

impl EventRow {
    /// The record; an error when it holds what our own rules forbid.
    pub(super) fn record(self) -> Result<Record> {
        let seq = self.seq;
        let broken = |what: &str| Error::Broken { table: "audit_event", detail: format!("{seq}: {what}") };
        let link = Link {
            seq,
            who: ledger::rows::hash(&self.who_digest)?,
            details: ledger::rows::hash(&self.details_digest)?,
            hash: ledger::rows::hash(&self.hash)?,
        };
        let salt = |bytes: &[u8]| {
            let salt = if bytes.is_empty() { None } else { Some(bytes.try_into()) };
            salt.transpose().map_err(|_| broken("length of the salt"))
        };
        let (who_salt, details_salt) = (salt(&self.who_salt)?, salt(&self.details_salt)?);
        let kind = ActorKind::named(&self.actor_kind).ok_or_else(|| broken("kind of actor"))?;
        let event = Event {
            at: Timestamp::from_micros(self.happened_at),
            actor: Actor { kind, id: self.actor_id, name: self.actor, role: self.role },
            origin: Origin { address: self.address, agent: self.agent, request_id: self.request_id },
            site: self.site,
            action: Action::named(&self.action).ok_or_else(|| broken("unknown action"))?,
            resource: self.resource,
            outcome: Outcome::named(&self.outcome).ok_or_else(|| broken("unknown outcome"))?,
            times: u32::try_from(self.times).map_err(|_| broken("number of times"))?,
            details: self.details,
        };
        Ok(Record { link, event, who_salt, details_salt })
    }
}
