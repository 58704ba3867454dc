//! The packs of a product.

use axum::{
    extract::{Path, State},
    response::Response,
};
use platform::http::{Problem, json, problem::ProblemDocument};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    api::products::{get::known, view::Pack},
    state::Warehouse,
};

/// Every pack of a product.
#[derive(Debug, Serialize, ToSchema)]
pub struct Packs {
    /// The packs.
    pub items: Vec<Pack>,
}

/// List the packs of a product
#[utoipa::path(
    get,
    path = "/api/v1/products/{sku}/packs",
    tag = "catalog",
    params(("sku" = String, Path, description = "Its code")),
    responses(
        (status = 200, description = "Its packs", body = Packs),
        (status = 404, description = "There is no such product", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub async fn list(State(warehouse): State<Warehouse>, Path(sku): Path<String>) -> Result<Response, Problem> {
    let product = known(&warehouse, &sku).await?;
    Ok(json::ok(&Packs { items: product.packs.iter().map(Pack::from).collect() }))
}
