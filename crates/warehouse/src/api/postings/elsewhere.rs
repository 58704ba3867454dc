//! Postings to sites that the caller may not know of.
//!
//! Invariant: they never reach the ledger, and what is said of them is what is said of a site that is not there.

use domain::ledger::{Draft, Outcome, Rejection};
use platform::http::{Principal, Problem};

use super::take;
use crate::state::Warehouse;

/// What becomes of the drafts, in their order: `None` for what is kept until the ledger can be asked.
pub(super) async fn post(
    warehouse: &Warehouse,
    principal: &Principal,
    drafts: Vec<Draft>,
) -> Result<Vec<Option<Outcome>>, Problem> {
    let refused = refused(principal, &drafts).into_iter().map(|refused| refused.map(Some)).collect();
    let own: Vec<Draft> = drafts.into_iter().filter(|draft| principal.sites.includes(&draft.site)).collect();
    let outcomes = if own.is_empty() { Vec::new() } else { take::post(warehouse, own).await? };
    Ok(in_order(refused, outcomes))
}

/// What would become of the drafts, in their order.
pub(super) async fn preview(
    warehouse: &Warehouse,
    principal: &Principal,
    drafts: &[Draft],
) -> Result<Vec<Outcome>, Problem> {
    let refused = refused(principal, drafts);
    let own: Vec<Draft> = drafts.iter().filter(|draft| principal.sites.includes(&draft.site)).cloned().collect();
    let outcomes = if own.is_empty() { Vec::new() } else { take::preview(warehouse, &own).await? };
    Ok(in_order(refused, outcomes))
}

fn refused(principal: &Principal, drafts: &[Draft]) -> Vec<Option<Outcome>> {
    let unknown = |draft: &Draft| Outcome::Rejected(Rejection::UnknownSite { site: draft.site.clone() });
    drafts.iter().map(|draft| (!principal.sites.includes(&draft.site)).then(|| unknown(draft))).collect()
}

fn in_order<T>(refused: Vec<Option<T>>, outcomes: Vec<T>) -> Vec<T> {
    let mut outcomes = outcomes.into_iter();
    refused.into_iter().filter_map(|refused| refused.or_else(|| outcomes.next())).collect()
}
