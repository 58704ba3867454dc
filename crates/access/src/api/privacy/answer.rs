//! Answering a request.

use axum::{
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use platform::http::{
    JsonBody, Principal, Problem,
    fields::{Fields, FromFields, boolean, text},
    problem::ProblemDocument,
};
use utoipa::ToSchema;

use crate::{
    Access, Doer,
    privacy::{Answer, MOST_WORDS},
};

/// What is answered.
#[derive(Debug, ToSchema)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "describes the body")]
pub struct AnswerBody {
    /// Whether it is done; else it is refused.
    pub done: bool,
    /// What was done, or why it is refused.
    #[schema(min_length = 1, max_length = 2000)]
    pub answer: String,
}

impl FromFields for Answer {
    fn from_fields(f: &mut Fields<'_>) -> Option<Answer> {
        let done = f.required("done", boolean);
        let words = f.required("answer", text(1..=MOST_WORDS));
        Some(Answer { done: done?, words: words? })
    }
}

/// Answer a request about personal data
///
/// What is asked for is done in the same moment where the program can do it: erasure takes out whatever names the person (the books
/// keep a code that names nobody, and still verify; it cannot be undone), restriction closes their account.
#[utoipa::path(
    post,
    path = "/api/v1/privacy/requests/{id}/answer",
    tag = "privacy",
    params(("id" = uuid::Uuid, Path, description = "Its identity")),
    request_body = AnswerBody,
    responses(
        (status = 204, description = "It is closed"),
        (status = 403, description = "Not this caller's to do", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 404, description = "There is none", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 409, description = "It was closed already, or it is one's own, or about the only owner", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 422, description = "Something breaks a rule", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub async fn answer(
    State(access): State<Access>,
    principal: Principal,
    Path(id): Path<String>,
    JsonBody(answer): JsonBody<Answer>,
) -> Result<Response, Problem> {
    principal.everywhere()?;
    let (request, person) = access.privacy_request(&id).await?;
    access.answer_request(Doer::Caller(&principal), (&request, &person), &answer).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
