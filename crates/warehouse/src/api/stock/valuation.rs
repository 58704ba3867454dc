//! What the stock is worth in the books, now or as of a day.

use axum::{extract::State, response::Response};
use domain::Day;
use platform::http::{
    Page, Params, Principal, Problem,
    fields::{Fields, FromFields, day, text},
    json,
    problem::ProblemDocument,
};
use serde::Serialize;
use store::{
    site::Sites,
    stock::{self, Valued, Worth},
};
use utoipa::{IntoParams, ToSchema};

use crate::{
    api::{
        places,
        shapes::{MoneyText, QuantityText},
    },
    state::Warehouse,
};

/// Which valuation.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
#[allow(dead_code, reason = "describes the parameters")]
pub struct ValuationParams {
    /// Code of a site.
    pub site: Option<String>,
    /// How it was at the end of this day.
    #[param(format = Date)]
    pub as_of: Option<String>,
    /// Most items wanted.
    #[param(minimum = 1, maximum = 500)]
    pub limit: Option<i64>,
    /// Where the page before ended.
    pub cursor: Option<String>,
}

/// What is asked for.
pub struct ValuationQuery {
    site: Option<String>,
    as_of: Option<Day>,
    page: Page,
}

impl FromFields for ValuationQuery {
    fn from_fields(fields: &mut Fields<'_>) -> Option<ValuationQuery> {
        Some(ValuationQuery {
            site: fields.optional("site", text(1..=64)),
            as_of: fields.optional("as_of", day),
            page: Page::from_fields(fields, 2),
        })
    }
}

/// A page of a valuation, and the total of everything asked for.
#[derive(Debug, Serialize, ToSchema)]
pub struct Valuation {
    /// By product and site.
    pub items: Vec<ValuationLine>,
    /// Of everything, not only of this page.
    pub total: MoneyText,
    /// Currency of every value.
    pub currency: String,
    /// Hand it back as `cursor` for the next page; null on the last.
    #[schema(required)]
    pub next_cursor: Option<String>,
}

/// What a site has of a product and what that is worth.
#[derive(Debug, Serialize, ToSchema)]
pub struct ValuationLine {
    /// Code of the product.
    pub sku: String,
    /// Its name.
    pub name: String,
    /// Code of the site.
    pub site: String,
    /// On hand over all its locations.
    pub quantity: QuantityText,
    /// Book value.
    pub value: MoneyText,
    /// Book cost of one unit; null when there is none.
    #[schema(required)]
    pub average_cost: Option<MoneyText>,
}

impl From<&Valued> for ValuationLine {
    fn from(item: &Valued) -> ValuationLine {
        ValuationLine {
            sku: item.sku.clone(),
            name: item.name.clone(),
            site: item.site_code.clone(),
            quantity: item.quantity.into(),
            value: item.value.into(),
            average_cost: item.average_cost().map(MoneyText),
        }
    }
}

/// Value the stock
#[utoipa::path(
    get,
    path = "/api/v1/valuation",
    tag = "stock",
    params(ValuationParams),
    responses(
        (status = 200, description = "A page of the valuation", body = Valuation),
        (status = 422, description = "A parameter breaks a rule", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub async fn valuation(
    State(warehouse): State<Warehouse>,
    principal: Principal,
    Params(query): Params<ValuationQuery>,
) -> Result<Response, Problem> {
    let sites = places::reading(&warehouse.db, &principal, query.site.as_deref()).await?;
    let after = after(query.page.after.as_deref()).ok_or_else(|| Problem::invalid_field("cursor", "invalid_cursor"))?;
    let fetch = usize::try_from(query.page.fetch()).unwrap_or(1);
    let Worth { items, total } = worth(&warehouse, (&sites, query.as_of), (&after.0, after.1), fetch).await?;
    let page = query.page.list(items, |item| vec![item.sku.clone(), item.site.to_string()]);
    Ok(json::ok(&Valuation {
        items: page.items.iter().map(ValuationLine::from).collect(),
        total: total.into(),
        currency: warehouse.currency.clone(),
        next_cursor: page.next_cursor,
    }))
}

/// The valuation of those sites, now or at the end of a day.
pub async fn worth(
    warehouse: &Warehouse,
    (sites, as_of): (&Sites, Option<Day>),
    after: (&str, i64),
    limit: usize,
) -> Result<Worth, store::Error> {
    match as_of {
        Some(day) => stock::valuation_as_of(&warehouse.db, day, sites, after, limit).await,
        None => stock::valuation(&warehouse.db, sites, after, limit).await,
    }
}

fn after(key: Option<&[String]>) -> Option<(String, i64)> {
    match key {
        None => Some((String::new(), 0)),
        Some([sku, site]) => Some((sku.clone(), site.parse().ok()?)),
        Some(_) => None,
    }
}
