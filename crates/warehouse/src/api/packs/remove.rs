//! Taking a pack from a product.

use axum::{
    extract::{Path, State},
    http::StatusCode,
};
use domain::audit::Action;
use platform::{
    audit,
    http::{Principal, Problem, problem::ProblemDocument},
};
use store::{catalog::Change, product};

use crate::{api::products::get::known, state::Warehouse};

/// Take a pack from a product
#[utoipa::path(
    delete,
    path = "/api/v1/products/{sku}/packs/{name}",
    tag = "catalog",
    params(("sku" = String, Path, description = "Its code"), ("name" = String, Path, description = "The pack")),
    responses(
        (status = 204, description = "It is gone"),
        (status = 404, description = "The product has no such pack", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub async fn remove(
    State(warehouse): State<Warehouse>,
    Path((sku, name)): Path<(String, String)>,
    principal: Principal,
) -> Result<StatusCode, Problem> {
    let product = known(&warehouse, &sku).await?;
    if !product.packs.iter().any(|pack| pack.name == name) {
        return Err(Problem::not_found(name));
    }
    let at = warehouse.clock.now();
    let change = Change { at, actor: principal.signature() };
    let mut tx = warehouse.db.write().await?;
    if !product::remove_pack(&mut tx, &product, &name, change).await? {
        return Err(Problem::not_found(name));
    }
    let told = audit::by(&principal, Action::PackRemoved).on("product", &product.sku).detail("pack", &name);
    told.write(&mut tx, at).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}
