//! What is remembered of the catalogue, to know a mistyped code from a product while nobody can be asked.
//!
//! Invariant: a site or product it knows was there when the database was last asked.

use std::collections::HashSet;

use domain::ledger::Draft;
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

    pub(super) fn products(&self) -> usize {
        self.products.len()
    }

    pub(super) const fn position(&self) -> Position {
        self.position
    }

    pub(super) fn learn(&mut self, news: News) {
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
