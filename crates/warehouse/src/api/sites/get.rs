//! One site.

use axum::{
    extract::{Path, State},
    http::HeaderMap,
    response::Response,
};
use platform::http::{Principal, Problem, etag::tagged, problem::ProblemDocument};

use super::view::Site;
use crate::{api::places::site_in_path, state::Warehouse};

/// Read a site
#[utoipa::path(
    get,
    path = "/api/v1/sites/{site}",
    tag = "places",
    params(
        ("site" = String, Path, description = "Its code"),
        ("If-None-Match" = Option<String>, Header, description = "The ETag of a version already here"),
    ),
    responses(
        (status = 200, description = "The site", body = Site, headers(("ETag" = String, description = "Its version"))),
        (status = 304, description = "It is still that version"),
        (status = 404, description = "There is none", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub async fn get(
    State(warehouse): State<Warehouse>,
    principal: Principal,
    Path(code): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let site = site_in_path(&warehouse.db, &principal, &code).await?;
    Ok(tagged(&headers, site.version, &Site::from(&site)))
}
