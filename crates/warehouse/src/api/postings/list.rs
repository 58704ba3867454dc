//! Lists of postings, newest first.

use axum::{extract::State, response::Response};
use domain::{
    Zone,
    ledger::{PostingKind, canonical},
};
use platform::http::{
    List, Params, Principal, Problem,
    fields::{Fields, FromFields, text},
    json,
    problem::ProblemDocument,
};
use serde::Serialize;
use store::ledger::read::{self, PostingFilter, PostingSummary, Span};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::{draft::kind, get::ReferenceDocument};
use crate::{
    api::{
        places,
        shapes::{KindName, MoneyText},
        walk::{self, Walk},
    },
    state::Warehouse,
};

/// Which postings.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
#[allow(dead_code, reason = "describes the parameters")]
pub struct ListParams {
    /// Code of a site.
    pub site: Option<String>,
    /// Code of a product they move.
    pub sku: Option<String>,
    /// Their kind.
    #[param(inline)]
    pub kind: Option<KindName>,
    /// Who made them.
    pub actor: Option<String>,
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
pub struct ListQuery {
    site: Option<String>,
    sku: Option<String>,
    kind: Option<PostingKind>,
    actor: Option<String>,
    span: Span,
    walk: Walk,
}

impl FromFields for ListQuery {
    fn from_fields(fields: &mut Fields<'_>) -> Option<ListQuery> {
        Some(ListQuery {
            site: fields.optional("site", text(1..=64)),
            sku: fields.optional("sku", text(1..=64)),
            kind: fields.optional("kind", kind),
            actor: fields.optional("actor", text(1..=200)),
            span: walk::span(fields),
            walk: Walk::from_fields(fields),
        })
    }
}

/// A posting without its movements.
#[derive(Debug, Serialize, ToSchema)]
pub struct PostingItem {
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
    /// On which device.
    pub device: String,
    /// Free words.
    pub note: String,
    /// The posting it corrects or takes back from.
    #[schema(required)]
    pub corrects: Option<Uuid>,
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
    /// How many movements it has.
    pub lines: i64,
    /// Book value it moved.
    pub value: MoneyText,
    /// What it was sold for, less what was given back.
    pub revenue: MoneyText,
}

/// List postings
///
/// The newest first, in the order in which the ledger learned of them.
#[utoipa::path(
    get,
    path = "/api/v1/postings",
    tag = "ledger",
    params(ListParams),
    responses(
        (status = 200, description = "A page of postings", body = List<PostingItem>),
        (status = 422, description = "A parameter breaks a rule", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub async fn list(
    State(warehouse): State<Warehouse>,
    principal: Principal,
    Params(query): Params<ListQuery>,
) -> Result<Response, Problem> {
    let sites = places::sites_asked(&warehouse.db, &principal, query.site.as_deref()).await?;
    let product = match &query.sku {
        Some(sku) => Some(places::product_asked(&warehouse.db, sku).await?),
        None => None,
    };
    let filter = PostingFilter { product, kind: query.kind, actor: query.actor, span: query.span };
    let page = read::postings(&warehouse.db, &query.walk.starts(&sites)?, &filter, query.walk.limit).await?;
    let find = |number: i64| sites.iter().find(|site| site.id == number);
    let items =
        page.items.iter().filter_map(|posting| find(posting.site).map(|site| item(posting, &site.code, &site.zone)));
    Ok(json::ok(&List { items: items.collect(), next_cursor: walk::cursor(&page.next) }))
}

fn item(posting: &PostingSummary, site: &str, zone: &Zone) -> PostingItem {
    PostingItem {
        id: posting.id,
        site: site.to_owned(),
        seq: posting.seq,
        kind: KindName(posting.kind),
        reference: ReferenceDocument::of(&posting.reference),
        actor: posting.actor.clone(),
        device: posting.device.clone(),
        note: posting.note.clone(),
        corrects: posting.corrects,
        effective_at: posting.effective_at.in_zone(zone),
        recorded_at: posting.recorded_at.in_zone(zone),
        business_day: posting.business_day.to_string(),
        hash: canonical::hex(&posting.hash),
        lines: posting.movements,
        value: posting.value.into(),
        revenue: posting.revenue.into(),
    }
}
