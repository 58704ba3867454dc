//! Coming in with a key, and leaving.
//!
//! Invariant: every wrong key gets the same answer; a form sent from elsewhere changes nothing.

use askama::Template;
use axum::{
    body::Bytes,
    extract::{RawQuery, State as Shared},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Redirect, Response},
};
use platform::http::{Problem, auth::Principal};

use crate::{LOGIN_PAGE, State, frame::Frame, language, session, urlencoded};

/// Bytes of a form that are read.
const MOST_BYTES: usize = 4096;

#[derive(Debug, Template)]
#[template(path = "enter.html")]
struct Enter<'f> {
    frame: &'f Frame,
    refused: bool,
}

fn frame_of(headers: &HeaderMap, query: &str) -> Frame {
    Frame::new(headers, query, LOGIN_PAGE, &[])
}

/// `GET /entrar`
pub(crate) async fn show(
    Shared(state): Shared<State>,
    known: Option<Principal>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let frame = frame_of(&headers, query.as_deref().unwrap_or_default());
    // Whether they are in already is a courtesy: while it cannot be known, the form is shown.
    if let Ok(Some(_)) = session::in_time(session::visitor(&state, &headers, known)).await {
        return Redirect::to("/").into_response();
    }
    frame.answer(StatusCode::OK, &Enter { frame: &frame, refused: false })
}

/// `POST /entrar`
pub(crate) async fn enter(Shared(state): Shared<State>, headers: HeaderMap, body: Bytes) -> Response {
    let frame = frame_of(&headers, "");
    if !session::is_own_form(&headers) {
        return frame.failure(&Problem::forbidden());
    }
    let form = std::str::from_utf8(&body).ok().filter(|form| form.len() <= MOST_BYTES).unwrap_or_default();
    let key = urlencoded::value(form, "key").unwrap_or_default();
    let key = key.trim();
    match session::in_time(state.gate.verify(key)).await {
        Ok(Some(_)) => {
            let mut response = Redirect::to("/").into_response();
            language::add_cookie(response.headers_mut(), session::enter_cookie(key, &headers));
            response
        }
        Ok(None) => frame.answer(StatusCode::UNAUTHORIZED, &Enter { frame: &frame, refused: true }),
        Err(problem) => frame.failure(&problem),
    }
}

/// `POST /salir`
pub(crate) async fn leave(headers: HeaderMap) -> Response {
    let frame = frame_of(&headers, "");
    if !session::is_own_form(&headers) {
        return frame.failure(&Problem::forbidden());
    }
    let mut response = Redirect::to(LOGIN_PAGE).into_response();
    language::add_cookie(response.headers_mut(), session::leave_cookie());
    response
}
