//! Adding what was counted to a sheet.
//!
//! Invariant: what is answered as added is on the sheet; what is answered as accepted is on this server's disk, and comes there once.

use std::{
    collections::{HashMap, HashSet},
    hash::Hash,
};

use axum::{
    extract::{Path, State},
    http::StatusCode,
    response::Response,
};
use domain::{Quantity, Timestamp, ledger::LotDraft};
use platform::http::{
    KeyedBody, Principal, Problem,
    fields::{Fields, FromFields, instant, text, unsigned_quantity},
    idempotency::Keyed,
    json,
    problem::{FieldError, ProblemDocument},
};
use serde::Serialize;
use store::count::Counted;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{get, put::put, view::Recount};
use crate::{
    api::{inputs::Unsigned, postings::draft::lot as lot_of},
    journal::{CountedLine, Counting, TookLines},
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

/// How far lines have come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = CountLinesStatus)]
pub enum LinesStatus {
    /// They are on the sheet.
    Added,
    /// Kept on this server's disk while the database is down, and on the sheet when it is back.
    Accepted,
}

/// How many lines were taken.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CountLinesTaken)]
pub struct LinesTaken {
    /// Identity of the sheet.
    pub id: Uuid,
    /// How far they have come.
    pub status: LinesStatus,
    /// Lines added or replaced.
    pub lines: usize,
    /// Those of them that differ a lot from the books: count them again, and send them again. None are told of while the database is down.
    pub recount: Vec<Recount>,
}

/// A line as far as it could be read.
pub(super) struct AskedLine {
    pub(super) sku: Option<String>,
    pub(super) counted: Option<Quantity>,
    pub(super) lot: Option<LotDraft>,
    pub(super) counted_at: Option<Timestamp>,
}

/// Lines, and what could not be read of them: it is told together with what the catalogue does not know.
pub struct AskedLines {
    pub(super) lines: Vec<AskedLine>,
    errors: Vec<FieldError>,
}

impl AskedLines {
    /// What could not be read of them.
    pub fn into_errors(self) -> Vec<FieldError> {
        self.errors
    }

    /// Those that waited for the database.
    pub(super) fn of(lines: &[CountedLine]) -> AskedLines {
        let line = |line: &CountedLine| AskedLine {
            sku: Some(line.sku.clone()),
            counted: Some(line.counted()),
            lot: line.lot(),
            counted_at: Some(line.counted_at()),
        };
        AskedLines { lines: lines.iter().map(line).collect(), errors: Vec::new() }
    }

    /// The codes of their products.
    pub(super) fn skus(&self) -> Vec<&str> {
        self.lines.iter().filter_map(|line| line.sku.as_deref()).collect()
    }

    /// What is wrong with them whatever there is.
    pub(super) fn mistakes(&self, now: Timestamp) -> Vec<FieldError> {
        let latest = now.plus_seconds(CLOCK_TOLERANCE_SECONDS);
        let late = self.lines.iter().enumerate().filter(|(_, line)| line.counted_at.is_some_and(|at| at > latest));
        let late = late.map(|(index, _)| FieldError::new(format!("lines[{index}].counted_at"), "in_future"));
        self.errors.iter().cloned().chain(late).collect()
    }

    /// The lines, by which products there are. Every mistake is told that can be known without the database.
    fn known_by(&self, has: &dyn Fn(&str) -> bool, now: Timestamp) -> Result<Vec<CountedLine>, Problem> {
        let (mut errors, mut seen) = (self.mistakes(now), HashSet::new());
        for (index, line) in self.lines.iter().enumerate() {
            let Some(sku) = line.sku.as_deref() else { continue };
            let error = |code| FieldError::new(format!("lines[{index}].sku"), code);
            let lot = line.lot.as_ref().map(|lot| (lot.code.as_str(), lot.expires_on));
            if !has(sku) {
                errors.push(error("unknown_product").arg("sku", sku));
            } else if !seen.insert((sku, lot)) {
                errors.push(error("repeated").arg("value", sku));
            }
        }
        if !errors.is_empty() {
            return Err(Problem::invalid(errors));
        }
        let by_lot = self.lines.iter().map(|line| (line.sku.as_deref(), line.lot.is_some()));
        refuse_mixed(&mut HashMap::new(), by_lot)?;
        let line = |line: &AskedLine| {
            let (sku, counted) = (line.sku.clone()?, line.counted?);
            Some(CountedLine::new(sku, line.lot.clone(), counted, line.counted_at.unwrap_or(now)))
        };
        Ok(self.lines.iter().filter_map(line).collect())
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
/// again: the answer says which, and not by how much. While the database is down they are kept on this server's disk, and come onto the
/// sheet, once and in order, when it is back; what is to be counted again is told by the sheet then.
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
        (status = 202, description = "The database is down: they are kept on this server's disk, and on the sheet when it is back (`accepted`)", body = LinesTaken),
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
    let now = warehouse.clock.now();
    let sheet: Uuid = id.parse().map_err(|_| Problem::not_found(id.as_str()))?;
    let Some(journal) = &warehouse.journal else {
        return straight(&warehouse, &principal, sheet, (&asked, &keyed, now)).await;
    };
    let keyed = keyed.or_own("journal", warehouse.ids.next(now));
    let lines = |has: &dyn Fn(&str) -> bool| asked.known_by(has, now);
    let counting = Counting { principal: &principal, sheet, keyed: &keyed, lines: &lines };
    let answer = straight(&warehouse, &principal, sheet, (&asked, &keyed, now));
    Ok(match journal.count(counting, answer).await? {
        TookLines::Answered(answer) => answer,
        TookLines::Kept(lines) => {
            let kept = LinesTaken { id: sheet, status: LinesStatus::Accepted, lines, recount: Vec::new() };
            json::answer(StatusCode::ACCEPTED, &kept)
        }
    })
}

async fn straight(
    warehouse: &Warehouse,
    principal: &Principal,
    sheet: Uuid,
    (asked, keyed, now): (&AskedLines, &Keyed, Timestamp),
) -> Result<Response, Problem> {
    let sheet = get::find(warehouse, principal, &sheet.to_string()).await?;
    put(&warehouse.db, &sheet, (asked, principal.signature()), (keyed, now)).await
}

/// A product is counted either lot by lot or all lots together: both at once would count some goods twice. `by_lot` says of which it is known.
pub(super) fn refuse_mixed<T: Eq + Hash>(
    by_lot: &mut HashMap<T, bool>,
    lines: impl Iterator<Item = (T, bool)>,
) -> Result<(), Problem> {
    for (product, is_by_lot) in lines {
        if *by_lot.entry(product).or_insert(is_by_lot) != is_by_lot {
            return Err(Problem::conflict("mixed_lots"));
        }
    }
    Ok(())
}
