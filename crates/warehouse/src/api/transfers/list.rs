//! Lists of transfers, newest first.

use axum::{extract::State, response::Response};
use platform::http::{
    List, Page, Params, Principal, Problem,
    fields::{Fields, FromFields, one_of, text},
    json,
    problem::ProblemDocument,
};
use store::{
    site,
    transfer::{self, Status, Transfer, TransferFilter},
};
use utoipa::IntoParams;

use super::view::{TransferItem, TransferStatus};
use crate::{
    api::{counts::list::before, places},
    state::Warehouse,
};

/// Which transfers.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
#[allow(dead_code, reason = "describes the parameters")]
pub struct TransferParams {
    /// Code of a site at either end.
    pub site: Option<String>,
    /// Where they stand.
    #[param(inline)]
    pub status: Option<TransferStatus>,
    /// Most items wanted.
    #[param(minimum = 1, maximum = 500)]
    pub limit: Option<i64>,
    /// Where the page before ended.
    pub cursor: Option<String>,
}

/// What is asked for.
pub struct TransferQuery {
    site: Option<String>,
    status: Option<Status>,
    page: Page,
}

impl FromFields for TransferQuery {
    fn from_fields(fields: &mut Fields<'_>) -> Option<TransferQuery> {
        Some(TransferQuery {
            site: fields.optional("site", text(1..=64)),
            status: fields.optional("status", one_of(&Status::ALL.map(Status::name), Status::from_name)),
            page: Page::from_fields(fields, 2),
        })
    }
}

/// List transfers
#[utoipa::path(
    get,
    path = "/api/v1/transfers",
    tag = "transfers",
    params(TransferParams),
    responses(
        (status = 200, description = "A page of transfers, the newest first", body = List<TransferItem>),
        (status = 422, description = "A parameter breaks a rule", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub async fn list(
    State(warehouse): State<Warehouse>,
    principal: Principal,
    Params(query): Params<TransferQuery>,
) -> Result<Response, Problem> {
    let sites = places::reading(&warehouse.db, &principal, query.site.as_deref()).await?;
    let filter = TransferFilter { sites, status: query.status, before: before(&query.page)? };
    let found = transfer::list(&warehouse.db, &filter, query.page.fetch()).await?;
    let page = query.page.list(found, |one| vec![one.sent_at.micros().to_string(), one.id.to_string()]);
    let sites = site::list(&warehouse.db).await?;
    let item = |transfer: &Transfer| {
        let zone = sites.iter().find(|site| site.code == transfer.from_site).map(|site| &site.zone);
        zone.map(|zone| TransferItem::of(transfer, zone))
    };
    Ok(json::ok(&List { items: page.items.iter().filter_map(item).collect(), next_cursor: page.next_cursor }))
}
