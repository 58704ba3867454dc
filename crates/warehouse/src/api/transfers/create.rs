//! Sending goods to another site.
//!
//! Invariant: written down first, posted second, settled third; sent again with the same identity (or idempotency key) it goes on
//! where it stopped.

use axum::{
    extract::State,
    http::{HeaderMap, header},
    response::Response,
};
use domain::ledger::{Draft, Limits, LineDraft, Outcome, PostingKind, Reference};
use platform::http::{
    JsonBody, Principal, Problem,
    etag::etag,
    fields::{Fault, Fields, FromFields, paragraph, positive_quantity, text, uuid as uuid_field},
    idempotency, json,
    problem::ProblemDocument,
};
use store::{
    site::Site,
    transfer::{self, NewTransfer},
};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{settle::settle, view::TransferDocument};
use crate::{
    api::{
        changes,
        inputs::Positive,
        places,
        postings::{draft::lot, refusal},
    },
    state::Warehouse,
};

/// Lines of a request.
const MOST_LINES: usize = 1000;

/// Goods to send.
#[derive(Debug, ToSchema)]
#[schema(as = NewTransfer)]
#[serde(deny_unknown_fields)]
pub struct TransferBody {
    /// Chosen by the caller; sent again nothing more leaves.
    #[schema(nullable)]
    pub id: Option<Uuid>,
    /// Code of the site they leave.
    #[schema(min_length = 1, max_length = 64)]
    pub from_site: String,
    /// Code of the site they go to.
    #[schema(min_length = 1, max_length = 64)]
    pub to_site: String,
    /// Free words.
    #[schema(nullable, max_length = 500)]
    pub note: Option<String>,
    /// What is sent.
    #[schema(min_items = 1, max_items = 1000)]
    pub lines: Vec<TransferLineBody>,
}

/// A product to send.
#[derive(Debug, ToSchema)]
#[schema(as = NewTransferLine)]
#[serde(deny_unknown_fields)]
pub struct TransferLineBody {
    /// Code of the product.
    #[schema(min_length = 1, max_length = 64)]
    pub sku: String,
    /// How much, above zero.
    pub quantity: Positive,
    /// Location it leaves.
    #[schema(nullable, min_length = 1, max_length = 64)]
    pub from: Option<String>,
    /// Code of the lot; when absent, what expires first leaves first.
    #[schema(nullable, min_length = 1, max_length = 64)]
    pub lot: Option<String>,
    /// Last day on which the lot may be sold.
    #[schema(nullable, format = Date)]
    pub expires_on: Option<String>,
}

/// Goods to send, read.
pub struct Asked {
    id: Option<Uuid>,
    from_site: String,
    to_site: String,
    note: String,
    lines: Vec<LineDraft>,
}

impl FromFields for Asked {
    fn from_fields(fields: &mut Fields<'_>) -> Option<Asked> {
        let id = fields.optional("id", uuid_field);
        let from_site = fields.required("from_site", text(1..=64));
        let to_site = fields.required("to_site", text(1..=64));
        let note = fields.optional("note", paragraph(0..=500)).unwrap_or_default();
        let lines = fields.list("lines", 1..=MOST_LINES, line);
        if from_site.is_some() && from_site == to_site {
            return fields.fail("to_site", Fault::new("same_site"));
        }
        Some(Asked { id, from_site: from_site?, to_site: to_site?, note, lines: lines? })
    }
}

fn line(fields: &mut Fields<'_>) -> Option<LineDraft> {
    let sku = fields.required("sku", text(1..=64));
    let quantity = fields.required("quantity", positive_quantity);
    let from = fields.optional("from", text(1..=64));
    let lot = lot(fields);
    Some(LineDraft { sku: sku?, quantity: quantity?, from, lot, ..LineDraft::default() })
}

/// Send goods to another site
///
/// They leave with their value and are on their way until the other site receives them.
#[utoipa::path(
    post,
    path = "/api/v1/transfers",
    tag = "transfers",
    params(("Idempotency-Key" = Option<String>, Header, description = "Stands for the id when there is none")),
    request_body = TransferBody,
    responses(
        (status = 201, description = "They left", body = TransferDocument),
        (status = 409, description = "There is not enough, or another transfer has this id", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 422, description = "Something breaks a rule", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub async fn create(
    State(warehouse): State<Warehouse>,
    principal: Principal,
    headers: HeaderMap,
    JsonBody(asked): JsonBody<Asked>,
) -> Result<Response, Problem> {
    let from = places::site_at(&warehouse.db, &principal, "from_site", &asked.from_site).await?;
    // Whoever may send from one site may name any other: goods go where they are needed.
    let to = places::destination(&warehouse.db, "to_site", &asked.to_site).await?;
    let now = warehouse.clock.now();
    let id = asked.id.or(identity(&headers, &principal, "transfer")).unwrap_or_else(|| warehouse.ids.next(now));
    begin(&warehouse, id, (&from, &to), (&asked, &principal)).await?;
    let outcome = warehouse.writer.post(vec![draft(id, asked, &principal)]).await?.pop();
    let outcome = outcome.ok_or_else(|| Problem::bug("no outcome"))?;
    if let Outcome::Rejected(rejection) = &outcome {
        let mut tx = warehouse.db.write().await?;
        transfer::forget(&mut tx, id).await?;
        tx.commit().await?;
        return Err(refusal::problem(rejection, ""));
    }
    changes::tell(&warehouse.events, [(from.code.as_str(), &outcome)].into_iter());
    let sent = settle(&warehouse, id).await?.ok_or_else(|| Problem::bug("a transfer was posted and is gone"))?;
    let document = TransferDocument::of(&sent, &from.zone, &warehouse.currency);
    let mut response = json::created(&format!("/api/v1/transfers/{id}"), &document);
    response.headers_mut().insert(header::ETAG, etag(sent.version));
    Ok(response)
}

/// The identity that an idempotency key stands for.
pub fn identity(headers: &HeaderMap, principal: &Principal, what: &str) -> Option<Uuid> {
    let key = headers.get(idempotency::KEY)?.to_str().ok().filter(|key| !key.is_empty())?;
    Some(domain::ids::named(Uuid::NAMESPACE_OID, &format!("{what} {} {key}", principal.key_id)))
}

async fn begin(
    warehouse: &Warehouse,
    id: Uuid,
    (from, to): (&Site, &Site),
    (asked, principal): (&Asked, &Principal),
) -> Result<(), Problem> {
    let (note, actor) = (asked.note.clone(), principal.signature().to_owned());
    let new = NewTransfer { id, from_site: from.id, to_site: to.id, note, actor };
    let mut tx = warehouse.db.write().await?;
    let known = transfer::begin(&mut tx, &new, warehouse.clock.now()).await?;
    if (&known.from_site, &known.to_site, &known.note) != (&from.code, &to.code, &new.note) {
        return Err(Problem::conflict("id_taken"));
    }
    Ok(tx.commit().await?)
}

fn draft(id: Uuid, asked: Asked, principal: &Principal) -> Draft {
    Draft {
        id: transfer::posting_of(id),
        site: asked.from_site,
        kind: PostingKind::TransferOut,
        effective_at: None,
        reference: Reference { kind: "transfer".to_owned(), number: id.to_string() },
        actor: principal.signature().to_owned(),
        device: String::new(),
        note: asked.note,
        corrects: None,
        lines: asked.lines,
        may_back_date: false,
        taken_at: None,
        limits: Limits::NONE,
    }
}
