//! The stock of one product over all places.

use axum::{
    extract::{Path, State},
    response::Response,
};
use domain::{Level, Timestamp};
use platform::http::{Principal, Problem, json, problem::ProblemDocument};
use serde::Serialize;
use store::stock::{self, AtPlace, AtSite};
use utoipa::ToSchema;

use super::{
    list::{LevelName, UnitName},
    told::told,
};
use crate::{
    api::shapes::{MoneyText, QuantityText},
    state::Warehouse,
};

/// What there is of a product.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProductStock {
    /// Code of the product.
    pub sku: String,
    /// Its name.
    pub name: String,
    /// What it is counted in.
    pub unit: UnitName,
    /// Over all sites.
    pub on_hand: QuantityText,
    /// Book value over all sites.
    pub value: MoneyText,
    /// Currency of every value.
    pub currency: String,
    /// How much each site should have at least.
    #[schema(required)]
    pub minimum: Option<QuantityText>,
    /// Site by site, those that ever had it.
    pub sites: Vec<SiteStock>,
}

/// What a site has of a product.
#[derive(Debug, Serialize, ToSchema)]
pub struct SiteStock {
    /// Code of the site.
    pub site: String,
    /// Over all its locations.
    pub on_hand: QuantityText,
    /// How it stands.
    pub level: LevelName,
    /// Book value.
    pub value: MoneyText,
    /// Book cost of one unit; null when there is none.
    #[schema(required)]
    pub average_cost: Option<MoneyText>,
    /// Cost of one unit when goods last came in.
    pub last_cost: MoneyText,
    /// Place by place.
    pub places: Vec<PlaceStock>,
}

/// What a location has of a product in one lot.
#[derive(Debug, Serialize, ToSchema)]
pub struct PlaceStock {
    /// Code of the location.
    pub location: String,
    /// Code of the lot.
    #[schema(required)]
    pub lot: Option<String>,
    /// Last day on which the lot may be sold.
    #[schema(required, format = Date)]
    pub expires_on: Option<String>,
    /// How much is there.
    pub quantity: QuantityText,
    /// What it is worth at the site's average cost.
    pub value: MoneyText,
}

/// Read the stock of a product
#[utoipa::path(
    get,
    path = "/api/v1/stock/{sku}",
    tag = "stock",
    params(("sku" = String, Path, description = "Code of the product")),
    responses(
        (status = 200, description = "Its stock over all places; while the database is down as it was last known, with `X-Stock-As-Of`", body = ProductStock),
        (status = 404, description = "There is no such product", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub async fn get(
    State(warehouse): State<Warehouse>,
    principal: Principal,
    Path(sku): Path<String>,
) -> Result<Response, Problem> {
    let (stock, as_of) = read(&warehouse, &principal, &sku).await?;
    platform::telemetry::attribute("item.id", stock.sku.clone());
    let site = |site: &AtSite| SiteStock {
        site: site.site.clone(),
        on_hand: site.on_hand.into(),
        level: Level::of(site.on_hand, stock.minimum).into(),
        value: site.value.into(),
        average_cost: (site.on_hand.milli() > 0).then(|| site.value.per(site.on_hand).unwrap_or_default().into()),
        last_cost: site.last_cost.into(),
        places: site.places.iter().map(place).collect(),
    };
    let answer = json::ok(&ProductStock {
        sites: stock.sites.iter().map(site).collect(),
        sku: stock.sku,
        name: stock.name,
        unit: stock.unit.into(),
        on_hand: stock.on_hand.into(),
        value: stock.value.into(),
        currency: warehouse.currency.clone(),
        minimum: stock.minimum.map(QuantityText),
    });
    Ok(told(answer, as_of))
}

/// From the database; while it is down as it was last known, and then as of when.
pub(super) async fn read(
    warehouse: &Warehouse,
    principal: &Principal,
    sku: &str,
) -> Result<(stock::ProductStock, Option<Timestamp>), Problem> {
    match live(warehouse, principal, sku).await {
        Ok(Some(stock)) => Ok((stock, None)),
        Ok(None) => Err(Problem::not_found(sku)),
        Err(error) if error.is_outage() => {
            let known = warehouse.shelf.product(sku, |site| principal.sites.includes(site));
            let (stock, as_of) = known.ok_or(error)?;
            Ok((stock, Some(as_of)))
        }
        Err(error) => Err(error.into()),
    }
}

/// From the database alone; what is remembered is told of it.
pub(super) async fn live(
    warehouse: &Warehouse,
    principal: &Principal,
    sku: &str,
) -> store::Result<Option<stock::ProductStock>> {
    let changes = warehouse.shelf.changes();
    let read = stock::of_product(&warehouse.db, sku, |site| principal.sites.includes(site));
    let stock = warehouse.shelf.ask(read).await?;
    if let Some(stock) = &stock {
        let seen = stock.sites.iter().map(|site| (stock.sku.as_str(), site.site.as_str(), site.on_hand));
        warehouse.shelf.saw(changes, seen);
    }
    Ok(stock)
}

fn place(place: &AtPlace) -> PlaceStock {
    let lot = place.lot.as_ref();
    PlaceStock {
        location: place.location.clone(),
        lot: lot.map(|lot| lot.code.clone()),
        expires_on: lot.and_then(|lot| lot.expires_on).map(|day| day.to_string()),
        quantity: place.quantity.into(),
        value: place.value.into(),
    }
}
