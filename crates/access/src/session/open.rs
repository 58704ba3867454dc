//! A session that is open, with all that is known of its owner.

use std::sync::Arc;

use axum::{
    extract::FromRequestParts,
    http::{StatusCode, request::Parts},
};
use domain::Role;
use platform::http::{
    Principal, Problem,
    auth::{CallerKind, Scopes},
};
use store::{
    person::{self, Person},
    session::Session,
};

use super::{Duty, Token};
use crate::Access;

/// An open session.
#[derive(Debug, Clone)]
pub struct Open {
    /// The session.
    pub session: Session,
    /// Whose it is.
    pub person: Arc<Person>,
    /// What has to be done before anything else.
    pub duty: Option<Duty>,
    /// Whether its owner has a second factor.
    pub has_factor: bool,
    principal: Principal,
}

impl Open {
    pub(super) async fn of(access: &Access, session: Session, person: Person) -> Result<Open, Problem> {
        let Some(role) = Role::named(&person.role) else {
            return Err(Problem::bug(format_args!("a person has the role {}", person.role)));
        };
        let one_time = person::password(&access.db, person.id).await?.is_none_or(|password| password.one_time);
        let has_factor = person::factor(&access.db, person.id).await?.is_some_and(|factor| factor.since.is_some());
        let duty = if !session.passed {
            Some(Duty::Code)
        } else if one_time {
            Some(Duty::Password)
        } else if !has_factor && access.demands_factor(role) {
            Some(Duty::Factor)
        } else {
            None
        };
        let principal = Principal {
            sites: access.sites_of(&person).await?,
            // Until then nothing is allowed but what needs no permission.
            scopes: if duty.is_some() { Scopes::NONE } else { Scopes::ALL },
            ..Principal::new(CallerKind::User, &person.code, &person.login, role)
        };
        Ok(Open { session, person: Arc::new(person), duty, has_factor, principal })
    }

    /// The same as whoever asks.
    pub fn principal(&self) -> &Principal {
        &self.principal
    }
}

/// A session with its token, as the gate found it. As an extractor it answers 403 to whoever came by anything else.
#[derive(Debug, Clone)]
pub struct Presented {
    /// The session.
    pub open: Open,
    /// What opened it.
    pub token: Token,
}

impl Presented {
    /// Itself, when nothing has to be done first.
    pub fn settled(self) -> Result<Presented, Problem> {
        self.at(&[])
    }

    /// Why whoever came by anything but a session gets nothing.
    pub(crate) fn missing() -> Problem {
        Problem::new(StatusCode::FORBIDDEN, "only_for_people")
    }

    /// Itself, when nothing has to be done first but one of these.
    pub fn at(self, duties: &[Duty]) -> Result<Presented, Problem> {
        match self.open.duty {
            Some(duty) if !duties.contains(&duty) => Err(duty.problem()),
            _ => Ok(self),
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Presented {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Presented, Problem> {
        let found = parts.extensions.get::<Presented>().cloned();
        found.ok_or_else(Presented::missing)
    }
}
