//! One transfer.

use axum::{
    extract::{Path, State},
    http::HeaderMap,
    response::Response,
};
use domain::Zone;
use platform::http::{Principal, Problem, etag::tagged, problem::ProblemDocument};
use store::{site, transfer::Transfer};
use uuid::Uuid;

use super::{settle::settle, view::TransferDocument};
use crate::state::Warehouse;

/// Read a transfer
#[utoipa::path(
    get,
    path = "/api/v1/transfers/{id}",
    tag = "transfers",
    params(("id" = Uuid, Path, description = "Identity of the transfer")),
    responses(
        (status = 200, description = "The transfer", body = TransferDocument, headers(("ETag" = String, description = "Its version"))),
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
    let transfer = find(&warehouse, &principal, &id).await?;
    let document = TransferDocument::of(&transfer, &zone_of(&warehouse, &transfer).await?, &warehouse.currency);
    Ok(tagged(&headers, transfer.version, &document))
}

/// The transfer that a path names, in line with the ledger, when one of its ends is the caller's to know of.
pub async fn find(warehouse: &Warehouse, principal: &Principal, id: &str) -> Result<Transfer, Problem> {
    let missing = || Problem::not_found(id);
    let number: Uuid = id.parse().map_err(|_| missing())?;
    let found = settle(warehouse, number).await?;
    let ends =
        |transfer: &Transfer| [&transfer.from_site, &transfer.to_site].map(|site| principal.sites.includes(site));
    found.filter(|transfer| ends(transfer).contains(&true)).ok_or_else(missing)
}

/// The zone of the site a transfer left.
pub async fn zone_of(warehouse: &Warehouse, transfer: &Transfer) -> Result<Zone, Problem> {
    let site = site::get(&warehouse.db, &transfer.from_site).await?;
    Ok(site.ok_or_else(|| Problem::bug(format!("site {} is gone", transfer.from_site)))?.zone)
}
