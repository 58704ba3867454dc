//! What the gate tells the audit log.
//!
//! Invariant: no part of a secret is told, only the public part of a key that looks like one. A request without any credential is not
//! told of: it tries nothing, and has its line in the log.

use std::sync::Arc;

use axum::{
    extract::MatchedPath,
    http::{HeaderMap, Method},
};
use domain::{Clock, audit::Action};

use super::{Principal, keys};
use crate::{
    audit::{self, Audit},
    http::problem::Problem,
};

/// Why the secret before the present one opens nothing any more.
const REPLACED: &str = "a secret that was replaced";

/// The same refusal as any other, for a secret of a key that was replaced and whose time is over: two have that key, or had it. The audit
/// log is told it by an action of its own.
pub fn replaced() -> Problem {
    Problem::unauthorized().log(REPLACED)
}

/// Tells of refusals.
#[derive(Clone)]
pub(super) struct Telling(Arc<(Audit, Arc<dyn Clock>)>);

impl Telling {
    pub(super) fn new(audit: Audit, clock: Arc<dyn Clock>) -> Telling {
        Telling(Arc::new((audit, clock)))
    }

    /// A credential was shown and did not do.
    pub(super) fn refused(&self, headers: &HeaderMap, problem: &Problem) {
        let replaced = problem.logged() == REPLACED;
        let action = if replaced { Action::ReplacedSecretShown } else { Action::Authenticated };
        let by = audit::by_nobody(action).denied();
        let by = match keys::shown(headers) {
            Some(key) => by.on("key", key.id()),
            None => by,
        };
        self.tell(by.detail("reason", problem.logged()));
    }

    /// Somebody known may not do what they asked for.
    pub(super) fn denied(&self, principal: &Principal, (method, route): &(Method, Option<MatchedPath>)) {
        let path = route.as_ref().map_or("unknown", MatchedPath::as_str);
        self.tell(audit::by(principal, Action::AccessDenied).denied().on("route", format_args!("{method} {path}")));
    }

    fn tell(&self, event: audit::Draft) {
        let (audit, clock) = &*self.0;
        audit.record(event.at(clock.now()));
    }
}
