//! Adding what was counted to a sheet.
//!
//! Invariant: no goods stand on a sheet twice, neither by one request nor by counting a product both lot by lot and all lots together.

use std::collections::{HashMap, HashSet};

use axum::{
    extract::{Path, State},
    response::Response,
};
use domain::{Quantity, Timestamp, ledger::LotDraft};
use platform::http::{
    KeyedBody, Principal, Problem,
    fields::{Fields, FromFields, instant, text, unsigned_quantity},
    json,
    problem::{FieldError, ProblemDocument},
};
use serde::Serialize;
use store::{
    count::{self, Counted, Line, Status},
    lot, product,
};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{doubt, get, view::Recount};
use crate::{
    api::{inputs::Unsigned, postings::draft::lot as lot_of},
    state::Warehouse,
};

/// Lines of a request.
const MOST_LINES: usize = 1000;
/// How far ahead of the server's clock a caller's may be, in seconds.
const CLOCK_TOLERANCE_SECONDS: i64 = 300;

/// What was counted.
#[derive(Debug, ToSchema)]
#[schema(as = NewCountLines)]
#[serde(deny_unknown_fields)]
pub struct LinesBody {
    /// Counted again, a line replaces what was counted before.
    #[schema(min_items = 1, max_items = 1000)]
    pub lines: Vec<LineBody>,
}

/// What was counted of a product.
#[derive(Debug, ToSchema)]
#[schema(as = NewCountLine)]
#[serde(deny_unknown_fields)]
pub struct LineBody {
    /// Code of the product.
    #[schema(min_length = 1, max_length = 64)]
    pub sku: String,
    /// How much is there; zero when there is none.
    pub counted: Unsigned,
    /// Code of the lot; all lots together when neither it nor an expiry is named.
    #[schema(nullable, min_length = 1, max_length = 64)]
    pub lot: Option<String>,
    /// Last day on which the lot may be sold.
    #[schema(nullable, format = Date)]
    pub expires_on: Option<String>,
    /// When it was counted; now when absent.
    #[schema(nullable, format = DateTime)]
    pub counted_at: Option<String>,
}

/// How many lines were taken.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CountLinesTaken)]
pub struct LinesTaken {
    /// Identity of the sheet.
    pub id: Uuid,
    /// Lines added or replaced.
    pub lines: usize,
    /// Those of them that differ a lot from the books: count them again, and send them again.
    pub recount: Vec<Recount>,
}

/// A line as far as it could be read.
struct AskedLine {
    sku: Option<String>,
    counted: Option<Quantity>,
    lot: Option<LotDraft>,
    counted_at: Option<Timestamp>,
}

/// Lines, and what could not be read of them: it is told together with what the catalogue does not know.
pub struct AskedLines {
    lines: Vec<AskedLine>,
    errors: Vec<FieldError>,
}

impl AskedLines {
    /// What could not be read of them.
    pub fn into_errors(self) -> Vec<FieldError> {
        self.errors
    }
}

impl FromFields for AskedLines {
    fn from_fields(fields: &mut Fields<'_>) -> Option<AskedLines> {
        let line = |fields: &mut Fields<'_>| {
            let sku = fields.required("sku", text(1..=64));
            let counted = fields.required("counted", unsigned_quantity);
            let lot = lot_of(fields);
            let counted_at = fields.optional("counted_at", instant);
            Some(AskedLine { sku, counted, lot, counted_at })
        };
        let lines = fields.list("lines", 1..=MOST_LINES, line).unwrap_or_default();
        Some(AskedLines { lines, errors: fields.take_errors() })
    }
}

/// A line without a mistake.
pub struct Found {
    /// Code of the product.
    pub sku: String,
    /// The lot, when one was named.
    pub lot: Option<LotDraft>,
    /// What goes onto the sheet.
    pub counted: Counted,
}

