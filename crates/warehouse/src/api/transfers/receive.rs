//! Receiving goods from another site, all of them or some.
//!
//! Invariant: a receipt is written down with the identity of its posting before it is posted; whoever sends it again is told what
//! became of the first.

use axum::{
    extract::{Path, State},
    http::HeaderMap,
    response::Response,
};
use contracts::approval::Together;
use domain::{
    Quantity,
    ledger::{Draft, LineDraft, LotDraft, Outcome, PostingKind, Reference, Rejection},
};
use platform::http::{
    JsonBody, Principal, Problem,
    fields::{Fields, FromFields, boolean, positive_quantity, text, uuid as uuid_field},
    json,
    problem::{FieldError, ProblemDocument},
};
use store::{
    ledger::read,
    location,
    site::{self, Site},
    transfer::{self, Status, Transfer},
};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    create::identity,
    get,
    give_up::{asked_for_all, give_up, loss, said_otherwise},
    settle::settle,
    view::TransferDocument,
};
use crate::{
    api::{
        changes,
        inputs::Positive,
        postings::{draft::lot, refusal},
    },
    state::Warehouse,
};

/// Lines of a request.
const MOST_LINES: usize = 1000;

/// What came.
#[derive(Debug, ToSchema)]
#[schema(as = NewTransferReceipt)]
#[serde(deny_unknown_fields)]
pub struct ReceiveBody {
    /// Identity of the receipt, chosen by the caller; sent again nothing more enters.
    #[schema(nullable)]
    pub id: Option<Uuid>,
    /// What came; everything still on its way when absent.
    #[schema(nullable, max_items = 1000)]
    pub lines: Option<Vec<ReceiveLineBody>>,
    /// Whether what did not come is given up: it is received and written off as lost, and the transfer ends.
    #[schema(nullable)]
    pub write_off_missing: Option<bool>,
}

/// A product that came.
#[derive(Debug, ToSchema)]
#[schema(as = NewTransferReceiptLine)]
#[serde(deny_unknown_fields)]
pub struct ReceiveLineBody {
    /// Code of the product.
    #[schema(min_length = 1, max_length = 64)]
    pub sku: String,
    /// How much, above zero.
    pub quantity: Positive,
    /// Code of the lot; in the order they were sent when absent.
    #[schema(nullable, min_length = 1, max_length = 64)]
    pub lot: Option<String>,
    /// Last day on which the lot may be sold.
    #[schema(nullable, format = Date)]
    pub expires_on: Option<String>,
}

/// A product that came, read.
pub struct AskedLine {
    sku: String,
    quantity: Quantity,
    lot: Option<LotDraft>,
}

/// What came, read.
pub struct Asked {
    id: Option<Uuid>,
    lines: Option<Vec<AskedLine>>,
    write_off_missing: bool,
}

impl FromFields for Asked {
    fn from_fields(fields: &mut Fields<'_>) -> Option<Asked> {
        let line = |fields: &mut Fields<'_>| {
            let sku = fields.required("sku", text(1..=64));
            let quantity = fields.required("quantity", positive_quantity);
            let lot = lot(fields);
            Some(AskedLine { sku: sku?, quantity: quantity?, lot })
        };
        Some(Asked {
            id: fields.optional("id", uuid_field),
            lines: fields.optional_list("lines", 0..=MOST_LINES, line),
            write_off_missing: fields.optional("write_off_missing", boolean).unwrap_or(false),
        })
    }
}

