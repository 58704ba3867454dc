//! Count sheets as clients see them.
//!
//! Invariant: a blind sheet shows what was expected only once it is closed.

use std::collections::HashMap;

use domain::{Quantity, Zone};
use serde::Serialize;
use store::{
    count::{Line, Sheet, Status},
    site::Site,
};
use utoipa::ToSchema;
use uuid::Uuid;

use super::doubt;
use crate::api::shapes::QuantityText;

/// Where a sheet stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CountStatus {
    /// Lines are still added.
    Open,
    /// Its differences are posted.
    Closed,
}

impl From<Status> for CountStatus {
    fn from(status: Status) -> CountStatus {
        match status {
            Status::Open => CountStatus::Open,
            Status::Closed => CountStatus::Closed,
        }
    }
}

/// A count sheet without its lines.
#[derive(Debug, Serialize, ToSchema)]
pub struct CountItem {
    /// Its identity.
    pub id: Uuid,
    /// Code of the site.
    pub site: String,
    /// Code of the location.
    pub location: String,
    /// Where it stands.
    pub status: CountStatus,
    /// Whether those who count are not shown what there should be.
    pub blind: bool,
    /// Free words.
    pub note: String,
    /// Who opened it.
    pub actor: String,
    /// When it was opened.
    #[schema(format = DateTime)]
    pub opened_at: String,
    /// When it was closed.
    #[schema(required, format = DateTime)]
    pub closed_at: Option<String>,
    /// The posting of its differences, once it is closed.
    #[schema(required)]
    pub posting_id: Option<Uuid>,
}

impl CountItem {
    /// The sheet with instants in that zone.
    pub fn of(sheet: &Sheet, zone: &Zone) -> CountItem {
        CountItem {
            id: sheet.id,
            site: sheet.site_code.clone(),
            location: sheet.location_code.clone(),
            status: sheet.status.into(),
            blind: sheet.blind,
            note: sheet.note.clone(),
            actor: sheet.actor.clone(),
            opened_at: sheet.opened_at.in_zone(zone),
            closed_at: sheet.closed_at.filter(|_| sheet.status == Status::Closed).map(|at| at.in_zone(zone)),
            posting_id: (sheet.status == Status::Closed).then(|| sheet.posting()),
        }
    }
}

/// A count sheet.
#[derive(Debug, Serialize, ToSchema)]
pub struct Count {
    /// The sheet.
    #[serde(flatten)]
    pub sheet: CountItem,
    /// What was counted.
    pub lines: Vec<CountLine>,
}

/// What was counted of a product.
#[derive(Debug, Serialize, ToSchema)]
pub struct CountLine {
    /// Code of the product.
    pub sku: String,
    /// Its name.
    pub name: String,
    /// Code of the lot; null when all lots were counted together.
    #[schema(required)]
    pub lot: Option<String>,
    /// Last day on which the lot may be sold.
    #[schema(required, format = Date)]
    pub expires_on: Option<String>,
    /// How much was counted.
    pub counted: QuantityText,
    /// When.
    #[schema(format = DateTime)]
    pub counted_at: String,
    /// Who counted.
    pub actor: String,
    /// Whether it was counted again.
    pub recount: bool,
    /// How much was counted first, when it was counted again.
    #[schema(required)]
    pub first_counted: Option<QuantityText>,
    /// Whether it has to be counted again before the sheet can be closed.
    pub needs_recount: bool,
    /// What there should have been at that instant; null while a blind sheet is open.
    #[schema(required)]
    pub expected: Option<QuantityText>,
    /// Counted less expected; null while a blind sheet is open.
    #[schema(required)]
    pub difference: Option<QuantityText>,
}

impl Count {
    /// The sheet with its lines; `live` is what there should be by line, of an open sheet.
    pub fn of(sheet: &Sheet, site: &Site, lines: &[Line], live: &HashMap<i64, Quantity>) -> Count {
        let zone = &site.zone;
        let line = |line: &Line| {
            let live = live.get(&line.line).copied();
            let expected = line.expected.or(live.filter(|_| !sheet.blind));
            let lot = line.lot_name.as_ref();
            CountLine {
                sku: line.sku.clone(),
                name: line.name.clone(),
                lot: lot.map(|lot| lot.code.clone()),
                expires_on: lot.and_then(|lot| lot.expires_on).map(|day| day.to_string()),
                counted: line.counted.into(),
                counted_at: line.counted_at.in_zone(zone),
                actor: line.actor.clone(),
                recount: line.recount,
                first_counted: line.first_counted.map(QuantityText),
                needs_recount: live.is_some_and(|live| doubt::asks_again(&site.counting, line, live)),
                expected: expected.map(QuantityText),
                difference: expected.map(|expected| (line.counted - expected).into()),
            }
        };
        Count { sheet: CountItem::of(sheet, zone), lines: lines.iter().map(line).collect() }
    }
}

/// A product to be counted again.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CountAgain)]
pub struct Recount {
    /// Code of the product.
    pub sku: String,
    /// Code of the lot; null when all lots were counted together.
    #[schema(required)]
    pub lot: Option<String>,
    /// Last day on which the lot may be sold.
    #[schema(required, format = Date)]
    pub expires_on: Option<String>,
}

impl Recount {
    /// The goods of a line.
    pub fn of(line: &Line) -> Recount {
        let lot = line.lot_name.as_ref();
        Recount {
            sku: line.sku.clone(),
            lot: lot.map(|lot| lot.code.clone()),
            expires_on: lot.and_then(|lot| lot.expires_on).map(|day| day.to_string()),
        }
    }
}
