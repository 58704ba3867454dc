//! Taking a product out of use.

use axum::{
    extract::{Path, State},
    http::header,
    response::Response,
};
use domain::audit::Action;
use platform::{
    audit,
    http::{Principal, Problem, etag::etag, json, problem::ProblemDocument},
};
use store::{
    catalog::Change,
    product::{self, Deactivated},
};

use super::{get::known, view::Product};
use crate::state::Warehouse;

/// Take a product out of use
///
/// It takes no postings any more. Refused while there is stock of it anywhere, or on its way between two sites.
#[utoipa::path(
    post,
    path = "/api/v1/products/{sku}/deactivate",
    tag = "catalog",
    params(("sku" = String, Path, description = "Its code")),
    responses(
        (status = 200, description = "It is out of use", body = Product, headers(("ETag" = String, description = "Its version"))),
        (status = 404, description = "There is none", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 409, description = "There is stock of it", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub async fn deactivate(
    State(warehouse): State<Warehouse>,
    Path(sku): Path<String>,
    principal: Principal,
) -> Result<Response, Problem> {
    let seen = known(&warehouse, &sku).await?;
    let at = warehouse.clock.now();
    let change = Change { at, actor: principal.signature() };
    let mut tx = warehouse.db.write().await?;
    let product = match product::deactivate(&mut tx, &sku, change).await? {
        Deactivated::Done(product) => product,
        Deactivated::Missing => return Err(Problem::not_found(sku)),
        Deactivated::HasStock => return Err(Problem::conflict("product_has_stock").arg("sku", sku)),
    };
    if product.version != seen.version {
        audit::by(&principal, Action::ProductDeactivated).on("product", &product.sku).write(&mut tx, at).await?;
    }
    tx.commit().await?;
    let mut response = json::ok(&Product::of(&product, &warehouse.currency));
    response.headers_mut().insert(header::ETAG, etag(product.version));
    Ok(response)
}
