//! What whoever comes in is told.

use axum::{
    http::{HeaderMap, StatusCode, header},
    response::Response,
};
use platform::http::{Problem, json};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    api::me::view::Me,
    login::Begun,
    session::cookie::{self, Transport},
};

/// A session that has begun. The cookie that opens it comes with it.
#[derive(Debug, Serialize, ToSchema)]
pub struct SessionBegun {
    /// Who came in, and what has to be done before anything else (`next`).
    pub me: Me,
}

/// The answer with the cookie of a session.
pub(crate) fn begun(begun: &Begun, headers: &HeaderMap) -> Result<Response, Problem> {
    let transport = Transport::of(headers).guarded()?;
    let me = Me::of_session(&begun.open, &begun.token);
    let mut response = json::answer(StatusCode::OK, &SessionBegun { me });
    let cookie = cookie::set(&begun.token, transport).ok_or_else(|| Problem::bug("a token is no cookie"))?;
    response.headers_mut().append(header::SET_COOKIE, cookie);
    Ok(response)
}
