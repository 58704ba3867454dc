//! Putting the invented year into a database, as if the program had been there all along.
//!
//! Invariant: everything has the same identity each time, so a build that was interrupted is ended by building again.

mod catalog;
mod counts;
#[cfg(test)]
mod tests;
mod transfers;

use std::{
    collections::{BTreeMap, HashMap},
    path::Path,
};

use anyhow::bail;
use domain::{
    Day, Money, Timestamp, Zone,
    clock::FixedClock,
    ledger::{Draft, Outcome, PostingKind},
};
use store::{
    Db,
    catalog::Change,
    ledger::commit,
    product::{self, PriceChange},
    site::Site,
};

use super::{
    Event,
    counting::Sheet,
    year::{DAYS, Year},
};

/// Days of the year that is built, for whoever shows progress.
pub(crate) const DAYS_IN_ALL: u64 = DAYS as u64;

/// What was built.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Built {
    /// Products of the catalogue.
    pub products: usize,
    /// Postings in the ledger.
    pub postings: usize,
    /// Movements in the ledger.
    pub movements: usize,
}

/// Makes the chain and lets its year go by, up to and with `last`. Tells after each day how many are done.
pub(crate) async fn build(db: &Db, data_dir: &Path, last: Day, tell: impl FnMut(u64)) -> anyhow::Result<Built> {
    build_from(db, data_dir, (last.plus(1 - DAYS), Year::ending(last, super::zone()?)), tell).await
}

async fn build_from(
    db: &Db,
    data_dir: &Path,
    (first, year): (Day, Year),
    mut tell: impl FnMut(u64),
) -> anyhow::Result<Built> {
    let zone = super::zone()?;
    let opens_at = zone.start_of(first);
    let sites = catalog::create(db, &zone, opens_at).await?;
    let products = catalog::numbers(db).await?;
    let built = Built { products: products.len(), ..Built::default() };
    let mut builder = Builder { db, data_dir, zone, sites, products, prices: Prices::default(), built };
    let (mut today, mut done, mut book) = (first, 0, DayBook::default());
    for event in year {
        let day = builder.zone.day_of(event.at());
        if day != today {
            builder.close(today, std::mem::take(&mut book)).await?;
            done += u64::from(day.number().abs_diff(today.number()));
            today = day;
            tell(done);
        }
        match event {
            Event::Posting(draft) => book.drafts.push(draft),
            Event::Count { sheet, posting } => {
                book.drafts.push(posting);
                book.sheets.push(sheet);
            }
            Event::Price { sku, price, at, actor } => builder.price(&sku, price, (at, actor)).await?,
        }
    }
    builder.close(today, book).await?;
    builder.settle_prices().await?;
    tell(done + 1);
    Ok(builder.built)
}

struct Builder<'a> {
    db: &'a Db,
    data_dir: &'a Path,
    zone: Zone,
    sites: Vec<Site>,
    products: HashMap<String, i64>,
    prices: Prices,
    built: Built,
}

/// What was written down on a day.
#[derive(Default)]
struct DayBook {
    drafts: Vec<Draft>,
    sheets: Vec<Sheet>,
}

/// Prices that wait to be written together: one of each product, all of one person.
#[derive(Default)]
struct Prices {
    waiting: BTreeMap<i64, PriceChange>,
    actor: &'static str,
    at: Timestamp,
}

impl Builder<'_> {
    /// Writes a day's postings as that day's evening would have found them, and signs, as a server does each day.
    async fn close(&mut self, day: Day, DayBook { drafts, sheets }: DayBook) -> anyhow::Result<()> {
        self.built.postings += drafts.len();
        for run in transfers::runs(drafts) {
            self.post(day, run).await?;
        }
        self.note_counts(&sheets).await?;
        self.sign(day).await
    }

    async fn post(&mut self, day: Day, mut run: Vec<Draft>) -> anyhow::Result<()> {
        self.value_arrival(&mut run).await?;
        let drafts: Vec<&Draft> = run.iter().collect();
        let outcomes = commit::commit(self.db, &drafts, self.evening(day)).await?;
        let mut moved = Vec::new();
        for (draft, outcome) in drafts.iter().zip(outcomes) {
            let posted = match outcome {
                Outcome::Posted(posted) | Outcome::Duplicate(posted) => posted,
                Outcome::Rejected(why) => bail!("the ledger refused {} {}: {why}", draft.kind.name(), draft.id),
            };
            self.built.movements += posted.lines.len();
            if matches!(draft.kind, PostingKind::TransferOut | PostingKind::TransferIn) {
                moved.push((*draft, posted));
            }
        }
        self.note_transfers(&moved).await
    }

    fn evening(&self, day: Day) -> Timestamp {
        self.zone.start_of(day.plus(1)).plus_seconds(-1)
    }

    async fn sign(&self, day: Day) -> anyhow::Result<()> {
        let clock = FixedClock(self.evening(day));
        for site in &self.sites {
            warehouse::checkpoints::sign(self.db, self.data_dir, site, &clock).await?;
        }
        Ok(())
    }

    async fn price(&mut self, sku: &str, price: Money, (at, actor): (Timestamp, &'static str)) -> anyhow::Result<()> {
        let Some(product) = self.products.get(sku).copied() else { bail!("the catalogue has no {sku}") };
        if self.prices.actor != actor || self.prices.waiting.contains_key(&product) {
            self.settle_prices().await?;
        }
        self.prices.waiting.insert(product, PriceChange { product, price, valid_from: at });
        (self.prices.actor, self.prices.at) = (actor, at);
        Ok(())
    }

    async fn settle_prices(&mut self) -> anyhow::Result<()> {
        let waiting: Vec<PriceChange> = std::mem::take(&mut self.prices.waiting).into_values().collect();
        if waiting.is_empty() {
            return Ok(());
        }
        let mut tx = self.db.write().await?;
        let change = Change { at: self.prices.at, actor: self.prices.actor };
        product::set_prices(&mut tx, &waiting, change).await?;
        tx.commit().await?;
        Ok(())
    }
}
