//! The prices of a product, newest first.

use axum::{
    extract::{Path, State},
    response::Response,
};
use domain::Timestamp;
use platform::http::{List, Params, Problem, json, problem::ProblemDocument};
use store::product;

use super::view::Price;
use crate::{
    api::{
        paged::{ByOneKey, PageQuery},
        products::get::known,
    },
    state::Warehouse,
};

/// List the prices of a product
///
/// The newest first; it is the price of the product.
#[utoipa::path(
    get,
    path = "/api/v1/products/{sku}/prices",
    tag = "catalog",
    params(("sku" = String, Path, description = "Its code"), PageQuery),
    responses(
        (status = 200, description = "A page of prices", body = List<Price>),
        (status = 404, description = "There is no such product", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub async fn list(
    State(warehouse): State<Warehouse>,
    Path(sku): Path<String>,
    Params(ByOneKey(page)): Params<ByOneKey>,
) -> Result<Response, Problem> {
    let before = match page.after.as_ref().and_then(|key| key.first()) {
        None => None,
        Some(text) => {
            let micros = text.parse().map_err(|_| Problem::invalid_field("cursor", "invalid_cursor"))?;
            Some(Timestamp::from_micros(micros))
        }
    };
    let product = known(&warehouse, &sku).await?;
    let found = product::price_history(&warehouse.db, product.id, before, page.fetch()).await?;
    let list = page.list(found, |entry| vec![entry.valid_from.micros().to_string()]);
    Ok(json::ok(&list.map(|entry| Price::of(&entry, &warehouse.currency))))
}
