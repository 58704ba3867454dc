//! A visit to a page: who looks, and what surrounds what they are shown.
//!
//! Invariant: a handler gets at a session only by saying what it needs, and whoever has not got that is sent where they can get it.

use access::{
    Permission, Permit,
    session::{Duty, Presented},
};
use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, StatusCode, request::Parts},
    response::{IntoResponse, Redirect, Response},
};
use platform::http::{Principal, Problem, context};

use crate::{
    LOGIN_PAGE, State,
    frame::Frame,
    session::{self, Who},
};

/// Where a code of the second factor is given.
pub(crate) const CODE_PAGE: &str = "/entrar/codigo";
/// Where a password is chosen.
pub(crate) const PASSWORD_PAGE: &str = "/cuenta/clave";
/// Where a second factor is set up.
pub(crate) const FACTOR_PAGE: &str = "/cuenta/codigo";

/// A visit to a page.
pub(crate) struct Visit {
    pub(crate) state: State,
    pub(crate) frame: Frame,
    pub(crate) headers: HeaderMap,
    /// The query string as it was written.
    pub(crate) query: String,
    who: Result<Who, Problem>,
}

/// Why the page that was asked for is not shown.
pub(crate) enum Stop {
    /// Another one has to be seen first.
    Elsewhere(String),
    /// Something else is shown in its place.
    Shown(Box<Response>),
}

impl IntoResponse for Stop {
    fn into_response(self) -> Response {
        match self {
            Stop::Elsewhere(path) => Redirect::to(&path).into_response(),
            Stop::Shown(response) => *response,
        }
    }
}

/// Where somebody does what they have to do first.
pub(crate) const fn page_of(duty: Duty) -> &'static str {
    match duty {
        Duty::Code => CODE_PAGE,
        Duty::Password => PASSWORD_PAGE,
        Duty::Factor => FACTOR_PAGE,
    }
}

impl Visit {
    /// Who looks, when that can be known now.
    pub(crate) fn who(&self) -> Result<&Who, Stop> {
        self.who.as_ref().map_err(|problem| self.failed(problem))
    }

    /// Whoever has nothing to do first, person or program.
    pub(crate) fn caller(&self) -> Result<&Principal, Stop> {
        let who = self.who()?;
        who.principal().ok_or_else(|| match who {
            Who::Waiting(duty, _) => Stop::Elsewhere(page_of(*duty).to_owned()),
            Who::Nobody | Who::Person(_) | Who::Program(_) => Stop::Elsewhere(LOGIN_PAGE.to_owned()),
        })
    }

    /// Whoever may do that.
    pub(crate) fn may(&self, permission: Permission) -> Result<&Principal, Stop> {
        let caller = self.caller()?;
        caller.require(permission).map_err(|problem| self.failed(&problem))?;
        Ok(caller)
    }

    /// The session of a person who has nothing to do first.
    pub(crate) fn person(&self) -> Result<&Presented, Stop> {
        self.at(&[])
    }

    /// The session of a person who has nothing to do first but one of these.
    pub(crate) fn at(&self, duties: &[Duty]) -> Result<&Presented, Stop> {
        match self.who()? {
            Who::Person(presented) => Ok(presented),
            Who::Waiting(duty, presented) if duties.contains(duty) => Ok(presented),
            Who::Waiting(duty, _) => Err(Stop::Elsewhere(page_of(*duty).to_owned())),
            Who::Nobody | Who::Program(_) => Err(Stop::Elsewhere(LOGIN_PAGE.to_owned())),
        }
    }

    /// The page of a request that failed.
    pub(crate) fn failed(&self, problem: &Problem) -> Stop {
        Stop::Shown(Box::new(self.frame.failure(problem)))
    }

    /// What was read in time, or the page that says why not.
    pub(crate) async fn read<T>(&self, work: impl Future<Output = Result<T, Problem>>) -> Result<T, Stop> {
        session::in_time(work).await.map_err(|problem| self.failed(&problem))
    }

    /// A page.
    pub(crate) fn show(&self, page: &impl askama::Template) -> Response {
        self.frame.answer(StatusCode::OK, page)
    }
}

impl FromRequestParts<State> for Visit {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &State) -> Result<Visit, Self::Rejection> {
        let (path, query) = (parts.uri.path(), parts.uri.query().unwrap_or_default());
        let who = session::in_time(session::who(state, &parts.headers)).await;
        if let Some(principal) = who.as_ref().ok().and_then(Who::principal) {
            context::set_caller(principal);
        }
        let mut frame = Frame::new(&parts.headers, query, path, &[]);
        frame.warehouse_away = state.is_warehouse_away();
        frame.greet(who.as_ref().ok());
        let (headers, query) = (parts.headers.clone(), query.to_owned());
        Ok(Visit { state: state.clone(), frame, headers, query, who })
    }
}
