//! What the ledger's writer remembers from one batch to the next, so that it need not be asked for again.
//!
//! Invariant: nothing remembered outlives a change. Whoever changes a product, a place or a closed day moves on the revision
//! of the chains concerned, which wait for that change; whoever posts moves their heads. The writer compares both under the lock
//! of the chain before it believes what it remembers.

mod goods;

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
};

use domain::ledger::{
    Books, Draft,
    books::{Chain, ProductCard, SiteBook},
};

use self::goods::Goods;
use super::{
    watch::{Stood, Watch},
    whole::stands_in,
};
use crate::{Result, Sql, Tx};

/// Products remembered at most; past it all are forgotten and those in use come back with the next batches.
const PRODUCTS: usize = 100_000;

/// (site, product) that a batch concerns, in the order of their keys.
pub(super) type Touched = BTreeSet<(i64, i64)>;

/// What a chain is known by: as long as both stand, nothing that its postings are judged by has changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) chain: Chain,
    pub(super) revision: i64,
}

/// The heads of the chains of a batch by the numbers of their sites.
pub(super) type Heads = BTreeMap<i64, Head>;

/// Sites and products as of the revisions they were read at, and how goods stood at the heads that chains had.
#[derive(Debug, Default)]
pub struct Known {
    sites: HashMap<String, (i64, Arc<SiteBook>)>,
    products: HashMap<Arc<str>, Arc<ProductCard>>,
    goods: Goods,
    /// Told how goods stand after each batch.
    watch: Option<Arc<dyn Watch>>,
}

impl Known {
    /// Forgets what may have changed: a site at another revision than it was read at, and then every product; and how goods
    /// stand there, when its chain has another head.
    pub(super) fn at(&mut self, site: &str, id: i64, revision: i64, head: Chain) {
        if self.sites.get(site).is_none_or(|(known, _)| *known != revision) {
            self.sites.remove(site);
            self.products.clear();
            self.goods.forget(id);
        }
        self.goods.at_head(id, head);
    }

    /// The books of drafts for which sites and products are remembered, and the heads at which that is true; `None` when
    /// something has to be asked for first: a site, a product, a lot by its name, an earlier posting.
    pub(super) fn books(&self, drafts: &[&Draft]) -> Option<(Books, Heads)> {
        let (mut books, mut heads) = (Books::default(), Heads::new());
        for draft in drafts {
            if draft.corrects.is_some() || draft.lines.iter().any(|line| line.lot.is_some()) {
                return None;
            }
            let (revision, site) = self.sites.get(&draft.site)?;
            let head = Head { chain: self.goods.head(site.id)?, revision: *revision };
            heads.insert(site.id, head);
            books.chains.insert(site.id, head.chain);
            books.sites.entry(draft.site.clone()).or_insert_with(|| Arc::clone(site));
            for line in &draft.lines {
                let card = self.products.get(line.sku.as_str())?;
                books.products.entry(line.sku.clone()).or_insert_with(|| Arc::clone(card));
            }
        }
        Some((books, heads))
    }

    pub(super) fn site(&self, code: &str) -> Option<&Arc<SiteBook>> {
        self.sites.get(code).map(|(_, book)| book)
    }

    pub(super) fn learn_site(&mut self, code: String, revision: i64, book: Arc<SiteBook>) {
        self.sites.insert(code, (revision, book));
    }

    pub(super) fn product(&self, sku: &str) -> Option<&Arc<ProductCard>> {
        self.products.get(sku)
    }

    pub(super) fn learn_product(&mut self, card: Arc<ProductCard>) {
        if self.products.len() >= PRODUCTS {
            self.products.clear();
        }
        self.products.insert(Arc::clone(&card.sku), card);
    }

    /// Puts how the product stands at the site into the books, if that is remembered.
    pub(super) fn recall(&self, site: &SiteBook, product: i64, books: &mut Books) -> bool {
        self.goods.recall(site, product, books)
    }

    /// Nothing yet; `watch` is told how goods stand.
    pub(super) fn watched(watch: Arc<dyn Watch>) -> Known {
        Known { watch: Some(watch), ..Known::default() }
    }

    /// Remembers how all goods of a batch stand, now that it is committed; `heads` are those before it.
    pub(super) fn learn_goods(&mut self, touched: &Touched, books: &Books, heads: &Heads) {
        let stands = stands_in(books, touched);
        if let Some(watch) = &self.watch {
            watch.stood(&Stood { books, stands: &stands, heads });
        }
        self.goods.learn(books, stands);
    }
}

/// Makes every writer forget what it remembers, and waits for postings under way. To be called before the change is written.
pub(crate) async fn change_all(tx: &mut Tx) -> Result<()> {
    // In order of their numbers, as the writers do, so that nobody waits in a circle; SQLite has one writer, which is us.
    let moved = Sql::per_backend(
        "UPDATE chain SET revision = revision + 1",
        "UPDATE chain SET revision = revision + 1 WHERE site IN (SELECT site FROM chain ORDER BY site FOR UPDATE)",
    );
    tx.query(moved).run().await.map(drop)
}

/// As [`change_all`], for what only postings of that site are judged by.
pub(crate) async fn change_site(tx: &mut Tx, site: i64) -> Result<()> {
    tx.query("UPDATE chain SET revision = revision + 1 WHERE site = $1").bind(site).run().await.map(drop)
}
