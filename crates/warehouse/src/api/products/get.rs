//! One product.

use axum::{
    extract::{Path, State},
    http::HeaderMap,
    response::Response,
};
use platform::http::{Problem, etag::tagged, problem::ProblemDocument};
use store::product;

use super::view::Product;
use crate::state::Warehouse;

/// Read a product
#[utoipa::path(
    get,
    path = "/api/v1/products/{sku}",
    tag = "catalog",
    params(
        ("sku" = String, Path, description = "Its code"),
        ("If-None-Match" = Option<String>, Header, description = "The ETag of a version already here"),
    ),
    responses(
        (status = 200, description = "The product", body = Product, headers(("ETag" = String, description = "Its version"))),
        (status = 304, description = "It is still that version"),
        (status = 404, description = "There is none", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub async fn get(
    State(warehouse): State<Warehouse>,
    Path(sku): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let product = known(&warehouse, &sku).await?;
    Ok(tagged(&headers, product.version, &Product::of(&product, &warehouse.currency)))
}

/// The product a path names.
pub async fn known(warehouse: &Warehouse, sku: &str) -> Result<product::Product, Problem> {
    let product = product::get(&warehouse.db, sku).await?.ok_or_else(|| Problem::not_found(sku))?;
    platform::telemetry::attribute("item.id", product.sku.clone());
    Ok(product)
}
