//! Which status and code each common failure has.
//!
//! Invariant: the status follows from whose fault it is: 4xx the request's, 5xx ours.

use std::{error::Error, fmt, time::Duration};

use axum::http::{HeaderValue, StatusCode, header};

use super::{FieldError, Problem};
use crate::texts::Arg;

impl Problem {
    /// 400: the request could not be read at all.
    pub fn malformed(code: &'static str) -> Problem {
        Problem::new(StatusCode::BAD_REQUEST, code)
    }

    /// 401: nobody, or not who they say. The same for every reason, so that nothing can be learned from it.
    pub fn unauthorized() -> Problem {
        let challenge = HeaderValue::from_static("ApiKey realm=\"gondola\", header=\"X-API-Key\"");
        Problem::new(StatusCode::UNAUTHORIZED, "unauthorized").header(header::WWW_AUTHENTICATE, challenge)
    }

    /// 403: known, but not allowed to.
    pub fn forbidden() -> Problem {
        Problem::new(StatusCode::FORBIDDEN, "forbidden")
    }

    /// 404: nothing of that name, or nothing this caller may know of.
    pub fn not_found(what: impl Into<Arg>) -> Problem {
        Problem::new(StatusCode::NOT_FOUND, "not_found").arg("what", what)
    }

    /// 409: against the present state.
    pub fn conflict(code: &'static str) -> Problem {
        Problem::new(StatusCode::CONFLICT, code)
    }

    /// 412: changed by someone else since it was read.
    pub fn stale() -> Problem {
        Problem::new(StatusCode::PRECONDITION_FAILED, "stale")
    }

    /// 428: must say which version it means to change.
    pub fn precondition_required() -> Problem {
        Problem::new(StatusCode::PRECONDITION_REQUIRED, "precondition_required")
    }

    /// 413: more than `limit` bytes.
    pub fn too_large(limit: usize) -> Problem {
        Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large").arg("limit", limit)
    }

    /// 415: not in a form we read; `accepted` is the media type we do.
    pub fn unsupported_media_type(accepted: &'static str) -> Problem {
        Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type").arg("accepted", accepted)
    }

    /// 422: values that break rules, all of them.
    pub fn invalid(errors: Vec<FieldError>) -> Problem {
        Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid").arg("count", errors.len()).with_errors(errors)
    }

    /// 422: one value that breaks a rule.
    pub fn invalid_field(field: impl Into<String>, code: &'static str) -> Problem {
        Problem::invalid(vec![FieldError::new(field, code)])
    }

    /// 429: too much at once; try again after `wait`.
    pub fn too_many(wait: Duration) -> Problem {
        let seconds = wait.as_secs().max(1);
        Problem::new(StatusCode::TOO_MANY_REQUESTS, "too_many_requests").arg("seconds", seconds).retry_after(wait)
    }

    /// 500: our fault. The client learns only that it happened and the request's id.
    pub fn internal(error: &(dyn Error + 'static)) -> Problem {
        Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "internal").caused_by(error)
    }

    /// 500: our fault, described in words for the log.
    pub fn bug(message: impl fmt::Display) -> Problem {
        Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "internal").log(message)
    }

    /// 503: something we need is down; try again after `wait`.
    pub fn unavailable(wait: Duration) -> Problem {
        Problem::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable").retry_after(wait)
    }
}
