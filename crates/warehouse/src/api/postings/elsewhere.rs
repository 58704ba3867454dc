//! Postings to sites that the caller may not know of.
//!
//! Invariant: they never reach the ledger, and what is said of them is what is said of a site that is not there.

use contracts::approval::{Again, Asked, Passed};
use domain::ledger::{Draft, Limits, Outcome, Rejection};
use platform::http::{Principal, Problem};
use uuid::Uuid;

use super::take;
use crate::state::Warehouse;

/// What became of a draft.
#[derive(Debug)]
pub(super) enum Became {
    /// The ledger decided.
    Decided(Outcome),
    /// It is kept until the ledger can be asked.
    Kept,
    /// It waits for a second person, as the request of that identity.
    Waits(Uuid),
}

/// What becomes of the drafts, in their order.
pub(super) async fn post(
    warehouse: &Warehouse,
    principal: &Principal,
    drafts: &[Draft],
) -> Result<Vec<Became>, Problem> {
    let refused = refused(principal, drafts).into_iter().map(|refused| refused.map(Became::Decided)).collect();
    let own: Vec<&Draft> = drafts.iter().filter(|draft| principal.sites.includes(&draft.site)).collect();
    let mut became = Vec::with_capacity(own.len());
    if !own.is_empty() {
        let outcomes = take::post(warehouse, own.iter().copied().cloned().collect()).await?;
        for (draft, outcome) in own.into_iter().zip(outcomes) {
            became.push(match outcome {
                Some(outcome) => settled(warehouse, principal, draft, outcome).await?,
                None => Became::Kept,
            });
        }
    }
    Ok(in_order(refused, became))
}

/// What takes a second person is asked of one.
async fn settled(
    warehouse: &Warehouse,
    principal: &Principal,
    draft: &Draft,
    outcome: Outcome,
) -> Result<Became, Problem> {
    let Some(passed) = Passed::of(&outcome) else { return Ok(Became::Decided(outcome)) };
    Ok(match warehouse.approvals.ask(draft, passed, Some(principal), Again::No).await? {
        Asked::Waits(approval) => Became::Waits(approval.id),
        Asked::Decided(outcome) => Became::Decided(outcome),
    })
}

/// What would become of a draft.
#[derive(Debug)]
pub(super) struct Previewed {
    pub(super) outcome: Outcome,
    /// Whether it would have to wait for a second person first.
    pub(super) would_wait: bool,
}

/// What would become of the drafts, in their order.
pub(super) async fn preview(
    warehouse: &Warehouse,
    principal: &Principal,
    drafts: &[Draft],
) -> Result<Vec<Previewed>, Problem> {
    let at_once = |outcome| Previewed { outcome, would_wait: false };
    let refused = refused(principal, drafts).into_iter().map(|refused| refused.map(at_once)).collect();
    let mut own: Vec<Draft> = drafts.iter().filter(|draft| principal.sites.includes(&draft.site)).cloned().collect();
    if own.is_empty() {
        return Ok(in_order(refused, Vec::new()));
    }
    let mut outcomes = take::preview(warehouse, &own).await?;
    let waits: Vec<bool> = outcomes.iter().map(|outcome| Passed::of(outcome).is_some()).collect();
    if waits.contains(&true) {
        // What they would do once let through.
        own.iter_mut().zip(&waits).filter(|(_, waits)| **waits).for_each(|(draft, _)| draft.limits = Limits::NONE);
        outcomes = take::preview(warehouse, &own).await?;
    }
    let previewed = outcomes.into_iter().zip(waits).map(|(outcome, would_wait)| Previewed { outcome, would_wait });
    Ok(in_order(refused, previewed.collect()))
}

fn refused(principal: &Principal, drafts: &[Draft]) -> Vec<Option<Outcome>> {
    let unknown = |draft: &Draft| Outcome::Rejected(Rejection::UnknownSite { site: draft.site.clone() });
    drafts.iter().map(|draft| (!principal.sites.includes(&draft.site)).then(|| unknown(draft))).collect()
}

fn in_order<T>(refused: Vec<Option<T>>, outcomes: Vec<T>) -> Vec<T> {
    let mut outcomes = outcomes.into_iter();
    refused.into_iter().filter_map(|refused| refused.or_else(|| outcomes.next())).collect()
}
