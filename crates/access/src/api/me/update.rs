//! Changing one's own particulars.

use axum::{extract::State, response::Response};
use platform::{
    http::{
        JsonBody, Problem,
        fields::{Change, Fields, FromFields, Read, Value, one_of, text},
        json,
        problem::ProblemDocument,
    },
    texts::Locale,
};
use utoipa::ToSchema;

use super::view::Me;
use crate::{
    Access,
    account::OwnChange,
    contact::{self, Contact},
    session::Presented,
};

/// What changes; what is not mentioned stays, `null` empties.
#[derive(Debug, ToSchema)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "describes the body")]
pub struct OwnChangeBody {
    /// What others know them by.
    #[schema(min_length = 1, max_length = 100, nullable = false)]
    pub name: Option<String>,
    /// The language they read: `es` or `en`; null for the installation's.
    #[schema(pattern = "^(es|en)$")]
    pub language: Option<String>,
    /// An e-mail address.
    #[schema(max_length = 254, format = Email)]
    pub email: Option<String>,
    /// A phone number.
    #[schema(max_length = 32)]
    pub phone: Option<String>,
}

/// A change, read.
pub struct Own(OwnChange);

impl FromFields for Own {
    fn from_fields(f: &mut Fields<'_>) -> Option<Own> {
        own_change(f).map(Own)
    }
}

/// What somebody wants their own particulars to be.
pub fn own_change(f: &mut Fields<'_>) -> Option<OwnChange> {
    let name = f.replacement("name", text(1..=100));
    let language = optional(f.change("language", language));
    Some(OwnChange { name, language, contact: contact_fields(f) })
}

/// The language somebody reads.
pub(crate) fn language(value: &Value<'_>) -> Read<String> {
    one_of(&["es", "en"], |tag| Locale::ALL.into_iter().find(|locale| locale.tag() == tag))(value)
        .map(|locale| locale.tag().to_owned())
}

/// How to reach somebody.
pub(crate) fn contact_fields(f: &mut Fields<'_>) -> Contact {
    Contact { email: optional(f.change("email", contact::email)), phone: optional(f.change("phone", contact::phone)) }
}

/// A change as the account takes it.
pub(crate) fn optional<T>(change: Change<T>) -> Option<Option<T>> {
    match change {
        Change::Keep => None,
        Change::Clear => Some(None),
        Change::Set(value) => Some(Some(value)),
    }
}

/// Change my particulars
#[utoipa::path(
    patch,
    path = "/api/v1/me",
    tag = "people",
    request_body = OwnChangeBody,
    responses(
        (status = 200, description = "As they are now", body = Me),
        (status = 403, description = "Not a person, or something has to be done first", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 422, description = "Something breaks a rule", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub async fn update(
    State(access): State<Access>,
    presented: Presented,
    JsonBody(Own(change)): JsonBody<Own>,
) -> Result<Response, Problem> {
    let Presented { open, token } = presented.settled()?;
    access.change_own(&open, &change).await?;
    let open = access.open(&token).await?.ok_or_else(Problem::unauthorized)?;
    Ok(json::ok(&Me::whole(&access, &open, &token).await?))
}
