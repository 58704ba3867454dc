//! Giving up what did not come of a transfer.
//!
//! Invariant: what is given up is what entered with a receipt less what its lines say. It is lost, or asked for, in the commit in which the
//! rest enters; told from the ledger it is the same, so whoever sends the receipt again gives it up once.

use contracts::approval::{Again, Asked, Passed};
use domain::{
    Quantity,
    ledger::{Draft, LineDraft, LotDraft, Outcome, PostingKind, canonical},
};
use platform::http::{Principal, Problem};
use store::{
    approval::State,
    ledger::read::{self, NamedPosting},
    transfer::{self, Transfer},
};
use uuid::Uuid;

use super::receive::{AskedLine, Goods, draft, spread};
use crate::{
    api::{changes, postings::refusal},
    state::Warehouse,
};

/// Something that entered.
struct Came<'a> {
    sku: &'a str,
    lot: Option<&'a LotDraft>,
    quantity: Quantity,
    place: &'a str,
}

/// The posting that loses what enters with an arrival beyond these lines; `None` when nothing does.
pub(super) fn loss(
    warehouse: &Warehouse,
    transfer: &Transfer,
    arrival: &Draft,
    (lines, principal): (&[AskedLine], &Principal),
) -> Option<Draft> {
    let came = arrival.lines.iter().map(|line| Came {
        sku: &line.sku,
        lot: line.lot.as_ref(),
        quantity: line.quantity,
        place: line.to.as_deref().unwrap_or_default(),
    });
    losing((warehouse, transfer), principal, arrival.id, missing(&came.collect::<Vec<_>>(), lines))
}

/// Loses what entered with that posting beyond these lines. The request by which it waits, when it takes a second person.
pub(super) async fn give_up(
    warehouse: &Warehouse,
    transfer: &Transfer,
    posting: Uuid,
    (lines, principal): (&[AskedLine], &Principal),
) -> Result<Option<Uuid>, Problem> {
    let lost = missing(&came(&arrived(warehouse, posting).await?), lines);
    let Some(draft) = losing((warehouse, transfer), principal, posting, lost) else { return Ok(None) };
    let outcomes = warehouse.writer.post(vec![draft.clone()]).await?;
    let outcome = outcomes.into_iter().next().ok_or_else(|| Problem::bug("a posting without an outcome"))?;
    changes::tell(&warehouse.events, std::iter::once((draft.site.as_str(), &outcome)));
    let decided = match Passed::of(&outcome) {
        None => outcome,
        Some(passed) => match warehouse.approvals.ask(&draft, passed, Some(principal), Again::No).await? {
            Asked::Waits(request) => return Ok((request.state == State::Pending).then_some(request.id)),
            Asked::Decided(outcome) => outcome,
        },
    };
    match decided {
        Outcome::Rejected(rejection) => Err(refusal::problem(&rejection, "")),
        Outcome::Posted(_) | Outcome::Duplicate(_) => Ok(None),
    }
}

fn losing(
    (warehouse, transfer): (&Warehouse, &Transfer),
    principal: &Principal,
    arrival: Uuid,
    lost: Vec<LineDraft>,
) -> Option<Draft> {
    let named = (loss_of(arrival), PostingKind::Loss, arrival);
    (!lost.is_empty()).then(|| draft(warehouse, transfer, principal, named, lost))
}

/// Whether a receipt that stands said something else when it was first sent: other goods, or giving up others. `lines` are nothing when all
/// that was on its way is said to have come.
pub(super) async fn said_otherwise(
    (warehouse, transfer): (&Warehouse, &Transfer),
    posting: Uuid,
    (lines, write_off_missing): (Option<&[AskedLine]>, bool),
    principal: &Principal,
) -> Result<bool, Problem> {
    let arrived = arrived(warehouse, posting).await?;
    let came = came(&arrived);
    let mut lost = None;
    if let Some(lines) = lines {
        let (there, beyond) = spread(&goods(&came), lines);
        let is_all = came.iter().map(|came| came.quantity).eq(there);
        if !beyond.is_empty() || !(is_all || write_off_missing) {
            return Ok(true);
        }
        lost = losing((warehouse, transfer), principal, posting, missing(&came, lines));
    } else if asked_for_all(warehouse, transfer.id, posting).await? == Some(false) {
        return Ok(true);
    }
    Ok(first_lost(warehouse, posting).await? != lost.as_ref().map(canonical::draft_digest))
}

/// Whether a receipt was asked for without lines; `None` when that was not written down.
pub(super) async fn asked_for_all(
    warehouse: &Warehouse,
    transfer: Uuid,
    posting: Uuid,
) -> Result<Option<bool>, Problem> {
    Ok(transfer::receipt(&warehouse.db, transfer, posting).await?.and_then(|receipt| receipt.took_all))
}

/// What was lost with a receipt, or was asked for, as a digest.
async fn first_lost(warehouse: &Warehouse, arrival: Uuid) -> Result<Option<[u8; 32]>, Problem> {
    let loss = loss_of(arrival);
    if let Some(lost) = read::posting(&warehouse.db, loss).await? {
        return Ok(Some(lost.entry.digest));
    }
    Ok(warehouse.approvals.of_posting(loss).await?.map(|request| request.digest))
}

/// The posting that loses what a receipt gives up.
fn loss_of(arrival: Uuid) -> Uuid {
    domain::ids::named(arrival, "missing")
}

async fn arrived(warehouse: &Warehouse, posting: Uuid) -> Result<NamedPosting, Problem> {
    let arrived = read::posting(&warehouse.db, posting).await?;
    arrived.ok_or_else(|| Problem::bug(format!("receipt {posting} is not there")))
}

/// What entered with a posting.
fn came(arrived: &NamedPosting) -> Vec<Came<'_>> {
    let both = arrived.entry.movements.iter().zip(&arrived.names);
    let came = both.map(|(movement, names)| Came {
        sku: &movement.sku,
        lot: names.lot.as_ref(),
        quantity: movement.quantity,
        place: &names.to,
    });
    came.collect()
}

fn goods<'c>(came: &[Came<'c>]) -> Vec<Goods<'c>> {
    came.iter().map(|came| Goods { sku: came.sku, lot: came.lot, most: came.quantity }).collect()
}

/// What came beyond these lines.
fn missing(came: &[Came<'_>], lines: &[AskedLine]) -> Vec<LineDraft> {
    let (there, _) = spread(&goods(came), lines);
    let line = |(came, there): (&Came<'_>, Quantity)| LineDraft {
        sku: came.sku.to_owned(),
        quantity: came.quantity - there,
        lot: came.lot.cloned(),
        from: Some(came.place.to_owned()),
        ..LineDraft::default()
    };
    came.iter().zip(there).map(line).filter(|line| line.quantity > Quantity::ZERO).collect()
}
