//! The barcodes of a product.

use axum::{
    extract::{Path, State},
    response::Response,
};
use platform::http::{Problem, json, problem::ProblemDocument};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    api::products::{get::known, view::Barcode},
    state::Warehouse,
};

/// Every barcode of a product.
#[derive(Debug, Serialize, ToSchema)]
pub struct Barcodes {
    /// The barcodes.
    pub items: Vec<Barcode>,
}

/// List the barcodes of a product
#[utoipa::path(
    get,
    path = "/api/v1/products/{sku}/barcodes",
    tag = "catalog",
    params(("sku" = String, Path, description = "Its code")),
    responses(
        (status = 200, description = "Its barcodes", body = Barcodes),
        (status = 404, description = "There is no such product", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub async fn list(State(warehouse): State<Warehouse>, Path(sku): Path<String>) -> Result<Response, Problem> {
    let product = known(&warehouse, &sku).await?;
    Ok(json::ok(&Barcodes { items: product.barcodes.iter().map(Barcode::from).collect() }))
}
