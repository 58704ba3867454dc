//! The stock by product, place and lot, now or as of a day.
//!
//! Invariant: a page goes on where the one before it ended, by product, place and lot; nothing is counted twice.

use axum::{extract::State, http::StatusCode, response::Response};
use domain::{Day, Level, Timestamp, Unit};
use platform::http::{
    Page, Params, Principal, Problem,
    fields::{Fault, Fields, FromFields, boolean, day, integer, text},
    json,
    problem::{FieldError, ProblemDocument},
};
use serde::Serialize;
use store::{
    site::Sites,
    stock::{self, After, StockFilter, StockItem},
};
use utoipa::{IntoParams, ToSchema};

use crate::{
    api::{
        places,
        shapes::{MoneyText, QuantityText},
        stock::told::told,
    },
    shelf::Wanted,
    state::Warehouse,
};

/// Which lines.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
#[allow(dead_code, reason = "describes the parameters")]
pub struct StockParams {
    /// Code of a site.
    pub site: Option<String>,
    /// Code of a location.
    pub location: Option<String>,
    /// Path of a category; its descendants belong to it.
    pub category: Option<String>,
    /// Code or name of a supplier.
    pub supplier: Option<String>,
    /// Words of the name, brand or code, in their order.
    pub q: Option<String>,
    /// Only what a site has no more of than its minimum.
    pub below_minimum: Option<bool>,
    /// Only lots that expire within so many days, those expired included. Not together with `as_of`.
    #[param(minimum = 0, maximum = 3650)]
    pub expiring_within: Option<i64>,
    /// How it was at the end of this day. Lots are not told apart then.
    #[param(format = Date)]
    pub as_of: Option<String>,
    /// Most items wanted.
    #[param(minimum = 1, maximum = 500)]
    pub limit: Option<i64>,
    /// Where the page before ended.
    pub cursor: Option<String>,
}

/// What is asked for.
#[derive(Debug, Clone)]
pub struct StockQuery {
    /// Code of a site.
    pub site: Option<String>,
    /// What else narrows the list.
    pub filter: StockFilter,
    /// Days within which lots expire.
    pub expiring_within: Option<i64>,
    /// End of which day.
    pub as_of: Option<Day>,
}

impl StockQuery {
    /// Reads everything but the page.
    pub fn read(fields: &mut Fields<'_>) -> StockQuery {
        let filter = StockFilter {
            sites: Sites::Every,
            location: fields.optional("location", text(1..=64)),
            category: fields.optional("category", text(1..=500)),
            supplier: fields.optional("supplier", text(1..=200)),
            words: fields.optional("q", text(1..=200)),
            below_minimum: fields.optional("below_minimum", boolean).unwrap_or(false),
            expiring_by: None,
        };
        if fields.has("as_of") && fields.has("expiring_within") {
            let _: Option<()> = fields.fail("expiring_within", Fault::new("not_with_as_of"));
        }
        StockQuery {
            site: fields.optional("site", text(1..=64)),
            filter,
            expiring_within: fields.optional("expiring_within", integer(0..=3650)),
            as_of: fields.optional("as_of", day),
        }
    }

    /// The lines after that key, at most `limit`.
    pub async fn page(
        &self,
        (warehouse, principal): (&Warehouse, &Principal),
        after: &After,
        limit: usize,
    ) -> Result<Vec<StockItem>, Problem> {
        let mut filter = self.filter.clone();
        let mut zone = domain::Zone::utc();
        filter.sites = places::reading(&warehouse.db, principal, self.site.as_deref()).await?;
        for site in places::sites_asked(&warehouse.db, principal, self.site.as_deref()).await?.into_iter().take(1) {
            zone = site.zone;
        }
        let today = zone.day_of(warehouse.clock.now());
        filter.expiring_by = self.expiring_within.map(|days| today.plus(i32::try_from(days).unwrap_or(i32::MAX)));
        Ok(match self.as_of {
            Some(day) => stock::list_as_of(&warehouse.db, day, &filter, after, limit).await?,
            None => stock::list(&warehouse.db, &filter, after, limit).await?,
        })
    }
}

