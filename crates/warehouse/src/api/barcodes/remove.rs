//! Taking a barcode from a product.

use axum::{
    extract::{Path, State},
    http::StatusCode,
};
use domain::audit::Action;
use platform::{
    audit,
    http::{Principal, Problem, problem::ProblemDocument},
};
use store::{
    catalog::Change,
    product::{self, normal_barcode},
};

use crate::{api::products::get::known, state::Warehouse};

/// Take a barcode from a product
#[utoipa::path(
    delete,
    path = "/api/v1/products/{sku}/barcodes/{code}",
    tag = "catalog",
    params(("sku" = String, Path, description = "Its code"), ("code" = String, Path, description = "The barcode")),
    responses(
        (status = 204, description = "It is gone"),
        (status = 404, description = "The product has no such barcode", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub async fn remove(
    State(warehouse): State<Warehouse>,
    Path((sku, code)): Path<(String, String)>,
    principal: Principal,
) -> Result<StatusCode, Problem> {
    let product = known(&warehouse, &sku).await?;
    let code = normal_barcode(&code);
    if !product.barcodes.iter().any(|barcode| barcode.code == code) {
        return Err(Problem::not_found(code));
    }
    let at = warehouse.clock.now();
    let change = Change { at, actor: principal.signature() };
    let mut tx = warehouse.db.write().await?;
    if !product::remove_barcode(&mut tx, &product, &code, change).await? {
        return Err(Problem::not_found(code));
    }
    let told = audit::by(&principal, Action::BarcodeRemoved).on("product", &product.sku).detail("barcode", &code);
    told.write(&mut tx, at).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}
