//! Giving up what did not come of a transfer.
//!
//! Invariant: what is given up is what entered with a receipt less what its lines say; it is told from the ledger, so whoever sends the
//! receipt again, after a crash too, gives up the same, once.

use contracts::approval::{Again, Asked, Passed};
use domain::{
    Quantity,
    ledger::{LineDraft, Movement, Outcome, PostingKind},
};
use platform::http::{Principal, Problem};
use store::{approval::State, ledger::read, transfer::Transfer};
use uuid::Uuid;

use super::receive::{AskedLine, Goods, draft, spread};
use crate::{
    api::{changes, postings::refusal},
    state::Warehouse,
};

/// Loses what entered with that posting beyond these lines. The request by which it waits, when it takes a second person.
pub(super) async fn give_up(
    warehouse: &Warehouse,
    transfer: &Transfer,
    posting: Uuid,
    (lines, principal): (&[AskedLine], &Principal),
) -> Result<Option<Uuid>, Problem> {
    let lost = lost(warehouse, posting, lines).await?;
    if lost.is_empty() {
        return Ok(None);
    }
    let named = (domain::ids::named(posting, "missing"), PostingKind::Loss, posting);
    let draft = draft(warehouse, transfer, principal, named, lost);
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

async fn lost(warehouse: &Warehouse, posting: Uuid, lines: &[AskedLine]) -> Result<Vec<LineDraft>, Problem> {
    let came = read::posting(&warehouse.db, posting).await?;
    let came = came.ok_or_else(|| Problem::bug(format!("receipt {posting} is not there")))?;
    let both = || came.entry.movements.iter().zip(&came.names);
    let goods: Vec<Goods<'_>> = both()
        .map(|(movement, names)| Goods { sku: &movement.sku, lot: names.lot.as_ref(), most: movement.quantity })
        .collect();
    let (there, _) = spread(&goods, lines);
    let line = |((movement, names), there): ((&Movement, &read::NamedMovement), Quantity)| {
        let (sku, lot) = (movement.sku.to_string(), names.lot.clone());
        LineDraft {
            sku,
            quantity: movement.quantity - there,
            lot,
            from: Some(names.to.clone()),
            ..LineDraft::default()
        }
    };
    Ok(both().zip(there).map(line).filter(|line| line.quantity > Quantity::ZERO).collect())
}
