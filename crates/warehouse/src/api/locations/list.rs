//! The locations of a site.

use axum::{
    extract::{Path, State},
    response::Response,
};
use platform::http::{Principal, Problem, json, problem::ProblemDocument};
use serde::Serialize;
use store::location;
use utoipa::ToSchema;

use super::view::Location;
use crate::{api::places::site_in_path, state::Warehouse};

/// Every location of a site.
#[derive(Debug, Serialize, ToSchema)]
pub struct Locations {
    /// The locations, in the order they were added.
    pub items: Vec<Location>,
}

/// List the locations of a site
///
/// Its places, and the counterparts that goods come from and go to.
#[utoipa::path(
    get,
    path = "/api/v1/sites/{site}/locations",
    tag = "places",
    params(("site" = String, Path, description = "Its code")),
    responses(
        (status = 200, description = "Its locations", body = Locations),
        (status = 404, description = "There is no such site", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub async fn list(
    State(warehouse): State<Warehouse>,
    principal: Principal,
    Path(code): Path<String>,
) -> Result<Response, Problem> {
    let site = site_in_path(&warehouse.db, &principal, &code).await?;
    let locations = location::list(&warehouse.db, site.id).await?;
    Ok(json::ok(&Locations { items: locations.iter().map(Location::from).collect() }))
}
