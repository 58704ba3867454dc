//! Who may do more than before.

use domain::audit::{Action, ActorKind, Event, Outcome};
use serde_json::Value;

use super::{Anomaly, Rule, found};

/// Roles that decide what others may do or keep the program, from less to more. A step up to one of them is told, and so is an
/// account or key that begins as one.
const POWERFUL: [&str; 3] = ["operator", "manager", "owner"];

/// How much a role may; 0 for those that decide nothing about others.
fn power(role: &str) -> u64 {
    POWERFUL.iter().position(|powerful| *powerful == role).map_or(0, |place| u64::try_from(place).unwrap_or(0) + 1)
}

pub(super) fn see(event: &Event) -> Option<Anomaly> {
    let changes = matches!(
        event.action,
        Action::UserCreated | Action::UserRoleChanged | Action::UserUpdated | Action::KeyCreated | Action::KeyUpdated
    );
    if !changes || event.outcome != Outcome::Ok {
        return None;
    }
    let details: Value = serde_json::from_str(&event.details).ok()?;
    let role = |path: &str| details.pointer(path).and_then(Value::as_str).map_or(0, power);
    let (before, after) = match details.pointer("/changes/role") {
        Some(_) => (role("/changes/role/before"), role("/changes/role/after")),
        // Something new: measured against whoever made it. Who has the command line has everything already.
        None if event.actor.kind == ActorKind::System => return None,
        None => (power(&event.actor.role), role("/role")),
    };
    (after > before).then(|| found(Rule::PrivilegeEscalation, event, event.resource.clone(), after, before))
}
