//! Setting a price.

use axum::{
    extract::{Path, State},
    response::Response,
};
use domain::{Money, Timestamp, audit::Action};
use platform::{
    audit,
    http::{
        KeyedBody, Principal, Problem,
        fields::{Fields, FromFields, instant, unsigned_money},
        json,
        problem::ProblemDocument,
    },
};
use store::{
    catalog::Change,
    product::{self, PriceChange, PriceEntry},
};
use utoipa::ToSchema;

use super::view::Price;
use crate::{
    api::{inputs, products::get::known},
    state::Warehouse,
};

/// A price to set.
#[derive(Debug, ToSchema)]
#[schema(as = NewPrice)]
#[serde(deny_unknown_fields)]
pub struct PriceBody {
    /// The price of one unit, tax included.
    pub price: inputs::Price,
    /// Since when; now when nothing is said, and not later.
    #[schema(format = DateTime)]
    pub valid_from: Option<String>,
}

/// A price to set, read.
#[derive(Debug)]
pub struct NewPrice {
    price: Money,
    valid_from: Option<Timestamp>,
}

impl FromFields for NewPrice {
    fn from_fields(f: &mut Fields<'_>) -> Option<NewPrice> {
        let price = f.required("price", unsigned_money);
        let valid_from = f.optional("valid_from", instant);
        Some(NewPrice { price: price?, valid_from })
    }
}

/// Set a price
///
/// A price set for an instant in the past goes to its place in the history; the newest is the price of the product.
#[utoipa::path(
    post,
    path = "/api/v1/products/{sku}/prices",
    tag = "catalog",
    params(
        ("sku" = String, Path, description = "Its code"),
        ("Idempotency-Key" = Option<String>, Header, description = "Makes the request safe to repeat"),
    ),
    request_body = PriceBody,
    responses(
        (status = 201, description = "It is set", body = Price, headers(("Location" = String, description = "The prices of the product"))),
        (status = 404, description = "There is no such product", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub async fn set(
    State(warehouse): State<Warehouse>,
    Path(sku): Path<String>,
    principal: Principal,
    KeyedBody { body: new, keyed }: KeyedBody<NewPrice>,
) -> Result<Response, Problem> {
    let at = warehouse.clock.now();
    let valid_from = new.valid_from.unwrap_or(at);
    if valid_from > at {
        return Err(Problem::invalid_field("valid_from", "in_future"));
    }
    let product = known(&warehouse, &sku).await?;
    let mut tx = warehouse.db.write().await?;
    if let Some(answer) = keyed.answered(&mut tx, at).await? {
        return Ok(answer);
    }
    let change = Change { at, actor: principal.signature() };
    let price = PriceChange { product: product.id, price: new.price, valid_from };
    product::set_prices(&mut tx, &[price], change).await?;
    let entry = PriceEntry { valid_from, price: new.price, actor: principal.signature().to_owned() };
    let location = format!("/api/v1/products/{}/prices", json::segment(&sku));
    let response = json::created(&location, &Price::of(&entry, &warehouse.currency));
    let response = keyed.keep(&mut tx, response).await?;
    let before = product.price.map(|price| price.to_string());
    audit::by(&principal, Action::PriceSet)
        .on("product", &product.sku)
        .change("price", before, new.price.to_string())
        .detail("valid_from", valid_from.to_string())
        .write(&mut tx, at)
        .await?;
    tx.commit().await?;
    Ok(response)
}
