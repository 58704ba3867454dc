//! What is remembered of the catalogue, to know a mistyped code from a product while nobody can be asked.
//!
//! Invariant: a site or product it knows was there when the database was last asked.

use std::collections::HashSet;

use domain::ledger::{Draft, Rejection};
use store::{
    Db, Result,
    catalog::{self, Position},
    site,
};

/// Products read at a time.
const CHUNK: i64 = 5000;

/// Codes of sites and of products that are sold.
#[derive(Debug, Default)]
pub(super) struct Goods {
    position: Position,
    sites: HashSet<Box<str>>,
    products: HashSet<Box<str>>,
    /// Whether it is not kept for another run as it is.
    is_new: bool,
}

/// What changed since.
pub(super) struct News {
    position: Position,
    sites: HashSet<Box<str>>,
    products: Vec<(Box<str>, bool)>,
}

impl Goods {
    pub(super) fn knows_all(&self, drafts: &[Draft]) -> bool {
        let knows = |draft: &Draft| {
            self.sites.contains(draft.site.as_str())
                && draft.lines.iter().all(|line| self.products.contains(line.sku.as_str()))
        };
        drafts.iter().all(knows)
    }

    /// Whether the database was ever asked, by this run or the one before.
    pub(super) fn is_known(&self) -> bool {
        !self.sites.is_empty()
    }

    /// What a posting names that was not there when the database was last asked.
    pub(super) fn missing(&self, draft: &Draft) -> Option<Rejection> {
        if !self.sites.contains(draft.site.as_str()) {
            return Some(Rejection::UnknownSite { site: draft.site.clone() });
        }
        let line = draft.lines.iter().position(|line| !self.products.contains(line.sku.as_str()))?;
        Some(Rejection::UnknownProduct { line, sku: draft.lines[line].sku.clone() })
    }

    pub(super) fn products(&self) -> usize {
        self.products.len()
    }

    pub(super) const fn position(&self) -> Position {
        self.position
    }

    pub(super) fn learn(&mut self, news: News) {
        self.is_new |= news.position != self.position || news.sites != self.sites;
        (self.position, self.sites) = (news.position, news.sites);
        for (sku, active) in news.products {
            if active {
                self.products.insert(sku);
            } else {
                self.products.remove(&sku);
            }
        }
    }
}

impl Goods {
    /// For another run; `None` when that has it already.
    pub(super) fn take_news(&mut self) -> Option<Vec<u8>> {
        if !std::mem::take(&mut self.is_new) {
            return None;
        }
        serde_json::to_vec(&(&self.sites, &self.products)).ok()
    }

    /// What was to be kept is not.
    pub(super) fn not_kept(&mut self) {
        self.is_new = true;
    }

    /// What another run kept; `None` for what is none of ours. All of it is read again as soon as there is somebody to ask.
    pub(super) fn kept(bytes: &[u8]) -> Option<Goods> {
        let (sites, products) = serde_json::from_slice(bytes).ok()?;
        Some(Goods { sites, products, ..Goods::default() })
    }
}

impl News {
    /// Since that position. A renamed product is found under both codes, which is no harm.
    pub(super) async fn since(db: &Db, mut position: Position) -> Result<News> {
        let sites = site::list(db).await?.into_iter().map(|site| site.code.into_boxed_str()).collect();
        let newest = catalog::newest(db).await?;
        let mut products = Vec::new();
        while position.changed < newest {
            let entries = catalog::changed_since(db, position, CHUNK).await?;
            let Some(last) = entries.last() else { break };
            position = Position { changed: last.changed, id: last.id };
            products.extend(entries.into_iter().map(|entry| (entry.sku.into_boxed_str(), entry.active == 1)));
        }
        position.changed = position.changed.max(newest);
        Ok(News { position, sites, products })
    }
}
