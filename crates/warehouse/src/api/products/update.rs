//! Changing a product.

use axum::{
    extract::{Path, State},
    http::{HeaderMap, header},
    response::Response,
};
use domain::audit::Action;
use platform::{
    audit,
    http::{
        JsonBody, Principal, Problem,
        etag::{etag, require_if_match},
        json,
        problem::ProblemDocument,
    },
};
use store::{
    catalog::Change,
    product::{self, Updated},
};

use super::{
    body::{ProductPatch, ProductPatchBody},
    get::known,
    view::Product,
};
use crate::state::Warehouse;

/// Change a product
///
/// What is not mentioned stays; `null` empties. It changes only the version that `If-Match` names; without it: 428.
#[utoipa::path(
    patch,
    path = "/api/v1/products/{sku}",
    tag = "catalog",
    params(
        ("sku" = String, Path, description = "Its code"),
        ("If-Match" = String, Header, description = "The ETag of the version that was seen, or `*` for whichever is there"),
    ),
    request_body = ProductPatchBody,
    responses(
        (status = 200, description = "As it is now", body = Product, headers(("ETag" = String, description = "Its version"))),
        (status = 404, description = "There is none", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 409, description = "It has stock or has moved", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 412, description = "It changed meanwhile", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 428, description = "It does not say which version it changes", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub async fn update(
    State(warehouse): State<Warehouse>,
    Path(sku): Path<String>,
    principal: Principal,
    headers: HeaderMap,
    JsonBody(ProductPatch(patch)): JsonBody<ProductPatch>,
) -> Result<Response, Problem> {
    let seen = known(&warehouse, &sku).await?;
    require_if_match(&headers, seen.version)?;
    let at = warehouse.clock.now();
    let change = Change { at, actor: principal.signature() };
    let mut tx = warehouse.db.write().await?;
    let updated = match product::update(&mut tx, &sku, &patch, Some(seen.version), change).await? {
        Updated::Done(product) => product,
        Updated::Missing => return Err(Problem::not_found(sku)),
        Updated::Stale(_) => return Err(Problem::stale()),
        Updated::Moved => return Err(Problem::conflict("product_moved").arg("sku", sku)),
        Updated::HasStock => return Err(Problem::conflict("product_has_stock").arg("sku", sku)),
    };
    if updated.version != seen.version {
        let (before, after) = (Product::of(&seen, &warehouse.currency), Product::of(&updated, &warehouse.currency));
        let told = audit::by(&principal, Action::ProductUpdated).on("product", &updated.sku).changes(before, after);
        told.write(&mut tx, at).await?;
    }
    tx.commit().await?;
    warehouse.catalogue_changed();
    let mut response = json::ok(&Product::of(&updated, &warehouse.currency));
    response.headers_mut().insert(header::ETAG, etag(updated.version));
    Ok(response)
}
