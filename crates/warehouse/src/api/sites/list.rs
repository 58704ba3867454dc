//! Pages of sites.

use axum::{extract::State, response::Response};
use platform::http::{
    List, Page, Params, Problem,
    fields::{Fields, FromFields},
    json,
};
use store::site;
use utoipa::IntoParams;

use super::view::Site;
use crate::state::Warehouse;

/// Which page.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct SitesQuery {
    /// Most items wanted.
    #[param(required = false, minimum = 1, maximum = 500, default = 50)]
    pub limit: i64,
    /// `next_cursor` of the page before.
    #[param(required = false)]
    pub cursor: String,
}

/// The query, read.
#[derive(Debug)]
pub struct Asked(Page);

impl FromFields for Asked {
    fn from_fields(f: &mut Fields<'_>) -> Option<Asked> {
        Some(Asked(Page::from_fields(f, 1)))
    }
}

/// List sites
///
/// In the order of their codes.
#[utoipa::path(
    get,
    path = "/api/v1/sites",
    tag = "places",
    params(SitesQuery),
    responses((status = 200, description = "A page of sites", body = List<Site>))
)]
pub async fn list(State(warehouse): State<Warehouse>, Params(Asked(page)): Params<Asked>) -> Result<Response, Problem> {
    let after = page.after.as_ref().and_then(|key| key.first()).map_or("", String::as_str);
    // A chain has tens of sites: all are read, the page is cut from them.
    let all = site::list(&warehouse.db).await?;
    let wanted = usize::try_from(page.fetch()).unwrap_or(usize::MAX);
    let found = all.into_iter().filter(|site| site.code.as_str() > after).take(wanted).collect();
    let list = page.list(found, |site| vec![site.code.clone()]);
    Ok(json::ok(&list.map(|site| Site::from(&site))))
}
