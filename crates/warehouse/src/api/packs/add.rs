//! Giving a product a pack.

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
        body::{NewPack, PackBody},
        get::known,
        view::Pack,
    },
    state::Warehouse,
};

/// Give a product a pack
///
/// A pack of a name it has already takes the new factor.
#[utoipa::path(
    post,
    path = "/api/v1/products/{sku}/packs",
    tag = "catalog",
    params(
        ("sku" = String, Path, description = "Its code"),
        ("Idempotency-Key" = Option<String>, Header, description = "Makes the request safe to repeat"),
    ),
    request_body = PackBody,
    responses(
        (status = 201, description = "It was added", body = Pack, headers(("Location" = String, description = "Where it is"))),
        (status = 200, description = "The product had it; as it is now", body = Pack),
        (status = 404, description = "There is no such product", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub async fn add(
    State(warehouse): State<Warehouse>,
    Path(sku): Path<String>,
    principal: Principal,
    KeyedBody { body: NewPack(pack), keyed }: KeyedBody<NewPack>,
) -> Result<Response, Problem> {
    let product = known(&warehouse, &sku).await?;
    let at = warehouse.clock.now();
    let mut tx = warehouse.db.write().await?;
    if let Some(answer) = keyed.answered(&mut tx, at).await? {
        return Ok(answer);
    }
    product::put_pack(&mut tx, &product, &pack, Change { at, actor: principal.signature() }).await?;
    let had = product.packs.iter().any(|had| had.name == pack.name);
    let location = format!("/api/v1/products/{}/packs/{}", json::segment(&sku), json::segment(&pack.name));
    let view = Pack::from(&pack);
    let response = if had { json::answer(StatusCode::OK, &view) } else { json::created(&location, &view) };
    let response = keyed.keep(&mut tx, response).await?;
    let told = audit::by(&principal, Action::PackAdded).on("product", &product.sku).detail("pack", &view);
    told.write(&mut tx, at).await?;
    tx.commit().await?;
    Ok(response)
}
