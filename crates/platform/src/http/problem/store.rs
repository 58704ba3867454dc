//! Failures of the database as clients read them.
//!
//! Invariant: an outage is a 503 that says to come back; a broken rule nobody foresaw is our fault and a 500.

use std::time::Duration;

use axum::http::StatusCode;

use super::Problem;

impl From<store::Error> for Problem {
    fn from(error: store::Error) -> Problem {
        let soon = Duration::from_secs(1);
        let mut problem = match &error {
            store::Error::Busy => Problem::too_many(soon).caused_by(&error),
            store::Error::Conflict(_) => Problem::conflict("conflict").retry_after(soon).caused_by(&error),
            error if error.is_outage() => Problem::unavailable(Duration::from_secs(5)).caused_by(error),
            error => Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "internal").caused_by(error),
        };
        problem.0.of_store = Some(error);
        problem
    }
}
