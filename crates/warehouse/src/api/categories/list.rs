//! Pages of categories.

use axum::{extract::State, response::Response};
use platform::http::{
    List, Page, Params, Problem,
    fields::{Fields, FromFields},
    json,
};
use store::category;
use utoipa::IntoParams;

use super::view::Category;
use crate::state::Warehouse;

/// Which page.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct CategoriesQuery {
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

/// List categories
///
/// In the order of their paths, parents before children.
#[utoipa::path(
    get,
    path = "/api/v1/categories",
    tag = "catalog",
    params(CategoriesQuery),
    responses((status = 200, description = "A page of categories", body = List<Category>))
)]
pub async fn list(State(warehouse): State<Warehouse>, Params(Asked(page)): Params<Asked>) -> Result<Response, Problem> {
    let after = page.after.as_ref().and_then(|key| key.first()).map_or("", String::as_str);
    let found = category::page(&warehouse.db, after, page.fetch()).await?;
    let list = page.list(found, |category| vec![category.path.clone()]);
    Ok(json::ok(&list.map(|category| Category::of(&category.path))))
}
