//! Giving up what did not come of a transfer.
//!
//! Invariant: what is given up is what entered with a receipt less what its lines say. It is lost, or asked for, in the commit in which the
//! rest enters; told from the ledger it is the same, so whoever sends the receipt again gives it up once.

use contracts::approval::{Again, Asked, Passed};
use domain::{
    Quantity,
    ledger::{Draft, LineDraft, LotDraft, Outcome, PostingKind},
};
use platform::http::{Principal, Problem};
use store::{approval::State, ledger::read, transfer::Transfer};
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
    let lost = lost(warehouse, posting, lines).await?;
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
    let named = (domain::ids::named(arrival, "missing"), PostingKind::Loss, arrival);
    (!lost.is_empty()).then(|| draft(warehouse, transfer, principal, named, lost))
}

async fn lost(warehouse: &Warehouse, posting: Uuid, lines: &[AskedLine]) -> Result<Vec<LineDraft>, Problem> {
    let came = read::posting(&warehouse.db, posting).await?;
    let came = came.ok_or_else(|| Problem::bug(format!("receipt {posting} is not there")))?;
    let both = came.entry.movements.iter().zip(&came.names);
    let came: Vec<Came<'_>> = both
        .map(|(movement, names)| Came {
            sku: &movement.sku,
            lot: names.lot.as_ref(),
            quantity: movement.quantity,
            place: &names.to,
        })
        .collect();
    Ok(missing(&came, lines))
}

/// What came beyond these lines.
fn missing(came: &[Came<'_>], lines: &[AskedLine]) -> Vec<LineDraft> {
    let goods: Vec<Goods<'_>> =
        came.iter().map(|came| Goods { sku: came.sku, lot: came.lot, most: came.quantity }).collect();
    let (there, _) = spread(&goods, lines);
    let line = |(came, there): (&Came<'_>, Quantity)| LineDraft {
        sku: came.sku.to_owned(),
        quantity: came.quantity - there,
        lot: came.lot.cloned(),
        from: Some(came.place.to_owned()),
        ..LineDraft::default()
    };
    came.iter().zip(there).map(line).filter(|line| line.quantity > Quantity::ZERO).collect()
}
