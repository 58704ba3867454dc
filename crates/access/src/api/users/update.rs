//! Changing an account.

use axum::{extract::State, http::HeaderMap, response::Response};
use platform::http::{
    JsonBody, Problem,
    etag::{require_if_match, tagged},
    fields::{Change, Fields, FromFields, text},
    problem::ProblemDocument,
};
use utoipa::ToSchema;

use super::{
    create::{role, sites},
    read::Named,
    view::User,
};
use crate::{
    Access,
    api::me::update::{contact_fields, language, optional},
    people::UserChange,
};

/// What changes; what is not mentioned stays, `null` empties.
#[derive(Debug, ToSchema)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "describes the body")]
pub struct UserChangeBody {
    /// What others know them by.
    #[schema(min_length = 1, max_length = 100, nullable = false)]
    pub name: Option<String>,
    /// What they are in the shop. Their sessions end.
    #[schema(nullable = false)]
    pub role: Option<String>,
    /// Codes of the sites they work in; null for every one. Their sessions end.
    #[schema(max_items = 500)]
    pub sites: Option<Vec<String>>,
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

impl FromFields for UserChange {
    fn from_fields(f: &mut Fields<'_>) -> Option<UserChange> {
        Some(UserChange {
            name: f.replacement("name", text(1..=100)),
            role: f.replacement("role", role),
            sites: match f.change("sites", sites) {
                Change::Keep => None,
                Change::Clear => Some(platform::http::auth::SiteScope::All),
                Change::Set(sites) => Some(sites),
            },
            language: optional(f.change("language", language)),
            contact: contact_fields(f),
        })
    }
}

/// Change an account
///
/// It changes only the version that `If-Match` names; without it: 428. Nobody changes their own account here, and the last owner stays
/// one.
#[utoipa::path(
    patch,
    path = "/api/v1/users/{login}",
    tag = "people",
    params(
        ("login" = String, Path, description = "What they type to come in"),
        ("If-Match" = String, Header, description = "The ETag of the version that was seen, or `*` for whichever is there"),
    ),
    request_body = UserChangeBody,
    responses(
        (status = 200, description = "As it is now", body = User, headers(("ETag" = String, description = "Its version"))),
        (status = 403, description = "Not this caller's to change", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 404, description = "There is none", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 409, description = "It is the caller's own, or the last owner's", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 412, description = "It changed meanwhile", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 422, description = "Something breaks a rule, or is not this caller's to give", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 428, description = "It does not say which version it changes", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub async fn update(
    State(access): State<Access>,
    named: Named,
    headers: HeaderMap,
    JsonBody(change): JsonBody<UserChange>,
) -> Result<Response, Problem> {
    require_if_match(&headers, named.person.version)?;
    access.change_user(named.doer(), named.account(), &change, named.person.version).await?;
    let (person, sites) = access.user(named.doer(), &named.person.login).await?;
    let user = access.whole_user((&person, &sites), &named.principal.key_id).await?;
    Ok(tagged(&HeaderMap::new(), person.version, &user))
}
