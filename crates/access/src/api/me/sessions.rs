//! One's own sessions.

use axum::{extract::State, response::Response};
use platform::http::{Problem, json, problem::ProblemDocument};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{Access, session::Presented};

/// Where somebody is in.
#[derive(Debug, Serialize, ToSchema)]
pub struct OwnSessions {
    /// The newest first.
    pub items: Vec<OwnSession>,
}

/// A session.
#[derive(Debug, Serialize, ToSchema)]
pub struct OwnSession {
    /// Its identity.
    pub id: Uuid,
    /// Whether this request came by it.
    pub current: bool,
    /// When it began.
    #[schema(format = DateTime)]
    pub created_at: String,
    /// When it was last used, to within a minute.
    #[schema(format = DateTime)]
    pub seen_at: String,
    /// From where.
    pub address: String,
    /// What the browser calls itself.
    pub agent: String,
}

/// List my sessions
#[utoipa::path(
    get,
    path = "/api/v1/me/sessions",
    tag = "people",
    responses(
        (status = 200, description = "Those that are not over", body = OwnSessions),
        (status = 403, description = "Not a person, or something has to be done first", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub async fn list(State(access): State<Access>, presented: Presented) -> Result<Response, Problem> {
    let Presented { open, .. } = presented.settled()?;
    let sessions = access.sessions(&open).await?;
    let items = sessions.into_iter().map(|session| OwnSession {
        id: session.id,
        current: session.id == open.session.id,
        created_at: session.created_at.to_string(),
        seen_at: session.seen_at.to_string(),
        address: session.address,
        agent: session.agent,
    });
    Ok(json::ok(&OwnSessions { items: items.collect() }))
}
