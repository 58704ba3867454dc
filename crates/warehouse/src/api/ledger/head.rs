//! The head of a chain.

use axum::{
    extract::{Path, State},
    response::Response,
};
use domain::ledger::canonical;
use platform::http::{Principal, Problem, json, problem::ProblemDocument};
use serde::Serialize;
use store::ledger::read;
use utoipa::ToSchema;

use crate::{api::places, state::Warehouse};

/// The head of a site's chain.
#[derive(Debug, Serialize, ToSchema)]
pub struct LedgerHead {
    /// Code of the site.
    pub site: String,
    /// Last place taken; 0 when there is no posting.
    pub seq: i64,
    /// Last link, 64 hexadecimal digits; zeros when there is no posting.
    pub hash: String,
    /// Last day that takes no postings any more.
    #[schema(required, format = Date)]
    pub closed_through: Option<String>,
}

/// Read the head of a chain
#[utoipa::path(
    get,
    path = "/api/v1/ledger/{site}/head",
    tag = "ledger",
    params(("site" = String, Path, description = "Code of the site")),
    responses(
        (status = 200, description = "The head of its chain", body = LedgerHead),
        (status = 404, description = "There is no such site", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub async fn head(
    State(warehouse): State<Warehouse>,
    principal: Principal,
    Path(code): Path<String>,
) -> Result<Response, Problem> {
    let site = places::site_in_path(&warehouse.db, &principal, &code).await?;
    let head = read::head(&warehouse.db, site.id).await?;
    let head = head.ok_or_else(|| Problem::bug(format!("site {code} has no chain")))?;
    Ok(json::ok(&LedgerHead {
        site: site.code,
        seq: head.seq,
        hash: canonical::hex(&head.hash),
        closed_through: head.closed_through.map(|day| day.to_string()),
    }))
}
