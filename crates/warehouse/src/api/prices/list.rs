//! The prices of a product, newest first.

use axum::{
    extract::{Path, State},
    response::Response,
};
use domain::Timestamp;
use platform::http::{
    List, Page, Params, Problem,
    fields::{Fields, FromFields},
    json,
    problem::ProblemDocument,
};
use store::product;
use utoipa::IntoParams;

use super::view::Price;
use crate::{api::products::get::known, state::Warehouse};

/// Which page.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PricesQuery {
    /// Most items wanted.
    #[param(required = false, minimum = 1, maximum = 500, default = 50)]
    pub limit: i64,
    /// `next_cursor` of the page before.
    #[param(required = false)]
    pub cursor: String,
}

/// The query, read.
#[derive(Debug)]
pub struct Asked(Page);

impl FromFields for Asked {
    fn from_fields(f: &mut Fields<'_>) -> Option<Asked> {
        Some(Asked(Page::from_fields(f, 1)))
    }
}

/// List the prices of a product
///
/// The newest first; it is the price of the product.
#[utoipa::path(
    get,
    path = "/api/v1/products/{sku}/prices",
    tag = "catalog",
    params(("sku" = String, Path, description = "Its code"), PricesQuery),
    responses(
        (status = 200, description = "A page of prices", body = List<Price>),
        (status = 404, description = "There is no such product", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub async fn list(
    State(warehouse): State<Warehouse>,
    Path(sku): Path<String>,
    Params(Asked(page)): Params<Asked>,
) -> Result<Response, Problem> {
    let before = match page.after.as_ref().and_then(|key| key.first()) {
        None => None,
        Some(text) => {
            let micros = text.parse().map_err(|_| Problem::invalid_field("cursor", "invalid_cursor"))?;
            Some(Timestamp::from_micros(micros))
        }
    };
    let product = known(&warehouse, &sku).await?;
    let found = product::price_history(&warehouse.db, product.id, before, page.fetch()).await?;
    let list = page.list(found, |entry| vec![entry.valid_from.micros().to_string()]);
    Ok(json::ok(&list.map(|entry| Price::of(&entry, &warehouse.currency))))
}
