//! Making a site.

use axum::{extract::State, http::header, response::Response};
use domain::{
    audit::Action,
    code::{CodeError, SiteCode},
};
use platform::{
    audit,
    http::{
        KeyedBody, Principal, Problem,
        etag::etag,
        fields::{Fault, Fields, FromFields, Read, Value, one_of, text, zone},
        json,
        problem::{FieldError, ProblemDocument},
    },
};
use store::{
    Rule,
    site::{self, NewSite, SiteKind},
};
use utoipa::ToSchema;

use super::view::{Kind, Site};
use crate::state::Warehouse;

/// A site to make.
#[derive(Debug, ToSchema)]
#[schema(as = NewSite)]
#[serde(deny_unknown_fields)]
pub struct SiteBody {
    /// Short name used in requests: lower-case letters, digits, `-` and `_`.
    #[schema(pattern = "^[a-z0-9][a-z0-9_-]{0,31}$")]
    pub code: String,
    /// Name people know it by.
    #[schema(min_length = 1, max_length = 100)]
    pub name: String,
    /// What it is; a store when nothing is said.
    pub kind: Option<Kind>,
    /// Zone in which its days begin, such as `America/Argentina/Buenos_Aires`.
    pub timezone: String,
}

/// A site to make, read.
#[derive(Debug)]
pub struct Asked(NewSite);

impl FromFields for Asked {
    fn from_fields(f: &mut Fields<'_>) -> Option<Asked> {
        let code = f.required("code", slug);
        let name = f.required("name", text(1..=100));
        let kind = f.optional("kind", one_of(&SiteKind::ALL.map(SiteKind::name), SiteKind::from_name));
        let zone = f.required("timezone", zone);
        Some(Asked(NewSite { code: code?, name: name?, kind: kind.unwrap_or(SiteKind::Store), zone: zone? }))
    }
}

/// The code of a site or location.
pub fn slug(value: &Value<'_>) -> Read<String> {
    let code = text(1..=200)(value)?;
    let slug: Result<SiteCode, CodeError> = code.parse();
    slug.map(SiteCode::into_string).map_err(|error| match error {
        CodeError::TooLong { max } => Fault::new("too_long").arg("most", max),
        _ => Fault::new("not_a_slug"),
    })
}

/// Make a site
///
/// It comes with the locations `deposito` and `salon`.
#[utoipa::path(
    post,
    path = "/api/v1/sites",
    tag = "places",
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes the request safe to repeat")),
    request_body = SiteBody,
    responses(
        (status = 201, description = "It was made", body = Site, headers(
            ("Location" = String, description = "Where it is"),
            ("ETag" = String, description = "Its version"))),
        (status = 409, description = "The code is taken", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub async fn create(
    State(warehouse): State<Warehouse>,
    principal: Principal,
    KeyedBody { body: Asked(new), keyed }: KeyedBody<Asked>,
) -> Result<Response, Problem> {
    // It would be a site they may not know of.
    principal.everywhere()?;
    let at = warehouse.clock.now();
    let mut tx = warehouse.db.write().await?;
    if let Some(answer) = keyed.answered(&mut tx, at).await? {
        return Ok(answer);
    }
    let made = site::create(&mut tx, &new, at).await.map_err(|error| match error.rule() {
        Some(Rule::SiteCode) => Problem::conflict("site_exists")
            .arg("code", &new.code)
            .with_error(FieldError::new("code", "taken").arg("value", &new.code)),
        _ => error.into(),
    })?;
    let mut response = json::created(&format!("/api/v1/sites/{}", made.code), &Site::from(&made));
    response.headers_mut().insert(header::ETAG, etag(made.version));
    let response = keyed.keep(&mut tx, response).await?;
    audit::by(&principal, Action::SiteCreated)
        .site(&made.code)
        .on("site", &made.code)
        .changes((), Site::from(&made))
        .write(&mut tx, at)
        .await?;
    tx.commit().await?;
    warehouse.catalogue_changed();
    Ok(response)
}
