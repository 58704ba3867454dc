//! The facts for a report of a breach.

use axum::{extract::State, response::Response};
use domain::Timestamp;
use platform::http::{
    Params, Principal, Problem,
    fields::{Fields, FromFields, instant},
    json,
    problem::ProblemDocument,
};
use utoipa::IntoParams;

use crate::{Access, Doer, privacy::breach::BreachReport};

/// Which interval.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
#[allow(dead_code, reason = "describes the parameters")]
pub struct IntervalParams {
    /// From this instant on (RFC 3339).
    #[param(format = DateTime)]
    pub from: String,
    /// Before this instant.
    #[param(format = DateTime)]
    pub until: String,
}

/// The same, read.
#[derive(Debug)]
pub struct Interval(Timestamp, Timestamp);

impl FromFields for Interval {
    fn from_fields(f: &mut Fields<'_>) -> Option<Interval> {
        let from = f.required("from", instant);
        let until = f.required("until", instant);
        Some(Interval(from?, until?))
    }
}

/// Gather what was accessed in an interval
///
/// From the audit log: who did what from where, whose data it was, what was taken out and what was read in clear. Making the report
/// is itself written down.
#[utoipa::path(
    get,
    path = "/api/v1/privacy/breach-report",
    tag = "privacy",
    params(IntervalParams),
    responses(
        (status = 200, description = "The facts", body = BreachReport),
        (status = 403, description = "Not this caller's to see", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 422, description = "A parameter breaks a rule", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub async fn report(
    State(access): State<Access>,
    principal: Principal,
    Params(Interval(from, until)): Params<Interval>,
) -> Result<Response, Problem> {
    principal.everywhere()?;
    Ok(json::ok(&access.breach_report(Doer::Caller(&principal), from, until).await?))
}