impl StockQuery {
    fn may_be_remembered(&self) -> bool {
        self.as_of.is_none() && self.filter.category.is_none() && self.filter.supplier.is_none()
    }

    /// The same as it was last known; `None` for what is not remembered: past days, categories and suppliers.
    fn remembered(
        &self,
        (warehouse, principal): (&Warehouse, &Principal),
        after: &After,
        limit: usize,
    ) -> Result<Option<(Vec<StockItem>, Timestamp)>, Problem> {
        let StockFilter { location, words, below_minimum, .. } = self.filter.clone();
        if !self.may_be_remembered() {
            return Ok(None);
        }
        let includes = |code: &str| principal.sites.includes(code);
        if let Some(code) = self.site.as_deref()
            && !(includes(code) && warehouse.shelf.has_site(code).unwrap_or(true))
        {
            return Err(Problem::invalid(vec![FieldError::new("site", "unknown_site").arg("site", code)]));
        }
        let is_asked = |code: &str| includes(code) && self.site.as_ref().is_none_or(|site| site == code);
        let wanted = Wanted { location, words, below_minimum, expiring_within: self.expiring_within };
        Ok(warehouse.shelf.list(&wanted, is_asked, after, limit))
    }
}

/// A query with its page.
pub struct StockPageQuery {
    query: StockQuery,
    page: Page,
}

impl FromFields for StockPageQuery {
    fn from_fields(fields: &mut Fields<'_>) -> Option<StockPageQuery> {
        Some(StockPageQuery { query: StockQuery::read(fields), page: Page::from_fields(fields, 4) })
    }
}

/// How well a product is stocked: `out` (none), `critical` (half of the minimum or less), `low` (the minimum or less), `ok`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LevelName {
    /// None left.
    Out,
    /// Half of the minimum or less.
    Critical,
    /// The minimum or less.
    Low,
    /// More than the minimum, or none is set.
    Ok,
}

impl From<Level> for LevelName {
    fn from(level: Level) -> LevelName {
        match level {
            Level::Out => LevelName::Out,
            Level::Critical => LevelName::Critical,
            Level::Low => LevelName::Low,
            Level::Ok => LevelName::Ok,
        }
    }
}

/// What a unit is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = Unit)]
#[serde(rename_all = "snake_case")]
pub enum UnitName {
    /// Pieces.
    Unit,
    /// Kilograms.
    Kg,
    /// Litres.
    L,
    /// Metres.
    M,
}

impl From<Unit> for UnitName {
    fn from(unit: Unit) -> UnitName {
        match unit {
            Unit::Piece => UnitName::Unit,
            Unit::Kilogram => UnitName::Kg,
            Unit::Litre => UnitName::L,
            Unit::Metre => UnitName::M,
        }
    }
}

/// What a location holds of a product in one lot.
#[derive(Debug, Serialize, ToSchema)]
pub struct StockLine {
    /// Code of the product.
    pub sku: String,
    /// Its name.
    pub name: String,
    /// What it is counted in.
    pub unit: UnitName,
    /// Code of the site.
    pub site: String,
    /// Code of the location; null when no location of the site has any.
    #[schema(required)]
    pub location: Option<String>,
    /// Code of the lot.
    #[schema(required)]
    pub lot: Option<String>,
    /// Last day on which the lot may be sold.
    #[schema(required, format = Date)]
    pub expires_on: Option<String>,
    /// How much is there.
    pub quantity: QuantityText,
    /// How much the whole site has.
    pub on_hand: QuantityText,
    /// How the site stands with this product.
    pub level: LevelName,
    /// How much there should be at least.
    #[schema(required)]
    pub minimum: Option<QuantityText>,
    /// What it is worth at the site's average cost.
    pub value: MoneyText,
}

