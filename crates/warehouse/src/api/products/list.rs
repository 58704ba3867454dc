//! Pages of products.

use axum::{extract::State, response::Response};
use platform::http::{
    List, Page, Params, Problem,
    fields::{Fields, FromFields, boolean, text},
    json,
};
use store::product::{self, Filter};
use utoipa::IntoParams;

use super::{body::category, view::Product};
use crate::state::Warehouse;

/// Which products.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ListQuery {
    /// Path of a category; what is below it belongs to it.
    #[param(required = false, max_length = 300)]
    pub category: String,
    /// Code or name of a supplier.
    #[param(required = false, max_length = 100)]
    pub supplier: String,
    /// A brand, as it is written.
    #[param(required = false, max_length = 100)]
    pub brand: String,
    /// Only those in use, or only those out of use.
    #[param(required = false)]
    pub active: bool,
    /// Most items wanted.
    #[param(required = false, minimum = 1, maximum = 500, default = 50)]
    pub limit: i64,
    /// `next_cursor` of the page before.
    #[param(required = false)]
    pub cursor: String,
}

/// The query, read.
#[derive(Debug)]
pub struct Asked {
    filter: Filter,
    page: Page,
}

impl FromFields for Asked {
    fn from_fields(f: &mut Fields<'_>) -> Option<Asked> {
        let filter = Filter {
            category: f.optional("category", category),
            supplier: f.optional("supplier", text(1..=100)),
            brand: f.optional("brand", text(1..=100)),
            active: f.optional("active", boolean),
        };
        Some(Asked { filter, page: Page::from_fields(f, 1) })
    }
}

/// List products
///
/// In the order of their SKUs.
#[utoipa::path(
    get,
    path = "/api/v1/products",
    tag = "catalog",
    params(ListQuery),
    responses((status = 200, description = "A page of products", body = List<Product>))
)]
pub async fn list(
    State(warehouse): State<Warehouse>,
    Params(Asked { filter, page }): Params<Asked>,
) -> Result<Response, Problem> {
    let after = page.after.as_ref().and_then(|key| key.first()).map_or("", String::as_str);
    let found = product::list(&warehouse.db, &filter, after, page.fetch()).await?;
    let list = page.list(found, |product| vec![product.sku.clone()]);
    Ok(json::ok(&list.map(|product| Product::of(&product, &warehouse.currency))))
}