/// Add what was counted to a sheet
///
/// Each line stores when it was counted and is compared with what the ledger says there was at that instant, so the shop may go on
/// selling meanwhile. A product counted again replaces what was counted before. What differs a lot from the books is to be counted
/// again: the answer says which, and not by how much.
#[utoipa::path(
    post,
    path = "/api/v1/counts/{id}/lines",
    tag = "counts",
    params(
        ("id" = Uuid, Path, description = "Identity of the sheet"),
        ("Idempotency-Key" = Option<String>, Header, description = "Makes the request safe to repeat"),
    ),
    request_body = LinesBody,
    responses(
        (status = 200, description = "They are on the sheet", body = LinesTaken),
        (status = 404, description = "There is none", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 409, description = "It is closed", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 422, description = "Something breaks a rule", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub async fn add(
    State(warehouse): State<Warehouse>,
    principal: Principal,
    Path(id): Path<String>,
    KeyedBody { body: asked, keyed }: KeyedBody<AskedLines>,
) -> Result<Response, Problem> {
    let sheet = get::find(&warehouse, &principal, &id).await?;
    let now = warehouse.clock.now();
    let found = resolve(&warehouse, asked, now).await?;
    let known = count::lines(&warehouse.db, sheet.id).await?;
    refuse_mixed(&known, &found)?;
    let recount = doubt::of_new_lines(&warehouse, &sheet, &known, &found).await?;
    let counted: Vec<Counted> = found.into_iter().map(|found| found.counted).collect();
    let mut tx = warehouse.db.write().await?;
    if let Some(answered) = keyed.answered(&mut tx, now).await? {
        return Ok(answered);
    }
    let sheet = count::lock(&mut tx, sheet.id).await?.ok_or_else(|| Problem::not_found(id.as_str()))?;
    if sheet.status == Status::Closed || sheet.closed_at.is_some() {
        return Err(Problem::conflict("count_closed"));
    }
    count::add_lines(&mut tx, &sheet, &counted, principal.signature()).await?;
    let taken = LinesTaken { id: sheet.id, lines: counted.len(), recount };
    let response = keyed.keep(&mut tx, json::ok(&taken)).await?;
    tx.commit().await?;
    Ok(response)
}

/// What the codes of the lines stand for. Every mistake is told: what could not be read, and what is not known.
async fn resolve(warehouse: &Warehouse, asked: AskedLines, now: Timestamp) -> Result<Vec<Found>, Problem> {
    let AskedLines { lines, mut errors } = asked;
    let mut tx = warehouse.db.read().await?;
    let skus: Vec<&str> = lines.iter().filter_map(|line| line.sku.as_deref()).collect();
    let products = product::ids_of(&mut tx, &skus).await?;
    let (mut found, mut seen) = (Vec::with_capacity(lines.len()), HashSet::new());
    for (index, line) in lines.into_iter().enumerate() {
        let at = |field: &str| format!("lines[{index}].{field}");
        let counted_at = line.counted_at.unwrap_or(now);
        if counted_at > now.plus_seconds(CLOCK_TOLERANCE_SECONDS) {
            errors.push(FieldError::new(at("counted_at"), "in_future"));
        }
        let Some(sku) = line.sku else { continue };
        let Some(product) = products.get(&sku).copied() else {
            errors.push(FieldError::new(at("sku"), "unknown_product").arg("sku", sku));
            continue;
        };
        let lot = match &line.lot {
            Some(name) => lot::find(&mut tx, product, name).await?,
            None => Some(0),
        };
        match lot {
            Some(lot) if !seen.insert((product, lot)) => {
                errors.push(FieldError::new(at("sku"), "repeated").arg("value", sku));
            }
            Some(lot) => found.extend(line.counted.map(|counted| {
                let counted = Counted { product, lot, counted, counted_at };
                Found { sku, lot: line.lot, counted }
            })),
            None => {
                let code = line.lot.map_or_else(String::new, |lot| lot.code);
                errors.push(FieldError::new(at("lot"), "unknown_lot").arg("lot", code));
            }
        }
    }
    tx.rollback().await?;
    if errors.is_empty() { Ok(found) } else { Err(Problem::invalid(errors)) }
}

/// A product is counted either lot by lot or all lots together: both at once would count some goods twice.
fn refuse_mixed(known: &[Line], found: &[Found]) -> Result<(), Problem> {
    let mut by_lot: HashMap<i64, bool> = known.iter().map(|line| (line.product, line.lot != 0)).collect();
    for line in found.iter().map(|found| &found.counted) {
        if *by_lot.entry(line.product).or_insert(line.lot != 0) != (line.lot != 0) {
            return Err(Problem::conflict("mixed_lots"));
        }
    }
    Ok(())
}
