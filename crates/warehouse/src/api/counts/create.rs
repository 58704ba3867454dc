//! Opening a count sheet.

use axum::{extract::State, response::Response};
use domain::ledger::LocationKind;
use platform::http::{
    KeyedBody, Principal, Problem,
    etag::etag,
    fields::{Fields, FromFields, boolean, paragraph, text, uuid},
    json,
    problem::{FieldError, ProblemDocument},
};
use store::{
    count::{self, NewSheet},
    location,
};
use utoipa::ToSchema;
use uuid::Uuid;

use super::view::CountItem;
use crate::{api::places, state::Warehouse};

/// A sheet to open.
#[derive(Debug, ToSchema)]
#[schema(as = NewCount)]
#[serde(deny_unknown_fields)]
pub struct CountBody {
    /// Chosen by the caller; sent again it opens nothing new.
    #[schema(nullable)]
    pub id: Option<Uuid>,
    /// Code of the site.
    #[schema(min_length = 1, max_length = 64)]
    pub site: String,
    /// Code of the location that is counted.
    #[schema(min_length = 1, max_length = 64)]
    pub location: String,
    /// Whether those who count are not shown what there should be; they are not when nothing is said.
    #[schema(nullable)]
    pub blind: Option<bool>,
    /// Free words.
    #[schema(nullable, max_length = 500)]
    pub note: Option<String>,
}

/// A sheet to open, read.
pub struct Asked {
    id: Option<Uuid>,
    site: String,
    location: String,
    blind: bool,
    note: String,
}

impl FromFields for Asked {
    fn from_fields(fields: &mut Fields<'_>) -> Option<Asked> {
        let id = fields.optional("id", uuid);
        let site = fields.required("site", text(1..=64));
        let location = fields.required("location", text(1..=64));
        let blind = fields.optional("blind", boolean).unwrap_or(true);
        let note = fields.optional("note", paragraph(0..=500)).unwrap_or_default();
        Some(Asked { id, site: site?, location: location?, blind, note })
    }
}

/// Open a count sheet
#[utoipa::path(
    post,
    path = "/api/v1/counts",
    tag = "counts",
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes the request safe to repeat")),
    request_body = CountBody,
    responses(
        (status = 201, description = "It is open", body = CountItem),
        (status = 409, description = "Another sheet has this id", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 422, description = "Something breaks a rule", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub async fn create(
    State(warehouse): State<Warehouse>,
    principal: Principal,
    KeyedBody { body: asked, keyed }: KeyedBody<Asked>,
) -> Result<Response, Problem> {
    let site = places::site_asked(&warehouse.db, &principal, &asked.site).await?;
    let now = warehouse.clock.now();
    let mut tx = warehouse.db.write().await?;
    if let Some(answered) = keyed.answered(&mut tx, now).await? {
        return Ok(answered);
    }
    let place =
        location::get(&mut tx, site.id, &asked.location).await?.filter(|place| place.kind == LocationKind::Internal);
    let unknown = || Problem::invalid(vec![FieldError::new("location", "unknown_location")]);
    let new = NewSheet {
        id: asked.id.unwrap_or_else(|| warehouse.ids.next(now)),
        site: site.id,
        location: place.ok_or_else(unknown)?.id,
        blind: asked.blind,
        note: asked.note,
        actor: principal.signature().to_owned(),
    };
    let sheet = count::create(&mut tx, &new, now).await?;
    if (sheet.site, sheet.location, sheet.blind, &sheet.note) != (new.site, new.location, new.blind, &new.note) {
        return Err(Problem::conflict("id_taken"));
    }
    let mut response = json::created(&format!("/api/v1/counts/{}", sheet.id), &CountItem::of(&sheet, &site.zone));
    response.headers_mut().insert(axum::http::header::ETAG, etag(sheet.version));
    let response = keyed.keep(&mut tx, response).await?;
    tx.commit().await?;
    Ok(response)
}
