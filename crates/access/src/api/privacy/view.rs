//! Requests as they are told, and asked.

use platform::http::fields::{Fields, FromFields, Read, Value, one_of, text};
use serde::Serialize;
use store::privacy::Request;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::privacy::{MOST_WORDS, Right};

/// Something somebody asked for about what is kept of them.
#[derive(Debug, Serialize, ToSchema)]
pub struct PrivacyRequest {
    /// Its identity.
    pub id: Uuid,
    /// `access`, `portability`, `rectification`, `erasure`, `restriction` or `objection`.
    pub right: String,
    /// In their words.
    pub note: String,
    /// When.
    #[schema(format = DateTime)]
    pub asked_at: String,
    /// Who wrote it down: code of a person, or `cli`.
    pub asked_by: String,
    /// Until when it has to be answered.
    #[schema(format = DateTime)]
    pub due_at: String,
    /// `open`, `done` or `refused`.
    pub state: String,
    /// What was answered.
    pub answer: String,
    /// When it was closed.
    #[schema(required, format = DateTime)]
    pub closed_at: Option<String>,
    /// By whom.
    pub closed_by: String,
}

impl From<Request> for PrivacyRequest {
    fn from(request: Request) -> PrivacyRequest {
        PrivacyRequest {
            id: request.id,
            right: request.right,
            note: request.note,
            asked_at: request.asked_at.to_string(),
            asked_by: request.asked_by,
            due_at: request.due_at.to_string(),
            state: request.state,
            answer: request.answer,
            closed_at: request.closed_at.map(|at| at.to_string()),
            closed_by: request.closed_by,
        }
    }
}

/// Requests.
#[derive(Debug, Serialize, ToSchema)]
pub struct PrivacyRequests {
    /// Those that wait first, the most urgent before the others; then the newest. At most 500.
    pub items: Vec<PrivacyRequest>,
}

impl PrivacyRequests {
    /// Those, in their order.
    pub fn of(requests: Vec<Request>) -> PrivacyRequests {
        PrivacyRequests { items: requests.into_iter().map(PrivacyRequest::from).collect() }
    }
}

/// What is asked for.
#[derive(Debug, ToSchema)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "describes the body")]
pub struct RightBody {
    /// `access`, `portability`, `rectification`, `erasure`, `restriction` or `objection`.
    pub right: String,
    /// In one's own words.
    #[schema(nullable, min_length = 1, max_length = 2000)]
    pub note: Option<String>,
}

/// The same, read.
#[derive(Debug)]
pub struct AskedRight {
    pub(super) right: Right,
    pub(super) note: String,
}

impl FromFields for AskedRight {
    fn from_fields(f: &mut Fields<'_>) -> Option<AskedRight> {
        let right = f.required("right", right);
        let note = f.optional("note", text(1..=MOST_WORDS)).unwrap_or_default();
        Some(AskedRight { right: right?, note })
    }
}

fn right(value: &Value<'_>) -> Read<Right> {
    one_of(&Right::ALL.map(Right::name), Right::named)(value)
}
