//! Pages of categories.

use axum::{extract::State, response::Response};
use platform::http::{List, Params, Problem, json};
use store::category;

use super::view::Category;
use crate::{
    api::paged::{ByOneKey, PageQuery},
    state::Warehouse,
};

/// List categories
///
/// In the order of their paths, parents before children.
#[utoipa::path(
    get,
    path = "/api/v1/categories",
    tag = "catalog",
    params(PageQuery),
    responses((status = 200, description = "A page of categories", body = List<Category>))
)]
pub async fn list(
    State(warehouse): State<Warehouse>,
    Params(ByOneKey(page)): Params<ByOneKey>,
) -> Result<Response, Problem> {
    let after = page.after.as_ref().and_then(|key| key.first()).map_or("", String::as_str);
    let found = category::page(&warehouse.db, after, page.fetch()).await?;
    let list = page.list(found, |category| vec![category.path.clone()]);
    Ok(json::ok(&list.map(|category| Category::of(&category.path))))
}
