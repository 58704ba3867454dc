//! One posting.
//!
//! Invariant: what is told of a posting changes once at most, when something corrects it, and its tag with it.

use axum::{
    extract::{Path, State},
    http::{HeaderMap, HeaderValue},
    response::Response,
};
use domain::{
    Zone,
    ledger::{Movement, Reference, canonical},
};
use platform::http::{Principal, Problem, etag::tagged_as, problem::ProblemDocument};
use serde::Serialize;
use store::{
    approval,
    ledger::read::{self, NamedMovement, NamedPosting},
};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    api::{
        places,
        shapes::{KindName, MoneyText, QuantityText},
    },
    state::Warehouse,
};

/// The document a posting comes from.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Reference)]
pub struct ReferenceDocument {
    /// What kind of document.
    pub r#type: String,
    /// Its number.
    pub number: String,
}

impl ReferenceDocument {
    /// The document, when there is one.
    pub fn of(reference: &Reference) -> Option<ReferenceDocument> {
        let known = !reference.kind.is_empty() || !reference.number.is_empty();
        known.then(|| ReferenceDocument { r#type: reference.kind.clone(), number: reference.number.clone() })
    }
}

/// A posting with what it moved.
#[derive(Debug, Serialize, ToSchema)]
pub struct Posting {
    /// Its identity.
    pub id: Uuid,
    /// Code of the site.
    pub site: String,
    /// Its place in the site's chain.
    pub seq: i64,
    /// Kind of event.
    pub kind: KindName,
    /// The document it comes from.
    #[schema(required)]
    pub reference: Option<ReferenceDocument>,
    /// Who.
    pub actor: String,
    /// The second person who let it through, when it took one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false)]
    pub approved_by: Option<String>,
    /// On which device.
    pub device: String,
    /// Free words.
    pub note: String,
    /// The posting it corrects or takes back from.
    #[schema(required)]
    pub corrects: Option<Uuid>,
    /// The correction that undid or mended it.
    #[schema(required)]
    pub corrected_by: Option<Uuid>,
    /// When it happened.
    #[schema(format = DateTime)]
    pub effective_at: String,
    /// When the ledger learned of it.
    #[schema(format = DateTime)]
    pub recorded_at: String,
    /// Day of `effective_at` in the site's zone.
    #[schema(format = Date)]
    pub business_day: String,
    /// Its link in the chain, 64 hexadecimal digits.
    pub hash: String,
    /// Currency of every amount.
    pub currency: String,
    /// What it was sold for, less what was given back.
    pub revenue: MoneyText,
    /// What it moved.
    pub lines: Vec<PostingMovement>,
}

/// One movement of a posting.
#[derive(Debug, Serialize, ToSchema)]
pub struct PostingMovement {
    /// Code of the product.
    pub sku: String,
    /// Location it left.
    pub from: String,
    /// Location it entered.
    pub to: String,
    /// Code of the lot.
    #[schema(required)]
    pub lot: Option<String>,
    /// Last day on which the lot may be sold.
    #[schema(required, format = Date)]
    pub expires_on: Option<String>,
    /// How much.
    pub quantity: QuantityText,
    /// Book value moved.
    pub value: MoneyText,
    /// Book cost of one unit.
    pub unit_cost: MoneyText,
    /// What it was sold for, below zero when given back.
    pub revenue: MoneyText,
    /// What the site had of the product afterwards.
    pub on_hand_after: QuantityText,
}

/// Read a posting
#[utoipa::path(
    get,
    path = "/api/v1/postings/{id}",
    tag = "ledger",
    params(("id" = Uuid, Path, description = "Identity of the posting")),
    responses(
        (status = 200, description = "The posting", body = Posting, headers(("ETag" = String, description = "Its link in the chain, and what corrected it"))),
        (status = 304, description = "You have this version"),
        (status = 404, description = "There is none", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub async fn get(
    State(warehouse): State<Warehouse>,
    principal: Principal,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let missing = || Problem::not_found(id.as_str());
    let number: Uuid = id.parse().map_err(|_| missing())?;
    let posting = read::posting(&warehouse.db, number).await?.ok_or_else(missing)?;
    let (site, zone) = places::site_numbered(&warehouse.db, posting.entry.site).await?;
    if !principal.sites.includes(&site) {
        return Err(missing());
    }
    let approved_by = approval::granted_by(&warehouse.db, number).await?;
    let document = Posting { approved_by, ..document(&posting, &site, &zone, &warehouse.currency) };
    Ok(tagged_as(&headers, tag(&document)?, &document))
}

/// A posting does not change, and what corrects it comes once.
fn tag(posting: &Posting) -> Result<HeaderValue, Problem> {
    let corrected_by = posting.corrected_by.map(|id| format!(".{id}")).unwrap_or_default();
    HeaderValue::from_str(&format!("\"{}{corrected_by}\"", posting.hash)).map_err(|error| Problem::internal(&error))
}

fn document(posting: &NamedPosting, site: &str, zone: &Zone, currency: &str) -> Posting {
    let entry = &posting.entry;
    Posting {
        id: entry.id,
        site: site.to_owned(),
        seq: entry.seq,
        kind: KindName(entry.kind),
        reference: ReferenceDocument::of(&entry.reference),
        actor: entry.actor.clone(),
        approved_by: None,
        device: entry.device.clone(),
        note: entry.note.clone(),
        corrects: entry.corrects,
        corrected_by: posting.corrected_by,
        effective_at: entry.effective_at.in_zone(zone),
        recorded_at: entry.recorded_at.in_zone(zone),
        business_day: entry.business_day.to_string(),
        hash: canonical::hex(&entry.hash),
        currency: currency.to_owned(),
        revenue: posting.revenue().into(),
        lines: entry.movements.iter().zip(&posting.names).map(|(movement, names)| line(movement, names)).collect(),
    }
}

fn line(movement: &Movement, names: &NamedMovement) -> PostingMovement {
    let lot = names.lot.as_ref();
    PostingMovement {
        sku: movement.sku.to_string(),
        from: names.from.clone(),
        to: names.to.clone(),
        lot: lot.map(|lot| lot.code.clone()),
        expires_on: lot.and_then(|lot| lot.expires_on).map(|day| day.to_string()),
        quantity: movement.quantity.into(),
        value: movement.value.into(),
        unit_cost: movement.value.per(movement.quantity).unwrap_or_default().into(),
        revenue: movement.revenue.into(),
        on_hand_after: movement.on_hand_after.into(),
    }
}
