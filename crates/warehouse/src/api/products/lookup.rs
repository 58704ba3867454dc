//! From what a scanner reads to a product.
//!
//! Invariant: what a code says beyond the product (how much, which lot, until when) is told, never dropped.

use axum::{extract::State, response::Response};
use domain::{Zone, gs1::Gs1, scale::ScaleValue};
use platform::http::{
    Params, Problem,
    fields::{Fault, Fields, FromFields, Read, Value},
    json,
    problem::ProblemDocument,
};
use serde::Serialize;
use store::{lookup, product};
use utoipa::{IntoParams, ToSchema};

use super::view::Product;
use crate::{
    api::shapes::{MoneyText, QuantityText},
    state::Warehouse,
};

const MOST_CHARS: usize = 512;

/// The code.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct LookupQuery {
    /// A GTIN, an internal code, a scale label, a GS1 element string or a SKU.
    #[param(min_length = 1, max_length = 512)]
    pub code: String,
}

impl FromFields for LookupQuery {
    fn from_fields(f: &mut Fields<'_>) -> Option<LookupQuery> {
        f.required("code", scanned).map(|code| LookupQuery { code })
    }
}

/// What a scanner sends: unlike other texts it may hold the separator of GS1 symbols.
fn scanned(value: &Value<'_>) -> Read<String> {
    let text = value.as_text().ok_or_else(|| Fault::wrong_type("text"))?;
    let text = text.trim_matches([' ', '\r', '\n', '\t']);
    if text.is_empty() {
        return Err(Fault::new("blank"));
    }
    if text.chars().count() > MOST_CHARS {
        return Err(Fault::new("too_long").arg("most", MOST_CHARS));
    }
    let refused = text.chars().any(|c| c.is_control() && c != '\u{1d}');
    if refused { Err(Fault::new("control_characters")) } else { Ok(text.to_owned()) }
}

/// What kind of code it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CodeKind {
    /// A barcode of the product.
    Barcode,
    /// The product's SKU.
    Sku,
    /// A label of the shop's scale.
    ScaleLabel,
    /// A GS1 element string.
    Gs1,
}

/// What a code says.
#[derive(Debug, Serialize, ToSchema)]
pub struct Scanned {
    /// What kind of code it was.
    pub kind: CodeKind,
    /// The product.
    pub product: Product,
    /// How much of it, in its unit: of the pack, or as weighed.
    pub quantity: QuantityText,
    /// Price of the whole, when the label carries one.
    #[schema(required)]
    pub price: Option<MoneyText>,
    /// The lot.
    #[schema(required)]
    pub lot: Option<String>,
    /// Last day on which it may be sold.
    #[schema(required, format = Date)]
    pub expires_on: Option<String>,
}

/// Look a code up
#[utoipa::path(
    get,
    path = "/api/v1/products/lookup",
    tag = "catalog",
    params(LookupQuery),
    responses(
        (status = 200, description = "What the code says", body = Scanned),
        (status = 404, description = "No product has it", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub async fn lookup(
    State(warehouse): State<Warehouse>,
    Params(LookupQuery { code }): Params<LookupQuery>,
) -> Result<Response, Problem> {
    let scanned = match plain(&warehouse, &code).await? {
        Some(scanned) => Some(scanned),
        None => match element_string(&warehouse, &code).await? {
            Some(scanned) => Some(scanned),
            None => scale_label(&warehouse, &code).await?,
        },
    };
    scanned.map(|scanned| json::ok(&scanned)).ok_or_else(|| Problem::not_found(code))
}

/// A barcode or SKU.
async fn plain(warehouse: &Warehouse, code: &str) -> Result<Option<Scanned>, Problem> {
    let Some(found) = lookup::by_code(&warehouse.db, code).await? else { return Ok(None) };
    let kind = if found.barcode.is_some() { CodeKind::Barcode } else { CodeKind::Sku };
    let Some(product) = product::get(&warehouse.db, &found.sku).await? else { return Ok(None) };
    Ok(Some(Scanned {
        kind,
        product: Product::of(&product, &warehouse.currency),
        quantity: found.pack_quantity.into(),
        price: None,
        lot: None,
        expires_on: None,
    }))
}

async fn element_string(warehouse: &Warehouse, code: &str) -> Result<Option<Scanned>, Problem> {
    // Two-digit years need no more than the century.
    let today = Zone::utc().day_of(warehouse.clock.now());
    let Ok(gs1) = Gs1::parse(code, today) else { return Ok(None) };
    let Some(gtin) = gs1.gtin() else { return Ok(None) };
    let Some(mut scanned) = plain(warehouse, gtin.as_str()).await? else { return Ok(None) };
    scanned.kind = CodeKind::Gs1;
    if let Some(quantity) = gs1.net_measure().or_else(|| gs1.count()) {
        scanned.quantity = quantity.into();
    }
    scanned.price = gs1.price().map(MoneyText);
    scanned.lot = gs1.lot().map(str::to_owned);
    scanned.expires_on = gs1.expires_on().map(|day| day.to_string());
    Ok(Some(scanned))
}

async fn scale_label(warehouse: &Warehouse, code: &str) -> Result<Option<Scanned>, Problem> {
    let Some(label) = warehouse.scale_labels.read(code) else { return Ok(None) };
    // Shops number what they weigh with or without the zeros that fill the label.
    let short = label.item.trim_start_matches('0');
    for item in [label.item.as_str(), short] {
        let Some(mut scanned) = plain(warehouse, item).await? else { continue };
        scanned.kind = CodeKind::ScaleLabel;
        match label.value {
            ScaleValue::Weight(quantity) | ScaleValue::Pieces(quantity) => scanned.quantity = quantity.into(),
            ScaleValue::Price(price) => scanned.price = Some(price.into()),
        }
        return Ok(Some(scanned));
    }
    Ok(None)
}