/// Receive goods from another site
///
/// They enter at the value they left with, in proportion. What did not come stays on its way until it comes or is written off. What is
/// written off and is worth more than one person may post alone enters too, and its loss waits for a second person.
#[utoipa::path(
    post,
    path = "/api/v1/transfers/{id}/receive",
    tag = "transfers",
    params(
        ("id" = Uuid, Path, description = "Identity of the transfer"),
        ("Idempotency-Key" = Option<String>, Header, description = "Stands for the id of the receipt when there is none"),
    ),
    request_body = ReceiveBody,
    responses(
        (status = 200, description = "They entered", body = TransferDocument),
        (status = 202, description = "They entered, and the loss of what did not come waits for a second person (at the address in `Location`)", body = TransferDocument),
        (status = 404, description = "There is no such transfer", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 409, description = "Its goods have not left, all of them came, another receipt has this id, or somebody else received them in the same moment", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 422, description = "Something breaks a rule", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub async fn receive(
    State(warehouse): State<Warehouse>,
    principal: Principal,
    Path(id): Path<String>,
    headers: HeaderMap,
    JsonBody(asked): JsonBody<Asked>,
) -> Result<Response, Problem> {
    let known = get::find(&warehouse, &principal, &id).await?;
    if !principal.sites.includes(&known.to_site) {
        // They may look at it, and it is not theirs to receive.
        return Err(Problem::forbidden().log("receives for another site"));
    }
    let own = asked.id.or(identity(&headers, &principal, "receipt"));
    let posting = own.map_or_else(
        || warehouse.ids.next(warehouse.clock.now()),
        |own| domain::ids::named(known.id, &own.to_string()),
    );
    let waiting = match read::posting(&warehouse.db, posting).await? {
        None => post(&warehouse, &known, posting, (&asked, &principal)).await?,
        Some(_) => given_up(&warehouse, &known, posting, (&asked, &principal)).await?,
    };
    // The same one, refused in the moment in which this one entered, may have had it forgotten.
    if transfer::receipt(&warehouse.db, known.id, posting).await?.is_none() {
        begin(&warehouse, known.id, posting, &asked).await?;
    }
    let settled = settle(&warehouse, known.id).await?.ok_or_else(|| Problem::not_found(id.as_str()))?;
    let zone = get::zone_of(&warehouse, &settled).await?;
    let document = TransferDocument::of(&settled, &zone, &warehouse.currency);
    Ok(match waiting {
        Some(request) => json::accepted(&format!("/api/v1/approvals/{request}"), &document),
        None => json::ok(&document),
    })
}

/// What becomes, or became, of what a receipt that stands gives up. Another one under its identity is refused.
async fn given_up(
    warehouse: &Warehouse,
    transfer: &Transfer,
    posting: Uuid,
    (asked, principal): (&Asked, &Principal),
) -> Result<Option<Uuid>, Problem> {
    let said = (asked.lines.as_deref(), asked.write_off_missing);
    if said_otherwise((warehouse, transfer), posting, said, principal).await? {
        return Err(Problem::conflict("id_taken"));
    }
    match asked {
        Asked { write_off_missing: true, lines: Some(lines), .. } => {
            give_up(warehouse, transfer, posting, (lines, principal)).await
        }
        _ => Ok(None),
    }
}

/// Posts what enters, and with it what is given up. The request by which that waits, when it takes a second person.
async fn post(
    warehouse: &Warehouse,
    transfer: &Transfer,
    posting: Uuid,
    (asked, principal): (&Asked, &Principal),
) -> Result<Option<Uuid>, Problem> {
    if transfer.status == Status::Sending {
        return Err(Problem::conflict("not_sent"));
    }
    let site = site::get(&warehouse.db, &transfer.to_site).await?;
    let site = site.ok_or_else(|| Problem::bug(format!("site {} is gone", transfer.to_site)))?;
    let draft = arrival(warehouse, transfer, &site, posting, (asked, principal)).await?;
    if !begin(warehouse, transfer.id, posting, asked).await? {
        return Err(Problem::conflict("id_taken"));
    }
    let lines = asked.lines.as_deref().filter(|_| asked.write_off_missing);
    let loss = lines.and_then(|lines| loss(warehouse, transfer, &draft, (lines, principal)));
    let became = match loss {
        Some(loss) => warehouse.approvals.post_together(&draft, &loss, principal).await?,
        None => alone(warehouse.writer.post(vec![draft]).await?),
    };
    let (outcomes, waiting) = match became {
        Together::Stood => return given_up(warehouse, transfer, posting, (asked, principal)).await,
        Together::Refused(rejection) => {
            forget(warehouse, transfer.id, posting).await?;
            return Err(refused(warehouse, transfer.id, &rejection).await?);
        }
        Together::Posted(outcomes) => (outcomes, None),
        Together::Waits(came, request) => (vec![came], Some(request)),
    };
    changes::tell(&warehouse.events, outcomes.iter().map(|outcome| (site.code.as_str(), outcome)));
    Ok(waiting)
}

/// Writes a receipt down, unless it is; `false` when what is written down under its identity asked for something else.
async fn begin(warehouse: &Warehouse, transfer: Uuid, posting: Uuid, asked: &Asked) -> Result<bool, Problem> {
    let all = asked.lines.is_none();
    let mut tx = warehouse.db.write().await?;
    let begun = transfer::begin_receipt(&mut tx, transfer, posting, Some(all), warehouse.clock.now()).await?;
    tx.commit().await?;
    Ok(begun || asked_for_all(warehouse, transfer, posting).await?.is_none_or(|first| first == all))
}

/// What was refused is not waited for.
async fn forget(warehouse: &Warehouse, transfer: Uuid, posting: Uuid) -> Result<(), Problem> {
    let mut tx = warehouse.db.write().await?;
    transfer::forget_receipt(&mut tx, transfer, posting).await?;
    Ok(tx.commit().await?)
}

/// What became of one from which nothing follows.
fn alone(mut outcomes: Vec<Outcome>) -> Together {
    match outcomes.pop() {
        Some(Outcome::Rejected(rejection)) => Together::Refused(rejection),
        Some(Outcome::Duplicate(_)) => Together::Stood,
        posted => Together::Posted(posted.into_iter().collect()),
    }
}

/// Why goods did not enter. Less was left of them than the document said: somebody else was at it in the same moment, and is told the
/// same as if they had come a moment later.
async fn refused(warehouse: &Warehouse, transfer: Uuid, rejection: &Rejection) -> Result<Problem, Problem> {
    let Rejection::ExceedsOriginal { sku, available, requested, .. } = rejection else {
        return Ok(refusal::problem(rejection, ""));
    };
    let now = settle(warehouse, transfer).await?;
    if now.is_some_and(|now| now.status == Status::Received) {
        return Ok(Problem::conflict("all_received"));
    }
    Ok(taken(sku, *available, *requested))
}

fn taken(sku: &str, available: Quantity, requested: Quantity) -> Problem {
    let problem = Problem::conflict("taken_meanwhile").arg("sku", sku);
    problem.arg("available", available.to_string()).arg("requested", requested.to_string())
}

/// The posting of what enters.
async fn arrival(
    warehouse: &Warehouse,
    transfer: &Transfer,
    site: &Site,
    posting: Uuid,
    (asked, principal): (&Asked, &Principal),
) -> Result<Draft, Problem> {
    let came = came(transfer, asked)?;
    let place = if asked.write_off_missing { Some(receiving_place(warehouse, site).await?) } else { None };
    let line = |(sent, came): (&transfer::Line, &Quantity)| {
        let quantity = if asked.write_off_missing { sent.missing() } else { *came };
        let (sku, lot, line_cost) = (sent.sku.clone(), sent.lot_name.clone(), Some(sent.value_of_next(quantity)));
        let line = LineDraft { sku, quantity, lot, line_cost, to: place.clone(), ..LineDraft::default() };
        (quantity > Quantity::ZERO).then_some(line)
    };
    let lines: Vec<LineDraft> = transfer.lines.iter().zip(&came).filter_map(line).collect();
    if lines.is_empty() {
        return Err(Problem::invalid_field("lines", "nothing_came"));
    }
    let named = (posting, PostingKind::TransferIn, transfer.posting());
    Ok(draft(warehouse, transfer, principal, named, lines))
}

/// A posting at the site that receives. It links to the one its goods come from: the ledger lets no more in than left, nor lose more
/// than came, however many receive at once.
pub(super) fn draft(
    warehouse: &Warehouse,
    transfer: &Transfer,
    principal: &Principal,
    (id, kind, link): (Uuid, PostingKind, Uuid),
    lines: Vec<LineDraft>,
) -> Draft {
    Draft {
        id,
        site: transfer.to_site.clone(),
        kind,
        effective_at: None,
        reference: Reference { kind: "transfer".to_owned(), number: transfer.id.to_string() },
        actor: principal.signature().to_owned(),
        device: String::new(),
        note: transfer.note.clone(),
        corrects: Some(link),
        lines,
        may_back_date: false,
        taken_at: None,
        limits: warehouse.approvals.limits(),
    }
}

/// How much of each line of the transfer came. More than was ever sent is a mistake of the request; more than is left is the state of the
/// transfer, which others may have changed.
fn came(transfer: &Transfer, asked: &Asked) -> Result<Vec<Quantity>, Problem> {
    let lines = asked.lines.as_deref().unwrap_or_default();
    let goods = |most: fn(&transfer::Line) -> Quantity| -> Vec<Goods<'_>> {
        let of = transfer.lines.iter();
        of.map(|sent| Goods { sku: &sent.sku, lot: sent.lot_name.as_ref(), most: most(sent) }).collect()
    };
    let (_, beyond) = spread(&goods(|sent| sent.quantity), lines);
    let beyond: Vec<FieldError> = beyond
        .into_iter()
        .map(|(index, most)| {
            FieldError::new(format!("lines[{index}].quantity"), "more_than_sent").arg("most", most.to_string())
        })
        .collect();
    if !beyond.is_empty() {
        return Err(Problem::invalid(beyond));
    }
    if transfer.status == Status::Received {
        return Err(Problem::conflict("all_received"));
    }
    if asked.lines.is_none() {
        return Ok(transfer.lines.iter().map(transfer::Line::missing).collect());
    }
    let (came, beyond) = spread(&goods(transfer::Line::missing), lines);
    match beyond.first() {
        Some((index, left)) => Err(taken(&lines[*index].sku, *left, lines[*index].quantity)),
        None => Ok(came),
    }
}

/// Goods that were sent or that came, and how much of them.
pub(super) struct Goods<'a> {
    pub(super) sku: &'a str,
    pub(super) lot: Option<&'a LotDraft>,
    pub(super) most: Quantity,
}

