//! Finding products by what somebody types.

use axum::{extract::State, response::Response};
use platform::http::{
    Params, Problem,
    fields::{Fields, FromFields, integer, text},
    json,
};
use serde::Serialize;
use store::{lookup, product};
use utoipa::{IntoParams, ToSchema};

use super::view::Product;
use crate::state::Warehouse;

const DEFAULT_ITEMS: i64 = 20;
const MOST_ITEMS: i64 = 100;

/// What is searched for.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct SearchQuery {
    /// Words or beginnings of words, a SKU or a barcode.
    #[param(min_length = 1, max_length = 200)]
    pub q: String,
    /// Most items wanted.
    #[param(required = false, minimum = 1, maximum = 100, default = 20)]
    pub limit: i64,
}

impl FromFields for SearchQuery {
    fn from_fields(f: &mut Fields<'_>) -> Option<SearchQuery> {
        let q = f.required("q", text(1..=200));
        let limit = f.optional("limit", integer(1..=MOST_ITEMS)).unwrap_or(DEFAULT_ITEMS);
        Some(SearchQuery { q: q?, limit })
    }
}

/// The products found, best first.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SearchResult)]
pub struct Found {
    /// The products.
    pub items: Vec<Product>,
}

/// Search products
///
/// A product whose barcode or SKU is exactly that comes first, in use or not; then those in use whose name begins so, then
/// those that have every word in name, brand, SKU or barcode. Case and accents do not count.
#[utoipa::path(
    get,
    path = "/api/v1/products/search",
    tag = "catalog",
    params(SearchQuery),
    responses((status = 200, description = "What was found", body = Found))
)]
pub async fn search(
    State(warehouse): State<Warehouse>,
    Params(SearchQuery { q, limit }): Params<SearchQuery>,
) -> Result<Response, Problem> {
    let limit = usize::try_from(limit).unwrap_or(1);
    let exact = lookup::by_code(&warehouse.db, &q).await?.map(|found| found.product);
    let mut ids: Vec<i64> = exact.into_iter().collect();
    let others = warehouse.search.find(&warehouse.db, &q, limit).await?;
    ids.extend(others.into_iter().filter(|id| Some(*id) != exact));
    ids.truncate(limit);
    let mut tx = warehouse.db.read().await?;
    let products = product::by_ids(&mut tx, &ids).await?;
    let items = products.iter().map(|product| Product::of(product, &warehouse.currency)).collect();
    Ok(json::ok(&Found { items }))
}
