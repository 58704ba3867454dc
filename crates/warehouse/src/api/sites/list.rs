//! Pages of sites.

use axum::{extract::State, response::Response};
use platform::http::{List, Params, Principal, Problem, json};

use super::view::Site;
use crate::{
    api::{
        paged::{ByOneKey, PageQuery},
        places::sites_of,
    },
    state::Warehouse,
};

/// List sites
///
/// In the order of their codes.
#[utoipa::path(
    get,
    path = "/api/v1/sites",
    tag = "places",
    params(PageQuery),
    responses((status = 200, description = "A page of sites", body = List<Site>))
)]
pub async fn list(
    State(warehouse): State<Warehouse>,
    principal: Principal,
    Params(ByOneKey(page)): Params<ByOneKey>,
) -> Result<Response, Problem> {
    let after = page.after.as_ref().and_then(|key| key.first()).map_or("", String::as_str);
    // A chain has tens of sites: all are read, the page is cut from them.
    let all = sites_of(&warehouse.db, &principal).await?;
    let wanted = usize::try_from(page.fetch()).unwrap_or(usize::MAX);
    let found = all.into_iter().filter(|site| site.code.as_str() > after).take(wanted).collect();
    let list = page.list(found, |site| vec![site.code.clone()]);
    Ok(json::ok(&list.map(|site| Site::from(&site))))
}
