//! An event as it is shown, and as a row of a file.

use domain::{Zone, audit::Record, ledger::canonical::hex};
use platform::http::sheets::Cell;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

/// An event of the audit log.
#[derive(Debug, Serialize, ToSchema)]
pub struct AuditEvent {
    /// Its place in the log.
    pub seq: i64,
    /// When it happened.
    #[schema(format = DateTime)]
    pub at: String,
    /// What kind of caller: `key`, `user`, `system` or `nobody`.
    pub actor_kind: &'static str,
    /// Which of them: public part of a key, number of an account.
    pub actor_id: String,
    /// What people call it; empty once it was taken out.
    pub actor: String,
    /// What it was in the shop.
    pub role: String,
    /// Code of the site, if it is about one.
    pub site: String,
    /// What happened.
    pub action: &'static str,
    /// To what.
    pub resource: String,
    /// How it ended: `ok`, `denied` or `failed`.
    pub outcome: &'static str,
    /// From where; empty once it was taken out.
    pub address: String,
    /// What the caller's program calls itself; empty once it was taken out.
    pub agent: String,
    /// Names the request.
    pub request_id: String,
    /// How often.
    pub times: u32,
    /// More about it; before and after of a change stand under `changes`.
    #[schema(required, value_type = Option<Object>)]
    pub details: Option<Value>,
    /// Whether something that names a person was taken out.
    pub redacted: bool,
    /// Its link in the chain, 64 hexadecimal digits.
    pub hash: String,
}

impl AuditEvent {
    /// As it is shown, with the time as it was in `zone`.
    pub fn of(record: Record, zone: &Zone) -> AuditEvent {
        let Record { link, event, who_salt, details_salt } = record;
        AuditEvent {
            seq: link.seq,
            at: event.at.in_zone(zone),
            actor_kind: event.actor.kind.name(),
            actor_id: event.actor.id,
            actor: event.actor.name,
            role: event.actor.role,
            site: event.site,
            action: event.action.name(),
            resource: event.resource,
            outcome: event.outcome.name(),
            address: event.origin.address,
            agent: event.origin.agent,
            request_id: event.origin.request_id,
            times: event.times,
            details: serde_json::from_str(&event.details).ok(),
            redacted: who_salt.is_none() || details_salt.is_none(),
            hash: hex(&link.hash),
        }
    }

    /// The names of the columns of a file.
    pub const HEADER: &[&str] = &[
        "seq",
        "at",
        "actor_kind",
        "actor_id",
        "actor",
        "role",
        "site",
        "action",
        "resource",
        "outcome",
        "address",
        "agent",
        "request_id",
        "times",
        "details",
        "redacted",
        "hash",
    ];

    /// As a row of a file.
    pub fn row(self) -> Vec<Cell> {
        vec![
            Cell::from(self.seq),
            Cell::text(self.at),
            Cell::text(self.actor_kind),
            Cell::text(self.actor_id),
            Cell::text(self.actor),
            Cell::text(self.role),
            Cell::text(self.site),
            Cell::text(self.action),
            Cell::text(self.resource),
            Cell::text(self.outcome),
            Cell::text(self.address),
            Cell::text(self.agent),
            Cell::text(self.request_id),
            Cell::from(i64::from(self.times)),
            Cell::optional(self.details.map(|details| details.to_string())),
            Cell::truth(self.redacted),
            Cell::text(self.hash),
        ]
    }
}
