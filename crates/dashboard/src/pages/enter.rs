//! Coming in with a password, and leaving.
//!
//! Invariant: whatever is wrong with a login and its password gets the same answer.

use access::{
    login::Begun,
    password::Typed,
    session::cookie::{self, Transport},
};
use askama::Template;
use axum::{
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Redirect, Response},
};
use platform::http::Problem;

use crate::{
    LOGIN_PAGE, State,
    field::Field,
    form::Posted,
    frame::Frame,
    language,
    session::Who,
    visit::{Stop, Visit, page_of},
};

#[derive(Debug, Template)]
#[template(path = "enter.html")]
struct Enter<'f> {
    frame: &'f Frame,
    fault: Option<String>,
    fields: [Field; 2],
}

impl<'f> Enter<'f> {
    fn of(frame: &'f Frame, login: &str, fault: Option<String>) -> Enter<'f> {
        let name = Field::new(frame, "login", "ui-login").of_kind("text", "username").with(login);
        let password = Field::password(frame, "password", "ui-password", "current-password");
        // Whoever mistyped their password does not want to begin with their name again.
        let fields = if login.is_empty() { [name.first(), password] } else { [name, password.first()] };
        Enter { frame, fault, fields }
    }
}

/// `GET /entrar`
pub(crate) async fn show(visit: Visit) -> Result<Response, Stop> {
    // Whether they are in already is a courtesy: while it cannot be known, the form is shown.
    match visit.who() {
        Ok(Who::Person(_) | Who::Program(_)) => Err(Stop::Elsewhere("/".to_owned())),
        Ok(Who::Waiting(duty, _)) => Err(Stop::Elsewhere(page_of(*duty).to_owned())),
        Ok(Who::Nobody) | Err(_) => Ok(visit.show(&Enter::of(&visit.frame, "", None))),
    }
}

/// `POST /entrar`
pub(crate) async fn enter(
    axum::extract::State(state): axum::extract::State<State>,
    posted: Posted,
) -> Result<Response, Stop> {
    let Posted { visit, form } = posted;
    let login = form.get("login");
    let begun = async {
        Transport::of(&visit.headers).guarded()?;
        state.access.login(login, &Typed::new(form.get("password"))).await
    };
    match crate::session::in_time(begun).await {
        Ok(begun) => entered(&begun, &visit.headers, &visit),
        Err(problem) if [401, 403, 429].contains(&problem.status().as_u16()) => {
            let document = problem.document_in(visit.frame.locale());
            let page = Enter::of(&visit.frame, login.trim(), Some(document.detail));
            let mut response = visit.frame.answer(problem.status(), &page);
            problem.add_headers(response.headers_mut());
            Ok(response)
        }
        Err(problem) => Err(visit.failed(&problem)),
    }
}

/// Leads whoever came in to what they have to do first, or to the first page.
pub(crate) fn entered(begun: &Begun, headers: &HeaderMap, visit: &Visit) -> Result<Response, Stop> {
    let to = begun.open.duty.map_or("/", page_of);
    let mut response = Redirect::to(to).into_response();
    language::add_cookie(response.headers_mut(), set_cookie(begun, headers, visit)?);
    language::add_cookie(response.headers_mut(), language::chosen_by(begun.open.person.language.as_deref()));
    Ok(response)
}

/// The cookie of a session that has begun.
pub(crate) fn set_cookie(
    begun: &Begun,
    headers: &HeaderMap,
    visit: &Visit,
) -> Result<Option<axum::http::HeaderValue>, Stop> {
    let transport = Transport::of(headers).guarded().map_err(|problem| visit.failed(&problem))?;
    cookie::set(&begun.token, transport).map(Some).ok_or_else(|| visit.failed(&Problem::bug("a token is no cookie")))
}

/// `POST /salir`
pub(crate) async fn leave(posted: Posted) -> Result<Response, Stop> {
    let Posted { visit, .. } = posted;
    if let Some(presented) = visit.who()?.presented() {
        visit.read(visit.state.access.leave(&presented.open)).await?;
    }
    let mut response = Redirect::to(LOGIN_PAGE).into_response();
    for cookie in cookie::clear() {
        language::add_cookie(response.headers_mut(), Some(cookie));
    }
    Ok(response)
}

/// The status of a page whose form was not taken.
pub(crate) fn status_of(problem: Option<&Problem>) -> StatusCode {
    problem.map_or(StatusCode::OK, Problem::status)
}
