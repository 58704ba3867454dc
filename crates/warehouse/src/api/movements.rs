//! The movements of a product, newest first.

use axum::{
    extract::{Path, State},
    response::Response,
};
use domain::{Zone, ledger::PostingKind};
use platform::http::{
    List, Params, Principal, Problem,
    fields::{Fields, FromFields, text},
    json,
    problem::ProblemDocument,
};
use serde::Serialize;
use store::{
    ledger::read::{self, MovementFilter, ProductMovement, Span},
    product,
};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::{
    places,
    postings::{draft::kind, get::ReferenceDocument},
    shapes::{KindName, MoneyText, QuantityText},
    walk::{self, Walk},
};
use crate::state::Warehouse;

/// Which movements.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
#[allow(dead_code, reason = "describes the parameters")]
pub struct MovementParams {
    /// Code of a site.
    pub site: Option<String>,
    /// Kind of their posting.
    #[param(inline)]
    pub kind: Option<KindName>,
    /// A day, or an instant: they happened then or later.
    pub from: Option<String>,
    /// A day, included, or an instant: they happened before it.
    pub to: Option<String>,
    /// Most items wanted.
    #[param(minimum = 1, maximum = 500)]
    pub limit: Option<i64>,
    /// Where the page before ended.
    pub cursor: Option<String>,
}

/// What is asked for.
pub struct MovementQuery {
    site: Option<String>,
    kind: Option<PostingKind>,
    span: Span,
    walk: Walk,
}

impl FromFields for MovementQuery {
    fn from_fields(fields: &mut Fields<'_>) -> Option<MovementQuery> {
        Some(MovementQuery {
            site: fields.optional("site", text(1..=64)),
            kind: fields.optional("kind", kind),
            span: walk::span(fields),
            walk: Walk::from_fields(fields),
        })
    }
}

/// A movement of a product.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ProductMovement)]
pub struct MovementItem {
    /// The posting it is part of.
    pub posting_id: Uuid,
    /// Code of the site.
    pub site: String,
    /// Place of the posting in the site's chain.
    pub seq: i64,
    /// Kind of event.
    pub kind: KindName,
    /// When it happened.
    #[schema(format = DateTime)]
    pub effective_at: String,
    /// When the ledger learned of it.
    #[schema(format = DateTime)]
    pub recorded_at: String,
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
    /// What the site had of the product afterwards.
    pub on_hand_after: QuantityText,
    /// Book cost of one unit.
    pub unit_cost: MoneyText,
    /// Book value moved.
    pub value: MoneyText,
    /// What it was sold for, below zero when given back.
    pub revenue: MoneyText,
    /// Who.
    pub actor: String,
    /// The document it comes from.
    #[schema(required)]
    pub reference: Option<ReferenceDocument>,
    /// Free words.
    pub note: String,
}

/// List the movements of a product
///
/// The newest first, in the order in which the ledger learned of them, with what was on hand after each.
#[utoipa::path(
    get,
    path = "/api/v1/products/{sku}/movements",
    tag = "ledger",
    params(("sku" = String, Path, description = "Code of the product"), MovementParams),
    responses(
        (status = 200, description = "A page of movements", body = List<MovementItem>),
        (status = 404, description = "There is no such product", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 422, description = "A parameter breaks a rule", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub async fn list(
    State(warehouse): State<Warehouse>,
    principal: Principal,
    Path(sku): Path<String>,
    Params(query): Params<MovementQuery>,
) -> Result<Response, Problem> {
    let product = product::get(&warehouse.db, &sku).await?.ok_or_else(|| Problem::not_found(sku.as_str()))?;
    let sites = places::sites_asked(&warehouse.db, &principal, query.site.as_deref()).await?;
    let filter = MovementFilter { kind: query.kind, span: query.span };
    let starts = query.walk.starts(&sites)?;
    let page = read::movements(&warehouse.db, Some(product.id), &starts, &filter, query.walk.limit).await?;
    let find = |number: i64| sites.iter().find(|site| site.id == number);
    let items =
        page.items.iter().filter_map(|movement| find(movement.site).map(|site| item(movement, &site.code, &site.zone)));
    Ok(json::ok(&List { items: items.collect(), next_cursor: walk::cursor(&page.next) }))
}

fn item(movement: &ProductMovement, site: &str, zone: &Zone) -> MovementItem {
    let lot = movement.lot.as_ref();
    MovementItem {
        posting_id: movement.posting,
        site: site.to_owned(),
        seq: movement.seq,
        kind: KindName(movement.kind),
        effective_at: movement.effective_at.in_zone(zone),
        recorded_at: movement.recorded_at.in_zone(zone),
        from: movement.from.clone(),
        to: movement.to.clone(),
        lot: lot.map(|lot| lot.code.clone()),
        expires_on: lot.and_then(|lot| lot.expires_on).map(|day| day.to_string()),
        quantity: movement.quantity.into(),
        on_hand_after: movement.on_hand_after.into(),
        unit_cost: movement.value.per(movement.quantity).unwrap_or_default().into(),
        value: movement.value.into(),
        revenue: movement.revenue.into(),
        actor: movement.actor.clone(),
        reference: ReferenceDocument::of(&movement.reference),
        note: movement.note.clone(),
    }
}
