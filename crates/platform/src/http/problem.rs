//! Errors as clients read them: RFC 9457 problem documents in their language.
//!
//! Invariant: what a client reads comes from the texts and from what it sent; what went wrong inside goes to the log alone.

mod document;
mod field_error;
mod kinds;
mod store;

use std::{error::Error, fmt, time::Duration};

use axum::{
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};

pub use document::{FieldProblem, ProblemDocument};
pub use field_error::FieldError;

use super::context;
use crate::{
    telemetry::Stack,
    texts::{Arg, Args, Locale},
};

/// The media type of a problem document.
pub const MEDIA_TYPE: &str = "application/problem+json";

/// Why a request was not done.
#[derive(Debug, Clone)]
pub struct Problem(Box<Inner>);

#[derive(Debug, Clone)]
struct Inner {
    status: StatusCode,
    code: &'static str,
    args: Args,
    errors: Vec<FieldError>,
    log: String,
    headers: Vec<(HeaderName, HeaderValue)>,
    of_store: Option<::store::Error>,
    /// Where it was made, when it is our fault.
    stack: Option<Stack>,
}

/// What the access log adds to the line of a request that ended in a problem. Travels in the response's extensions.
#[derive(Debug, Clone)]
pub struct LoggedProblem {
    /// The stable code.
    pub code: &'static str,
    /// What the client is not told; empty when there is nothing more to tell.
    pub log: String,
    /// Which calls led to it, when it is our fault.
    pub(crate) stack: Option<Stack>,
}

impl LoggedProblem {
    /// That of a problem, told in these words.
    pub fn of(problem: &Problem, log: String) -> LoggedProblem {
        LoggedProblem { code: problem.0.code, log, stack: problem.0.stack.clone() }
    }
}

impl Problem {
    /// A problem whose texts are `problem-CODE` (title) and `problem-CODE.detail`.
    pub fn new(status: StatusCode, code: &'static str) -> Problem {
        let inner = Inner {
            status,
            code,
            args: Args::new(),
            errors: Vec::new(),
            log: String::new(),
            headers: Vec::new(),
            of_store: None,
            stack: (status == StatusCode::INTERNAL_SERVER_ERROR).then(Stack::here),
        };
        Problem(Box::new(inner))
    }

    /// Without the calls that led to where it was made, when they say nothing of what went wrong.
    #[must_use]
    pub(crate) fn without_stack(mut self) -> Problem {
        self.0.stack = None;
        self
    }

    /// Fills `name` into its texts.
    #[must_use]
    pub fn arg(mut self, name: &'static str, value: impl Into<Arg>) -> Problem {
        self.0.args.set(name, value);
        self
    }

    /// What the log keeps and the client is not told.
    #[must_use]
    pub fn log(mut self, message: impl fmt::Display) -> Problem {
        self.0.log = message.to_string();
        self
    }

    /// What the log keeps: an error with its causes.
    #[must_use]
    pub fn caused_by(self, error: &(dyn Error + 'static)) -> Problem {
        self.log(chain(error))
    }

    /// Adds the fault of one field.
    #[must_use]
    pub fn with_error(mut self, error: FieldError) -> Problem {
        self.0.errors.push(error);
        self
    }

    /// Adds the faults of several fields.
    #[must_use]
    pub fn with_errors(mut self, errors: impl IntoIterator<Item = FieldError>) -> Problem {
        self.0.errors.extend(errors);
        self
    }

    /// Adds `Retry-After`, in whole seconds, at least one.
    #[must_use]
    pub fn retry_after(self, wait: Duration) -> Problem {
        let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
        self.header(header::RETRY_AFTER, HeaderValue::from(seconds.max(1)))
    }

    /// Adds a header to the answer.
    #[must_use]
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Problem {
        self.0.headers.push((name, value));
        self
    }

    /// Adds its headers to an answer that tells it otherwise than as a document.
    pub fn add_headers(&self, headers: &mut HeaderMap) {
        headers.extend(self.0.headers.iter().cloned());
    }

    /// The answer's status.
    pub fn status(&self) -> StatusCode {
        self.0.status
    }

    /// The stable code.
    pub fn code(&self) -> &'static str {
        self.0.code
    }

    /// What the log keeps and the client is not told.
    pub fn logged(&self) -> &str {
        &self.0.log
    }

    /// What the database said, where it is a failure of the database.
    pub fn of_store(&self) -> Option<&::store::Error> {
        self.0.of_store.as_ref()
    }

    /// The faults of single fields.
    pub fn errors(&self) -> &[FieldError] {
        &self.0.errors
    }

    /// The document in the language and with the id of the request being answered.
    pub fn document(&self) -> ProblemDocument {
        self.document_in(context::locale())
    }

    /// The document in a language of choice.
    pub fn document_in(&self, locale: Locale) -> ProblemDocument {
        ProblemDocument::of(self, locale, context::request_id().as_ref())
    }
}

impl fmt::Display for Problem {
    /// For logs and terminals: the detail in English, the faults, and what the client is not told.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let document = self.document_in(Locale::En);
        write!(f, "{}: {}", self.0.code, document.detail)?;
        for error in &document.errors {
            write!(f, "; {}: {}", error.field, error.message)?;
        }
        if self.0.log.is_empty() { Ok(()) } else { write!(f, " ({})", self.0.log) }
    }
}

impl Error for Problem {}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let document = self.document();
        let body = serde_json::to_vec(&document).unwrap_or_default();
        let mut response = (self.0.status, body).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
        headers.insert(header::CONTENT_LANGUAGE, HeaderValue::from_static(context::locale().tag()));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.extend(self.0.headers);
        response.extensions_mut().insert(LoggedProblem { code: self.0.code, log: self.0.log, stack: self.0.stack });
        response
    }
}

/// An error and its causes in one line.
pub fn chain(error: &(dyn Error + 'static)) -> String {
    let mut line = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        // Some libraries repeat their cause in their own message.
        if !line.ends_with(&cause_text) {
            line.push_str(": ");
            line.push_str(&cause_text);
        }
        source = cause.source();
    }
    line
}

#[cfg(test)]
mod tests;
