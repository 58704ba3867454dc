//! Lists of requests, newest first.

use axum::{extract::State, response::Response};
use platform::http::{
    List, Page, Params, Principal, Problem,
    fields::{Fields, FromFields, one_of, text},
    json,
    problem::ProblemDocument,
};
use store::{
    approval::{self, Approval, ApprovalFilter, State as Stands},
    site::Sites,
};
use utoipa::IntoParams;

use super::view::{ApprovalItem, ApprovalState};
use crate::{
    api::{counts::list::before, places},
    state::Warehouse,
};

/// Which requests.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
#[allow(dead_code, reason = "describes the parameters")]
pub struct ApprovalParams {
    /// Code of the site.
    pub site: Option<String>,
    /// Where they stand.
    #[param(inline)]
    pub state: Option<ApprovalState>,
    /// Most items wanted.
    #[param(minimum = 1, maximum = 500)]
    pub limit: Option<i64>,
    /// Where the page before ended.
    pub cursor: Option<String>,
}

/// What is asked for.
pub struct ApprovalQuery {
    site: Option<String>,
    state: Option<Stands>,
    page: Page,
}

impl FromFields for ApprovalQuery {
    fn from_fields(fields: &mut Fields<'_>) -> Option<ApprovalQuery> {
        Some(ApprovalQuery {
            site: fields.optional("site", text(1..=64)),
            state: fields.optional("state", one_of(&Stands::ALL.map(Stands::name), Stands::from_name)),
            page: Page::from_fields(fields, 2),
        })
    }
}

/// List what waits for a second person
#[utoipa::path(
    get,
    path = "/api/v1/approvals",
    tag = "approvals",
    params(ApprovalParams),
    responses(
        (status = 200, description = "A page of requests, the newest first", body = List<ApprovalItem>),
        (status = 422, description = "A parameter breaks a rule", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub async fn list(
    State(warehouse): State<Warehouse>,
    principal: Principal,
    Params(query): Params<ApprovalQuery>,
) -> Result<Response, Problem> {
    let sites = places::sites_asked(&warehouse.db, &principal, query.site.as_deref()).await?;
    let of = Sites::Only(sites.iter().map(|site| site.id).collect());
    let filter = ApprovalFilter { sites: of, state: query.state, before: before(&query.page)? };
    let found = approval::list(&warehouse.db, &filter, query.page.fetch()).await?;
    let page = query.page.list(found, |one| vec![one.asked_at.micros().to_string(), one.id.to_string()]);
    let item = |one: &Approval| {
        let zone = sites.iter().find(|site| site.id == one.site).map(|site| &site.zone);
        zone.map(|zone| ApprovalItem::of(one, zone))
    };
    Ok(json::ok(&List { items: page.items.iter().filter_map(item).collect(), next_cursor: page.next_cursor }))
}
