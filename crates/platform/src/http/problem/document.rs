//! The problem document itself.
//!
//! Invariant: the members are those of RFC 9457 plus `code`, `request_id`, `trace_id` and `errors`; none is ever missing but an empty `errors`
//! and a `trace_id` where nothing is traced.

use serde::Serialize;
use utoipa::ToSchema;

use super::Problem;
use crate::{
    http::context,
    texts::{Locale, find, text},
};

/// A problem (RFC 9457) with a stable code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = Problem)]
pub struct ProblemDocument {
    /// Names the kind of problem: `urn:gondola:problem:` and the code.
    #[serde(rename = "type")]
    pub kind: String,
    /// The kind of problem in a few words.
    pub title: String,
    /// The status of the answer.
    #[schema(minimum = 400, maximum = 599)]
    pub status: u16,
    /// What happened and what to do.
    pub detail: String,
    /// Stable name of the kind of problem, for programs.
    pub code: &'static str,
    /// Names the request; quote it when asking for help.
    pub request_id: String,
    /// The trace it is part of, when it is part of one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false, min_length = 32, max_length = 32)]
    pub trace_id: Option<String>,
    /// Every field that is wrong.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    pub errors: Vec<FieldProblem>,
}

/// What is wrong with one field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct FieldProblem {
    /// Path of the field, such as `postings[3].lines[0].quantity`; empty for the body as a whole.
    pub field: String,
    /// Stable name of the fault, for programs.
    pub code: &'static str,
    /// What is wrong, for people.
    pub message: String,
}

impl ProblemDocument {
    pub(super) fn of(problem: &Problem, locale: Locale, request_id: &str) -> ProblemDocument {
        let inner = &problem.0;
        let key = format!("problem-{}", inner.code);
        let title = text(locale, &key, &inner.args);
        let errors = inner.errors.iter().map(|error| FieldProblem {
            field: error.field.clone(),
            code: error.code,
            message: error.message(locale),
        });
        ProblemDocument {
            kind: format!("urn:gondola:problem:{}", inner.code),
            detail: find(locale, &format!("{key}.detail"), &inner.args).unwrap_or_else(|| title.clone()),
            title,
            status: inner.status.as_u16(),
            code: inner.code,
            request_id: request_id.to_owned(),
            trace_id: context::trace().map(|ids| ids.trace_id()),
            errors: errors.collect(),
        }
    }
}
