//! The page of a request that failed.
//!
//! Invariant: says what happened, what was kept and what to do; the cause goes to the log alone.

use std::sync::Arc;

use askama::Template;
use axum::http::StatusCode;
use platform::http::{Problem, context};

use crate::frame::Frame;

/// What the reader is told.
#[derive(Debug, Template)]
#[template(path = "failure.html")]
pub(crate) struct Failure<'f> {
    frame: &'f Frame,
    title: String,
    happened: String,
    kept: String,
    todo: String,
    request_id: Arc<str>,
    retry: bool,
}

impl<'f> Failure<'f> {
    /// For a problem, whatever made it.
    pub(crate) fn of(frame: &'f Frame, problem: &Problem) -> Failure<'f> {
        let keys = match problem.status() {
            StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS => {
                ["ui-down-title", "ui-down-happened", "ui-down-kept", "ui-down-todo"]
            }
            StatusCode::FORBIDDEN if problem.code() == "csrf" => {
                ["ui-foreign-title", "ui-foreign-happened", "ui-foreign-kept", "ui-foreign-todo"]
            }
            status if status.is_client_error() => return Failure::refused(frame, problem),
            _ => ["ui-broken-title", "ui-broken-happened", "ui-broken-kept", "ui-broken-todo"],
        };
        let [title, happened, kept, todo] = keys.map(|key| frame.say(key));
        let retry = problem.status() != StatusCode::FORBIDDEN;
        Failure { frame, title, happened, kept, todo, request_id: context::request_id(), retry }
    }

    /// What was asked for is not to be had, and nothing of ours is wrong.
    fn refused(frame: &'f Frame, problem: &Problem) -> Failure<'f> {
        let document = problem.document_in(frame.locale());
        let (kept, todo) = (frame.say("ui-refused-kept"), frame.say("ui-refused-todo"));
        let (title, happened) = (document.title, document.detail);
        Failure { frame, title, happened, kept, todo, request_id: context::request_id(), retry: false }
    }
}
