//! The stock of one product at the path of the older system's resilience design.
//!
//! Invariant: while the database is down the last known answer is given and marked as such; without one the answer says so
//! with 200.

use std::{sync::Arc, time::Duration};

use axum::{
    extract::{Path, State},
    response::Response,
};
use domain::Timestamp;
use moka::sync::Cache;
use platform::http::{Principal, Problem, auth::SiteScope, json, problem::ProblemDocument};
use serde::Serialize;
use store::stock::ProductStock;
use tokio::time::timeout;
use utoipa::ToSchema;

use super::get::live;
use crate::{api::shapes::QuantityText, state::Warehouse};

/// How long the database may take before what is remembered is given.
const PATIENCE: Duration = Duration::from_secs(3);
/// How long an answer may stand in for the database.
const KEPT: Duration = Duration::from_secs(24 * 60 * 60);
const MOST_KEPT: u64 = 100_000;

/// What products had when they were last read, where the shelf is not used.
#[derive(Debug, Clone)]
pub struct LastKnown(Cache<String, Arc<Item>>);

impl Default for LastKnown {
    fn default() -> LastKnown {
        LastKnown(Cache::builder().max_capacity(MOST_KEPT).time_to_live(KEPT).build())
    }
}

/// Where an answer comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// The database.
    Live,
    /// What was read before.
    Cache,
}

/// The stock of a product.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = InventoryItem)]
pub struct Item {
    /// Number of the product.
    pub item_id: i64,
    /// Its code.
    pub sku: String,
    /// Its name.
    pub name: String,
    /// Over all sites that the caller may know of.
    pub on_hand: QuantityText,
    /// Where the answer comes from.
    pub source: Source,
    /// Whether the database is down.
    pub degraded: bool,
    /// When it was read.
    #[schema(format = DateTime)]
    pub as_of: String,
}

/// Neither the database nor memory knows.
#[derive(Debug, Serialize, ToSchema)]
pub struct Unknown {
    /// Always `degraded`.
    #[schema(pattern = "^degraded$")]
    pub status: &'static str,
    /// Always null.
    #[schema(required, value_type = Option<Item>)]
    pub data: Option<Item>,
}

/// The stock of a product, or that nothing is known of it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Inventory)]
#[serde(untagged)]
pub enum Answer {
    /// What is known.
    Item(Item),
    /// The database is down and nothing is remembered.
    Unknown(Unknown),
}

/// Read the stock of a product, even while the database is down
#[utoipa::path(
    get,
    path = "/inventory/{sku}",
    tag = "stock",
    params(("sku" = String, Path, description = "Code of the product")),
    responses(
        (status = 200, description = "Its stock; or, degraded, what is remembered of it", body = Answer),
        (status = 404, description = "There is no such product", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub async fn get(
    State(warehouse): State<Warehouse>,
    principal: Principal,
    Path(sku): Path<String>,
) -> Result<Response, Problem> {
    // What is remembered is of more use than to wait for a server that does not answer.
    let read = timeout(PATIENCE, live(&warehouse, &principal, &sku)).await;
    let Ok(read) = read else { return Ok(remembered(&warehouse, &principal, &sku)) };
    match read {
        Ok(Some(stock)) => {
            platform::telemetry::attribute("item.id", stock.sku.clone());
            let item = item(stock, Source::Live, warehouse.clock.now());
            let answer = json::ok(&item);
            if !warehouse.shelf.is_used() {
                warehouse.last_known.0.insert(remembered_as(&principal, &sku), Arc::new(item));
            }
            Ok(answer)
        }
        Ok(None) => Err(Problem::not_found(sku.as_str())),
        Err(error) if error.is_outage() => Ok(remembered(&warehouse, &principal, &sku)),
        Err(error) => Err(error.into()),
    }
}

fn item(stock: ProductStock, source: Source, as_of: Timestamp) -> Item {
    Item {
        item_id: stock.product,
        on_hand: stock.on_hand.into(),
        sku: stock.sku,
        name: stock.name,
        source,
        degraded: source == Source::Cache,
        as_of: as_of.to_string(),
    }
}

/// What is over all of one caller's sites is not what is over another's.
fn remembered_as(principal: &Principal, sku: &str) -> String {
    match &principal.sites {
        SiteScope::All => sku.to_owned(),
        SiteScope::Only(codes) => format!("{sku}\n{}", codes.join(",")),
    }
}

fn remembered(warehouse: &Warehouse, principal: &Principal, sku: &str) -> Response {
    if let Some((stock, as_of)) = warehouse.shelf.product(sku, |site| principal.sites.includes(site)) {
        return json::ok(&item(stock, Source::Cache, as_of));
    }
    match warehouse.last_known.0.get(&remembered_as(principal, sku)) {
        Some(item) => json::ok(&Item { source: Source::Cache, degraded: true, ..Item::clone(&item) }),
        None => json::ok(&Unknown { status: "degraded", data: None }),
    }
}
