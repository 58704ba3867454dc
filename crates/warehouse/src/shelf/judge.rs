//! Whether a posting could be written as things were last known.
//!
//! Invariant: the rules are the ledger's own, over the books as they are remembered after everything that waits already. What two people
//! have to consent to, and what refers to an earlier posting, is not decided here.

use std::{collections::HashSet, sync::Arc};

use domain::{
    Timestamp,
    ledger::{
        Batch, Books, Draft, Limits, Outcome, Rejection,
        books::{Chain, ProductCard, SiteBook},
    },
};
use store::ledger::whole::{Stand, stand_in};

use super::{FIRST_OWN_LOT, Held, Shelf, is_too_old};

/// What is to be said of a posting.
#[derive(Debug, PartialEq, Eq)]
pub enum Judged {
    /// It would be written, and is counted in from here on.
    Fits,
    /// The ledger would refuse it.
    Refused(Rejection),
    /// Too little is remembered to say.
    Unknown,
}

/// How the products of some postings stood after what waited, before those were judged.
#[derive(Debug, Default)]
pub struct Before(Vec<((i64, i64), Option<Stand>)>);

impl Shelf {
    /// What judging these may change.
    pub fn before(&self, drafts: &[Draft]) -> Before {
        if !self.0.is_used {
            return Before::default();
        }
        let held = self.read();
        let of = |draft: &Draft| {
            let (site, cards) = held.known(draft)?;
            Some(cards.into_iter().map(move |card| (site.id, card.id)).collect::<Vec<_>>())
        };
        let keys: HashSet<(i64, i64)> = drafts.iter().filter_map(of).flatten().collect();
        Before(keys.into_iter().map(|key| (key, held.ahead.get(&key).cloned())).collect())
    }

    /// What was judged is not kept after all.
    pub fn put_back(&self, before: Before) {
        if before.0.is_empty() {
            return;
        }
        let mut held = self.write();
        for (key, stand) in before.0 {
            match stand {
                Some(stand) => held.ahead.insert(key, stand),
                None => held.ahead.remove(&key),
            };
        }
    }

    /// Judges a posting that is to wait in the journal.
    pub fn judge(&self, draft: &Draft) -> Judged {
        if !self.0.is_used || draft.corrects.is_some() {
            return Judged::Unknown;
        }
        let (now, mut held) = (self.0.clock.now(), self.write());
        // What was true too long ago keeps nobody from selling what is in their hands.
        if held.as_of.is_some_and(|as_of| is_too_old(as_of, now)) {
            return Judged::Unknown;
        }
        held.judge(draft, now)
    }
}

impl Held {
    fn judge(&mut self, draft: &Draft, now: Timestamp) -> Judged {
        let Some((site, cards)) = self.known(draft) else { return Judged::Unknown };
        let books = self.books(draft, &site, &cards);
        let mut batch = Batch::new(books, now);
        // As it would be online: only what was taken already may leave less than nothing.
        let alone = Draft { limits: Limits::NONE, taken_at: None, ..draft.clone() };
        match batch.apply(&alone) {
            Outcome::Rejected(rejection) => Judged::Refused(rejection),
            Outcome::Posted(_) | Outcome::Duplicate(_) => {
                let (effects, books) = batch.finish();
                self.own_lots += i64::try_from(effects.lots.len()).unwrap_or_default();
                self.lots.extend(effects.lots.into_iter().map(|lot| (lot.id, lot)));
                for card in &cards {
                    self.ahead.insert((site.id, card.id), stand_in(&books, &site, card.id, i64::MAX));
                }
                Judged::Fits
            }
        }
    }

    /// The site and the products of a posting, when all of them are held.
    fn known(&self, draft: &Draft) -> Option<(Arc<SiteBook>, Vec<Arc<ProductCard>>)> {
        let site = Arc::clone(self.sites.get(&draft.site)?);
        let skus: HashSet<&str> = draft.lines.iter().map(|line| line.sku.as_str()).collect();
        let cards = skus.into_iter().map(|sku| Some(Arc::clone(&self.good(sku)?.card))).collect::<Option<_>>()?;
        Some((site, cards))
    }

    fn books(&self, draft: &Draft, site: &Arc<SiteBook>, cards: &[Arc<ProductCard>]) -> Books {
        let mut books = Books { next_lot: FIRST_OWN_LOT + self.own_lots, ..Books::default() };
        books.sites.insert(draft.site.clone(), Arc::clone(site));
        books.chains.insert(site.id, Chain { seq: 0, hash: [0; 32] });
        for card in cards {
            books.products.insert(card.sku.to_string(), Arc::clone(card));
            let Some(stand) = self.stand(site.id, card.id) else { continue };
            if let Some(valuation) = stand.valuation {
                books.valuations.insert((site.id, card.id), valuation);
            }
            for (location, balance) in &stand.held {
                books.balances.entry((*location, card.id)).or_default().push(*balance);
                books.lots.extend(self.lots.get(&balance.lot).map(|lot| (lot.id, lot.clone())));
            }
        }
        books
    }
}
