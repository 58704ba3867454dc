//! Giving a product a barcode.

use axum::{
    extract::{Path, State},
    http::StatusCode,
    response::Response,
};
use domain::audit::Action;
use platform::{
    audit,
    http::{KeyedBody, Principal, Problem, json, problem::ProblemDocument},
};
use store::{catalog::Change, product};

use crate::{
    api::products::{
        body::{BarcodeBody, NewBarcode},
        get::known,
        view::Barcode,
    },
    state::Warehouse,
};

/// Give a product a barcode
///
/// A barcode it has already takes the new pack quantity.
#[utoipa::path(
    post,
    path = "/api/v1/products/{sku}/barcodes",
    tag = "catalog",
    params(
        ("sku" = String, Path, description = "Its code"),
        ("Idempotency-Key" = Option<String>, Header, description = "Makes the request safe to repeat"),
    ),
    request_body = BarcodeBody,
    responses(
        (status = 201, description = "It was added", body = Barcode, headers(("Location" = String, description = "Where it is"))),
        (status = 200, description = "The product had it; as it is now", body = Barcode),
        (status = 404, description = "There is no such product", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 409, description = "Another product has it", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub async fn add(
    State(warehouse): State<Warehouse>,
    Path(sku): Path<String>,
    principal: Principal,
    KeyedBody { body: NewBarcode(barcode), keyed }: KeyedBody<NewBarcode>,
) -> Result<Response, Problem> {
    let had = known(&warehouse, &sku).await?.barcodes.iter().any(|had| had.code == barcode.code);
    let at = warehouse.clock.now();
    let mut tx = warehouse.db.write().await?;
    if let Some(answer) = keyed.answered(&mut tx, at).await? {
        return Ok(answer);
    }
    let change = Change { at, actor: principal.signature() };
    let added = product::add_barcodes(&mut tx, &sku, std::slice::from_ref(&barcode), change).await?;
    let (_, clashes) = added.ok_or_else(|| Problem::not_found(sku.as_str()))?;
    if let Some(clash) = clashes.first() {
        return Err(Problem::conflict("barcode_taken").arg("code", &clash.code).log(format!("{} has it", clash.owner)));
    }
    let (view, code) = (Barcode::from(&barcode), json::segment(&barcode.code));
    let location = format!("/api/v1/products/{}/barcodes/{code}", json::segment(&sku));
    let response = if had { json::answer(StatusCode::OK, &view) } else { json::created(&location, &view) };
    let response = keyed.keep(&mut tx, response).await?;
    let told = audit::by(&principal, Action::BarcodeAdded).on("product", &sku).detail("barcode", &view);
    told.write(&mut tx, at).await?;
    tx.commit().await?;
    Ok(response)
}
