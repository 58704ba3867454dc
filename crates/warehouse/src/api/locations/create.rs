//! Adding a place to a site.

use axum::{
    extract::{Path, State},
    response::Response,
};
use domain::audit::Action;
use platform::{
    audit,
    http::{
        KeyedBody, Principal, Problem,
        fields::{Fields, FromFields, text},
        json,
        problem::{FieldError, ProblemDocument},
    },
};
use store::{Rule, location};
use utoipa::ToSchema;

use super::view::Location;
use crate::{
    api::{places::site_in_path, sites::create::slug},
    state::Warehouse,
};

/// A place to add.
#[derive(Debug, ToSchema)]
#[schema(as = NewLocation)]
#[serde(deny_unknown_fields)]
pub struct LocationBody {
    /// Short name used in requests: lower-case letters, digits, `-` and `_`.
    #[schema(pattern = "^[a-z0-9][a-z0-9_-]{0,31}$")]
    pub code: String,
    /// Name people know it by.
    #[schema(min_length = 1, max_length = 100)]
    pub name: String,
}

/// A place to add, read.
#[derive(Debug)]
pub struct NewLocation {
    code: String,
    name: String,
}

impl FromFields for NewLocation {
    fn from_fields(f: &mut Fields<'_>) -> Option<NewLocation> {
        let (code, name) = (f.required("code", slug), f.required("name", text(1..=100)));
        Some(NewLocation { code: code?, name: name? })
    }
}

/// Add a place to a site
#[utoipa::path(
    post,
    path = "/api/v1/sites/{site}/locations",
    tag = "places",
    params(
        ("site" = String, Path, description = "Its code"),
        ("Idempotency-Key" = Option<String>, Header, description = "Makes the request safe to repeat"),
    ),
    request_body = LocationBody,
    responses(
        (status = 201, description = "It was added", body = Location, headers(("Location" = String, description = "The locations of the site"))),
        (status = 404, description = "There is no such site", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 409, description = "The code is taken", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub async fn create(
    State(warehouse): State<Warehouse>,
    principal: Principal,
    Path(site): Path<String>,
    KeyedBody { body: new, keyed }: KeyedBody<NewLocation>,
) -> Result<Response, Problem> {
    let site = site_in_path(&warehouse.db, &principal, &site).await?;
    let mut tx = warehouse.db.write().await?;
    if let Some(answer) = keyed.answered(&mut tx, warehouse.clock.now()).await? {
        return Ok(answer);
    }
    let made = location::create(&mut tx, site.id, &new.code, &new.name).await.map_err(|error| match error.rule() {
        Some(Rule::LocationCode) => Problem::conflict("location_exists")
            .arg("code", &new.code)
            .with_error(FieldError::new("code", "taken").arg("value", &new.code)),
        _ => error.into(),
    })?;
    let location = format!("/api/v1/sites/{}/locations", site.code);
    let response = keyed.keep(&mut tx, json::created(&location, &Location::from(&made))).await?;
    audit::by(&principal, Action::LocationCreated)
        .site(&site.code)
        .on("location", format!("{}/{}", site.code, made.code))
        .detail("name", &made.name)
        .write(&mut tx, warehouse.clock.now())
        .await?;
    tx.commit().await?;
    Ok(response)
}
