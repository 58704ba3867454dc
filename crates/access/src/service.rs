//! One role of ours asking another, when they run apart.
//!
//! Invariant: what a role shows opens the routes between roles and nothing else, and never makes a person of anybody. A token is for one
//! request to one role, to its last byte, for a minute, once; a certificate counts only when the settings name it. Once is at each node:
//! what one has seen the others do not know, and what is asked between roles may be asked twice.

mod certificate;
mod claims;
mod pass;
mod proof;

use axum::{extract::MatchedPath, extract::Request};
use domain::Role;
use platform::http::{Principal, Problem, auth::CallerKind};

pub use certificate::{CALLER, Certificates};
pub use pass::Pass;
pub use proof::Services;

use crate::table::{self, Rule};

/// Requests a minute that a role may make: it speaks for everybody who uses it.
const QUOTA_PER_MINUTE: u32 = 1_000_000;

/// The role of that name as a caller.
fn principal(role: &str) -> Principal {
    let mut principal = Principal::new(CallerKind::Service, &format!("service:{role}"), role, Role::Service);
    principal.quota_per_minute = Some(QUOTA_PER_MINUTE);
    principal
}

/// Fails but for the routes between roles.
fn between_roles(request: &Request) -> Result<(), Problem> {
    let path = request.extensions().get::<MatchedPath>().map(MatchedPath::as_str);
    match path.and_then(|path| table::rule(request.method(), path)) {
        Some(Rule::Peer) => Ok(()),
        _ => Err(Problem::unauthorized().log("a role's credential outside of what roles ask of each other")),
    }
}
