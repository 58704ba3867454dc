//! One count sheet.

use std::collections::HashMap;

use axum::{
    extract::{Path, State},
    http::HeaderMap,
    response::Response,
};
use platform::http::{Principal, Problem, etag::tagged, json, problem::ProblemDocument};
use store::{
    Db,
    count::{self, Sheet, Status},
    site::{self, Site},
};
use uuid::Uuid;

use super::view::Count;
use crate::state::Warehouse;

/// Read a count sheet
#[utoipa::path(
    get,
    path = "/api/v1/counts/{id}",
    tag = "counts",
    params(("id" = Uuid, Path, description = "Identity of the sheet")),
    responses(
        (status = 200, description = "The sheet", body = Count, headers(("ETag" = String, description = "Its version, once it is closed"))),
        (status = 304, description = "You have this version"),
        (status = 404, description = "There is none", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub async fn get(
    State(warehouse): State<Warehouse>,
    principal: Principal,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let sheet = find(&warehouse, &principal, &id).await?;
    let count = document(&warehouse, &sheet).await?;
    // What an open sheet says of its lines follows the ledger, whose changes the sheet's version does not count.
    let live = sheet.status == Status::Open;
    Ok(if live { json::ok(&count) } else { tagged(&headers, sheet.version, &count) })
}

/// The sheet that a path names.
pub async fn find(warehouse: &Warehouse, principal: &Principal, id: &str) -> Result<Sheet, Problem> {
    let missing = || Problem::not_found(id);
    let number: Uuid = id.parse().map_err(|_| missing())?;
    let found = count::get(&warehouse.db, number).await?;
    found.filter(|sheet| principal.sites.includes(&sheet.site_code)).ok_or_else(missing)
}

/// The site of a sheet.
pub async fn site_of(db: &Db, sheet: &Sheet) -> Result<Site, Problem> {
    let site = site::get(db, &sheet.site_code).await?;
    site.ok_or_else(|| Problem::bug(format!("site {} is gone", sheet.site_code)))
}

/// The sheet with its lines, as much as may be shown of it.
pub async fn document(warehouse: &Warehouse, sheet: &Sheet) -> Result<Count, Problem> {
    let site = site_of(&warehouse.db, sheet).await?;
    let lines = count::lines(&warehouse.db, sheet.id).await?;
    let live = match sheet.status {
        Status::Open => count::expected(&warehouse.db, sheet, &site.zone, &lines).await?,
        Status::Closed => HashMap::new(),
    };
    Ok(Count::of(sheet, &site, &lines, &live))
}
