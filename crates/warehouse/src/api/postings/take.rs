//! Having the ledger take postings, whoever asked for them.
//!
//! Invariant: whoever listens is told of what was posted, and transfers follow what was corrected, whichever way it came.

use std::collections::BTreeSet;

use domain::ledger::{Draft, Outcome, PostingKind};
use platform::{http::Problem, telemetry};
use store::ledger::commit;
use uuid::Uuid;

use crate::{
    api::{changes, transfers::settle},
    journal::Took,
    state::Warehouse,
};

/// Products, sites and kinds that a trace names.
const MOST_TRACED: usize = 10;

/// Asks the ledger, or has the journal keep them while it cannot be asked: `None` for what is kept.
pub(crate) async fn post(warehouse: &Warehouse, drafts: Vec<Draft>) -> Result<Vec<Option<Outcome>>, Problem> {
    trace(&drafts);
    let sites: Vec<String> = drafts.iter().map(|draft| draft.site.clone()).collect();
    let corrected: Vec<Option<Uuid>> = drafts.iter().map(corrected).collect();
    let took = match &warehouse.journal {
        Some(journal) => journal.post(drafts).await?,
        None => Took::Decided(warehouse.writer.post(drafts).await?),
    };
    let outcomes = match took {
        Took::Decided(outcomes) => outcomes,
        Took::Kept(refused) => return Ok(refused),
    };
    changes::tell(&warehouse.events, sites.iter().map(String::as_str).zip(&outcomes));
    for (corrected, outcome) in corrected.into_iter().zip(&outcomes) {
        if let (Some(corrected), Outcome::Posted(_)) = (corrected, outcome) {
            settle::follow(&warehouse.db, warehouse.clock.as_ref(), corrected).await;
        }
    }
    Ok(outcomes.into_iter().map(Some).collect())
}

/// What a trace says of postings: of which kinds they are, at which sites, of which products.
fn trace(drafts: &[Draft]) {
    if !telemetry::is_traced() {
        return;
    }
    let few = |words: BTreeSet<&str>| words.into_iter().take(MOST_TRACED).collect::<Vec<_>>().join(",");
    telemetry::attribute("posting.kind", few(drafts.iter().map(|draft| draft.kind.name()).collect()));
    telemetry::attribute("site.id", few(drafts.iter().map(|draft| draft.site.as_str()).collect()));
    let items = drafts.iter().flat_map(|draft| &draft.lines).map(|line| line.sku.as_str());
    telemetry::attribute("item.id", few(items.collect()));
}

fn corrected(draft: &Draft) -> Option<Uuid> {
    draft.corrects.filter(|_| draft.kind == PostingKind::Correction)
}

/// Takes what another role of ours asks for. What one person may post alone is for the warehouse to say, whatever a draft says.
pub(crate) async fn post_for_role(
    warehouse: &Warehouse,
    mut drafts: Vec<Draft>,
) -> Result<Vec<Option<Outcome>>, Problem> {
    limit(warehouse, &mut drafts);
    post(warehouse, drafts).await
}

/// What would become of those, for another role of ours.
pub(crate) async fn preview_for_role(warehouse: &Warehouse, drafts: &[Draft]) -> Result<Vec<Outcome>, Problem> {
    let mut drafts = drafts.to_vec();
    limit(warehouse, &mut drafts);
    preview(warehouse, &drafts).await
}

fn limit(warehouse: &Warehouse, drafts: &mut [Draft]) {
    let limits = warehouse.approvals.limits();
    drafts.iter_mut().for_each(|draft| draft.limits = limits);
}

/// What would become of them.
pub(crate) async fn preview(warehouse: &Warehouse, drafts: &[Draft]) -> Result<Vec<Outcome>, Problem> {
    let drafts: Vec<&Draft> = drafts.iter().collect();
    Ok(commit::preview(&warehouse.db, &drafts, warehouse.clock.now()).await?)
}