impl From<&StockItem> for StockLine {
    fn from(item: &StockItem) -> StockLine {
        let lot = item.lot.as_ref();
        StockLine {
            sku: item.key.sku.clone(),
            name: item.name.clone(),
            unit: item.unit.into(),
            site: item.place.site.clone(),
            location: item.place.location.clone(),
            lot: lot.map(|lot| lot.code.clone()),
            expires_on: lot.and_then(|lot| lot.expires_on).map(|day| day.to_string()),
            quantity: item.quantity.into(),
            on_hand: item.on_hand.into(),
            level: item.level().into(),
            minimum: item.minimum.map(QuantityText),
            value: item.value.into(),
        }
    }
}

/// A page of stock.
#[derive(Debug, Serialize, ToSchema)]
pub struct StockList {
    /// By product, site, location and lot.
    pub items: Vec<StockLine>,
    /// Currency of every value.
    pub currency: String,
    /// Hand it back as `cursor` for the next page; null on the last.
    #[schema(required)]
    pub next_cursor: Option<String>,
}

/// List the stock
///
/// By product, place and lot. A product that a site had, or should have, is listed even when there is none left.
#[utoipa::path(
    get,
    path = "/api/v1/stock",
    tag = "stock",
    params(StockParams),
    responses(
        (status = 200, description = "A page of stock; while the database is down as it was last known, with `X-Stock-As-Of`", body = StockList),
        (status = 422, description = "A parameter breaks a rule", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub async fn list(
    State(warehouse): State<Warehouse>,
    principal: Principal,
    Params(asked): Params<StockPageQuery>,
) -> Result<Response, Problem> {
    let after = after(asked.page.after.as_deref()).ok_or_else(|| Problem::invalid_field("cursor", "invalid_cursor"))?;
    let fetch = usize::try_from(asked.page.fetch()).unwrap_or(1);
    let (items, as_of) = read((&warehouse, &principal), &asked.query, &after, fetch).await?;
    let key = |item: &StockItem| {
        let StockItem { key, .. } = item;
        vec![key.sku.clone(), key.site.to_string(), key.location.to_string(), key.lot.to_string()]
    };
    let page = asked.page.list(items, key);
    let items = page.items.iter().map(StockLine::from).collect();
    let (currency, next_cursor) = (warehouse.currency.clone(), page.next_cursor);
    Ok(told(json::ok(&StockList { items, currency, next_cursor }), as_of))
}

/// From the database; while it is down as it was last known, and then as of when.
async fn read(
    (warehouse, principal): (&Warehouse, &Principal),
    query: &StockQuery,
    after: &After,
    limit: usize,
) -> Result<(Vec<StockItem>, Option<Timestamp>), Problem> {
    let changes = warehouse.shelf.changes();
    let page = query.page((warehouse, principal), after, limit);
    // Memory is no way out for the others: they may take what time they need.
    let page =
        if query.may_be_remembered() { warehouse.shelf.ask(page).await } else { warehouse.shelf.ask_long(page).await };
    match page {
        Ok(items) => {
            // What was on a past day is no news of today.
            let now = items.iter().filter(|_| query.as_of.is_none());
            let seen = now.map(|item| (item.key.sku.as_str(), item.place.site.as_str(), item.on_hand));
            warehouse.shelf.saw(changes, seen);
            Ok((items, None))
        }
        Err(problem) if problem.status() == StatusCode::SERVICE_UNAVAILABLE => {
            let (items, as_of) = query.remembered((warehouse, principal), after, limit)?.ok_or(problem)?;
            Ok((items, Some(as_of)))
        }
        Err(problem) => Err(problem),
    }
}

fn after(key: Option<&[String]>) -> Option<After> {
    let Some(key) = key else { return Some(After::default()) };
    let [sku, site, location, lot] = key else { return None };
    let number = |text: &String| text.parse().ok();
    Some(After { sku: sku.clone(), site: number(site)?, location: number(location)?, lot: number(lot)? })
}
