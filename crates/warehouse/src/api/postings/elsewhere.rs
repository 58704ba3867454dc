//! Postings to sites that the caller may not know of.
//!
//! Invariant: they never reach the ledger, and what is said of them is what is said of a site that is not there.

use domain::ledger::{Draft, Outcome, Rejection};
use platform::http::{Principal, Problem};

use crate::state::Warehouse;

/// What becomes of the drafts, in their order.
pub(super) async fn post(
    warehouse: &Warehouse,
    principal: &Principal,
    drafts: Vec<Draft>,
) -> Result<Vec<Outcome>, Problem> {
    let refused = refused(principal, &drafts);
    if refused.iter().all(Option::is_none) {
        return Ok(warehouse.stock.post(drafts).await?);
    }
    let own: Vec<Draft> = drafts.into_iter().filter(|draft| principal.sites.includes(&draft.site)).collect();
    let outcomes = if own.is_empty() { Vec::new() } else { warehouse.stock.post(own).await? };
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
    let outcomes = if own.is_empty() { Vec::new() } else { warehouse.stock.preview(&own).await? };
    Ok(in_order(refused, outcomes))
}

fn refused(principal: &Principal, drafts: &[Draft]) -> Vec<Option<Outcome>> {
    let unknown = |draft: &Draft| Outcome::Rejected(Rejection::UnknownSite { site: draft.site.clone() });
    drafts.iter().map(|draft| (!principal.sites.includes(&draft.site)).then(|| unknown(draft))).collect()
}

fn in_order(refused: Vec<Option<Outcome>>, outcomes: Vec<Outcome>) -> Vec<Outcome> {
    let mut outcomes = outcomes.into_iter();
    refused.into_iter().filter_map(|refused| refused.or_else(|| outcomes.next())).collect()
}
