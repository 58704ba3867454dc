//! Making a product.

use axum::{extract::State, response::Response};
use domain::audit::Action;
use platform::{
    audit,
    http::{
        KeyedBody, Principal, Problem,
        etag::etag,
        json,
        problem::{FieldError, ProblemDocument},
    },
};
use store::{
    Rule,
    catalog::Change,
    product::{self, Incoming},
};

use super::{
    body::{NewProduct, ProductBody},
    view::Product,
};
use crate::state::Warehouse;

/// Make a product
///
/// Only `sku`, `name` and `unit` are needed. A category or supplier named for the first time is made too.
#[utoipa::path(
    post,
    path = "/api/v1/products",
    tag = "catalog",
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes the request safe to repeat")),
    request_body = ProductBody,
    responses(
        (status = 201, description = "It was made", body = Product, headers(
            ("Location" = String, description = "Where it is"),
            ("ETag" = String, description = "Its version"))),
        (status = 409, description = "The SKU or a barcode is taken", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub async fn create(
    State(warehouse): State<Warehouse>,
    principal: Principal,
    KeyedBody { body: NewProduct(new), keyed }: KeyedBody<NewProduct>,
) -> Result<Response, Problem> {
    let at = warehouse.clock.now();
    let mut tx = warehouse.db.write().await?;
    if let Some(answer) = keyed.answered(&mut tx, at).await? {
        return Ok(answer);
    }
    let change = Change { at, actor: principal.signature() };
    let made = product::create(&mut tx, &new, change).await.map_err(|error| taken(error, &new))?;
    let location = format!("/api/v1/products/{}", json::segment(&made.sku));
    let mut response = json::created(&location, &Product::of(&made, &warehouse.currency));
    response.headers_mut().insert(axum::http::header::ETAG, etag(made.version));
    let response = keyed.keep(&mut tx, response).await?;
    audit::by(&principal, Action::ProductCreated)
        .on("product", &made.sku)
        .changes((), Product::of(&made, &warehouse.currency))
        .write(&mut tx, at)
        .await?;
    tx.commit().await?;
    warehouse.catalogue_changed();
    Ok(response)
}

fn taken(error: store::Error, new: &Incoming) -> Problem {
    match error.rule() {
        Some(Rule::ProductSku) => Problem::conflict("product_exists")
            .arg("sku", &new.sku)
            .with_error(FieldError::new("sku", "taken").arg("value", &new.sku)),
        Some(Rule::BarcodeCode) => Problem::conflict("barcode_taken")
            .arg("code", new.barcodes.iter().map(|barcode| barcode.code.as_str()).collect::<Vec<_>>().join(", ")),
        _ => error.into(),
    }
}
