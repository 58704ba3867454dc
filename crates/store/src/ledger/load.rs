//! Loading the books of a batch, in as few trips to the database as can be: one locks the chains, one tells how things stand.
//!
//! Invariant: the chains are locked before anything else is read, so nothing of it changes before the commit.

pub(super) mod asked;
pub(super) mod chains;
mod earlier;
pub(super) mod lots;
pub(super) mod products;
pub(super) mod standing;

use std::collections::HashSet;

use domain::ledger::{Books, Draft};
use uuid::Uuid;

use super::known::{Heads, Known, Touched};
use crate::{Result, Tx};

/// The day stored for a lot without expiry: later than any real one.
pub(crate) const NEVER: i64 = 9_999_999;

/// What a batch is judged by.
pub(super) struct Loaded {
    pub(super) books: Books,
    /// What it concerns.
    pub(super) touched: Touched,
    /// The chains as they were.
    pub(super) heads: Heads,
}

/// Loads everything that the drafts touch, names it, and locks the chains of their sites.
pub(super) async fn books(tx: &mut Tx, known: &mut Known, drafts: &[&Draft]) -> Result<Loaded> {
    let links: HashSet<Uuid> = drafts.iter().filter_map(|draft| draft.corrects).collect();
    let linked = earlier::sites(tx, &links).await?;
    let sites = drafts.iter().map(|draft| draft.site.as_str()).chain(linked.iter().map(String::as_str));
    let (mut books, heads) = chains::lock(tx, known, sites.collect()).await?;
    earlier::with_links(tx, &links, &mut books).await?;
    products::load(tx, known, drafts, &mut books).await?;
    let (repeated, touched) = standing::load(tx, known, drafts, &mut books).await?;
    if repeated {
        let ids = drafts.iter().map(|draft| draft.id).collect();
        earlier::load(tx, &ids, &mut books).await?;
    }
    lots::load(tx, drafts, &mut books).await?;
    Ok(Loaded { books, touched, heads })
}