/// What was asked for, spread over goods, each of which takes up to its `most`. Of what does not fit, its place in the request and how
/// much of it does.
pub(super) fn spread(goods: &[Goods<'_>], lines: &[AskedLine]) -> (Vec<Quantity>, Vec<(usize, Quantity)>) {
    let (mut came, mut beyond) = (vec![Quantity::ZERO; goods.len()], Vec::new());
    for (index, line) in lines.iter().enumerate() {
        let mut left = line.quantity;
        for (sent, came) in goods.iter().zip(&mut came).filter(|(sent, _)| line.is_of(sent)) {
            let part = left.min(sent.most - *came);
            *came += part;
            left -= part;
        }
        if left > Quantity::ZERO {
            beyond.push((index, line.quantity - left));
        }
    }
    (came, beyond)
}

impl AskedLine {
    /// Whether it can be those goods.
    fn is_of(&self, sent: &Goods<'_>) -> bool {
        let lot = match (&self.lot, sent.lot) {
            (None, _) => true,
            (Some(asked), Some(sent)) => {
                asked.code == sent.code && (asked.expires_on.is_none() || asked.expires_on == sent.expires_on)
            }
            (Some(_), None) => false,
        };
        sent.sku == self.sku && lot
    }
}

/// Where a site receives goods: the place it says, else its first.
async fn receiving_place(warehouse: &Warehouse, site: &Site) -> Result<String, Problem> {
    if let Some(code) = &site.receive_at {
        return Ok(code.clone());
    }
    let places = location::list(&warehouse.db, site.id).await?;
    let first = places.into_iter().find(|place| place.kind == domain::ledger::LocationKind::Internal);
    Ok(first.ok_or_else(|| Problem::bug(format!("site {} has no place", site.code)))?.code)
}
