//! The signed checkpoints of a chain, newest first.

use axum::{
    extract::{Path, State},
    response::Response,
};
use domain::{Quantity, ledger::canonical};
use platform::http::{
    List, Page, Params, Principal, Problem,
    fields::{Fields, FromFields},
    json,
    problem::ProblemDocument,
};
use serde::Serialize;
use store::ledger::{
    checkpoint::{Checkpoint, Closed},
    read,
};
use utoipa::{IntoParams, ToSchema};

use crate::{
    api::{
        places,
        shapes::{MoneyText, QuantityText},
    },
    state::Warehouse,
};

/// Which page.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
#[allow(dead_code, reason = "describes the parameters")]
pub struct PageParams {
    /// Most items wanted.
    #[param(minimum = 1, maximum = 500)]
    pub limit: Option<i64>,
    /// Where the page before ended.
    pub cursor: Option<String>,
}

/// A page of a list whose key has two parts.
pub struct PageQuery(pub Page);

impl FromFields for PageQuery {
    fn from_fields(fields: &mut Fields<'_>) -> Option<PageQuery> {
        Some(PageQuery(Page::from_fields(fields, 2)))
    }
}

/// A signed statement of how a chain and its sums stood.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Checkpoint)]
pub struct CheckpointDocument {
    /// Code of the site.
    pub site: String,
    /// Place in its chain.
    pub seq: i64,
    /// Business day it was made on.
    #[schema(format = Date)]
    pub day: String,
    /// Link at that place, 64 hexadecimal digits.
    pub hash: String,
    /// Products of which there was something.
    pub products: i64,
    /// Sum of quantities, whatever their unit.
    pub quantity: QuantityText,
    /// Sum of book values.
    pub value: MoneyText,
    /// Last day that took no postings any more; null when none was closed, or when the checkpoint, of version 1, does not say.
    #[schema(required, format = Date)]
    pub closed_through: Option<String>,
    /// What was signed, line by line.
    pub message: String,
    /// Ed25519 key, 64 hexadecimal digits.
    pub public_key: String,
    /// Ed25519 signature of `message`, 128 hexadecimal digits.
    pub signature: String,
    /// When it was signed.
    #[schema(format = DateTime)]
    pub created_at: String,
}

impl From<&Checkpoint> for CheckpointDocument {
    fn from(checkpoint: &Checkpoint) -> CheckpointDocument {
        CheckpointDocument {
            site: checkpoint.site.clone(),
            seq: checkpoint.seq,
            day: checkpoint.day.to_string(),
            hash: canonical::hex(&checkpoint.hash),
            products: checkpoint.totals.products,
            quantity: Quantity::from_milli(checkpoint.totals.quantity).into(),
            value: checkpoint.totals.value.into(),
            closed_through: match checkpoint.closed {
                Closed::Through(day) => Some(day.to_string()),
                Closed::Unsaid | Closed::Nothing => None,
            },
            message: checkpoint.message(),
            public_key: canonical::hex(&checkpoint.public_key),
            signature: canonical::hex(&checkpoint.signature),
            created_at: checkpoint.created_at.to_string(),
        }
    }
}

/// List the checkpoints of a chain
#[utoipa::path(
    get,
    path = "/api/v1/ledger/{site}/checkpoints",
    tag = "ledger",
    params(("site" = String, Path, description = "Code of the site"), PageParams),
    responses(
        (status = 200, description = "A page of checkpoints, the newest first", body = List<CheckpointDocument>),
        (status = 404, description = "There is no such site", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 422, description = "A parameter breaks a rule", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub async fn list(
    State(warehouse): State<Warehouse>,
    principal: Principal,
    Path(code): Path<String>,
    Params(PageQuery(page)): Params<PageQuery>,
) -> Result<Response, Problem> {
    let site = places::site_in_path(&warehouse.db, &principal, &code).await?;
    let invalid = || Problem::invalid_field("cursor", "invalid_cursor");
    let before = match page.after.as_deref() {
        Some([seq, closed]) => seq.parse().ok().zip(closed.parse().ok()).ok_or_else(invalid)?,
        _ => (i64::MAX, i64::MAX),
    };
    let found = read::checkpoints(&warehouse.db, site.id, before, page.fetch()).await?;
    let key = |checkpoint: &Checkpoint| [checkpoint.key().0, checkpoint.key().1].map(|part| part.to_string()).to_vec();
    Ok(json::ok(&page.list(found, key).map(|one| CheckpointDocument::from(&one))))
}
