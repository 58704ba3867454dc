//! What is remembered of the catalogue, to know a mistyped code from a product while nobody can be asked.
//!
//! Invariant: a site, product or sheet it knows was there when the database was last asked.

use std::collections::{HashMap, HashSet};

use domain::ledger::{Draft, Rejection};
use serde::{Deserialize, Serialize};
use store::{
    Db, Result,
    catalog::{self, Position},
    count, site,
};
use uuid::Uuid;

/// Products read at a time.
const CHUNK: i64 = 5000;
/// Open count sheets that are remembered.
const MOST_SHEETS: i64 = 1000;

/// An open count sheet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Sheet {
    /// Code of its site.
    pub(super) site: String,
    /// Whether it is being closed and takes no lines.
    pub(super) is_closing: bool,
}

/// Codes of sites and of products, and the open count sheets.
#[derive(Debug, Default)]
pub(super) struct Goods {
    position: Position,
    sites: HashSet<Box<str>>,
    /// Those that are sold.
    products: HashSet<Box<str>>,
    /// Those that are not sold any more, which are still counted.
    ended: HashSet<Box<str>>,
    sheets: HashMap<Uuid, Sheet>,
    /// Whether it is not kept for another run as it is.
    is_new: bool,
}

/// What changed since.
pub(super) struct News {
    position: Position,
    sites: HashSet<Box<str>>,
    products: Vec<(Box<str>, bool)>,
    sheets: HashMap<Uuid, Sheet>,
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

    /// Whether there is such a product, sold or not.
    pub(super) fn has(&self, sku: &str) -> bool {
        self.products.contains(sku) || self.ended.contains(sku)
    }

    /// The open count sheet of that identity, when it is known.
    pub(super) fn sheet(&self, id: Uuid) -> Option<&Sheet> {
        self.sheets.get(&id)
    }

    pub(super) fn products(&self) -> usize {
        self.products.len()
    }

    pub(super) fn sheets(&self) -> usize {
        self.sheets.len()
    }

    pub(super) const fn position(&self) -> Position {
        self.position
    }

    pub(super) fn learn(&mut self, news: News) {
        self.is_new |= news.position != self.position || news.sites != self.sites || news.sheets != self.sheets;
        (self.position, self.sites, self.sheets) = (news.position, news.sites, news.sheets);
        for (sku, active) in news.products {
            let (to, from) =
                if active { (&mut self.products, &mut self.ended) } else { (&mut self.ended, &mut self.products) };
            from.remove(&sku);
            to.insert(sku);
        }
    }
}

impl Goods {
    /// For another run; `None` when that has it already.
    pub(super) fn take_news(&mut self) -> Option<Vec<u8>> {
        if !std::mem::take(&mut self.is_new) {
            return None;
        }
        serde_json::to_vec(&(&self.sites, &self.products, &self.ended, &self.sheets)).ok()
    }

    /// What was to be kept is not.
    pub(super) fn not_kept(&mut self) {
        self.is_new = true;
    }

    /// What another run kept, also one that knew of no sheets; `None` for what is none of ours. All of it is read again as soon as there is
    /// somebody to ask.
    pub(super) fn kept(bytes: &[u8]) -> Option<Goods> {
        if let Ok((sites, products)) = serde_json::from_slice(bytes) {
            return Some(Goods { sites, products, ..Goods::default() });
        }
        let (sites, products, ended, sheets) = serde_json::from_slice(bytes).ok()?;
        Some(Goods { sites, products, ended, sheets, ..Goods::default() })
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
        let open = count::open(db, MOST_SHEETS).await?;
        let known =
            |sheet: count::OpenSheet| (sheet.id, Sheet { site: sheet.site, is_closing: sheet.closed_at.is_some() });
        Ok(News { position, sites, products, sheets: open.into_iter().map(known).collect() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_another_run_kept_is_read_whichever_version_it_was_of() {
        let before = Goods::kept(br#"[["centro"],["A"]]"#).unwrap();
        assert!(before.is_known() && before.has("A") && before.sheets.is_empty());
        let id = Uuid::from_u128(7);
        let sheet = Sheet { site: "centro".to_owned(), is_closing: false };
        let mut goods = Goods { is_new: true, sheets: HashMap::from([(id, sheet.clone())]), ..before };
        goods.ended.insert("B".into());
        let again = Goods::kept(&goods.take_news().unwrap()).unwrap();
        assert_eq!(
            (again.has("A"), again.has("B"), again.has("C"), again.sheet(id)),
            (true, true, false, Some(&sheet))
        );
        assert!(again.products.contains("A") && !again.products.contains("B"));
    }
}
