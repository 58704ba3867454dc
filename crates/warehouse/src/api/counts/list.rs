//! Lists of count sheets, newest first.

use axum::{extract::State, response::Response};
use domain::Timestamp;
use platform::http::{
    List, Page, Params, Principal, Problem,
    fields::{Fields, FromFields, one_of, text},
    json,
    problem::ProblemDocument,
};
use store::{
    count::{self, Sheet, SheetFilter, Status},
    site::Sites,
};
use utoipa::IntoParams;
use uuid::Uuid;

use super::view::{CountItem, CountStatus};
use crate::{api::places, state::Warehouse};

/// Which sheets.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
#[allow(dead_code, reason = "describes the parameters")]
pub struct CountParams {
    /// Code of a site.
    pub site: Option<String>,
    /// Where they stand.
    #[param(inline)]
    pub status: Option<CountStatus>,
    /// Most items wanted.
    #[param(minimum = 1, maximum = 500)]
    pub limit: Option<i64>,
    /// Where the page before ended.
    pub cursor: Option<String>,
}

/// What is asked for.
pub struct CountQuery {
    site: Option<String>,
    status: Option<Status>,
    page: Page,
}

impl FromFields for CountQuery {
    fn from_fields(fields: &mut Fields<'_>) -> Option<CountQuery> {
        Some(CountQuery {
            site: fields.optional("site", text(1..=64)),
            status: fields.optional("status", one_of(&["open", "closed"], Status::from_name)),
            page: Page::from_fields(fields, 2),
        })
    }
}

/// List count sheets
#[utoipa::path(
    get,
    path = "/api/v1/counts",
    tag = "counts",
    params(CountParams),
    responses(
        (status = 200, description = "A page of sheets, the newest first", body = List<CountItem>),
        (status = 422, description = "A parameter breaks a rule", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub async fn list(
    State(warehouse): State<Warehouse>,
    principal: Principal,
    Params(query): Params<CountQuery>,
) -> Result<Response, Problem> {
    let sites = places::sites_asked(&warehouse.db, &principal, query.site.as_deref()).await?;
    let of = Sites::Only(sites.iter().map(|site| site.id).collect());
    let filter = SheetFilter { sites: of, status: query.status, before: before(&query.page)? };
    let found = count::list(&warehouse.db, &filter, query.page.fetch()).await?;
    let page = query.page.list(found, |sheet| vec![sheet.opened_at.micros().to_string(), sheet.id.to_string()]);
    let item = |sheet: &Sheet| {
        let zone = sites.iter().find(|site| site.id == sheet.site).map(|site| &site.zone);
        zone.map(|zone| CountItem::of(sheet, zone))
    };
    Ok(json::ok(&List { items: page.items.iter().filter_map(item).collect(), next_cursor: page.next_cursor }))
}

/// The instant and identity after which a page goes on.
pub fn before(page: &Page) -> Result<Option<(Timestamp, Uuid)>, Problem> {
    let Some(key) = page.after.as_deref() else { return Ok(None) };
    let parsed = match key {
        [at, id] => at.parse().ok().map(Timestamp::from_micros).zip(id.parse().ok()),
        _ => None,
    };
    parsed.map(Some).ok_or_else(|| Problem::invalid_field("cursor", "invalid_cursor"))
}
