//! What a shop asks its ledger, through the same functions as the API and the first page.

use anyhow::{Context, Result};
use domain::{Clock, Day, SystemClock, ledger::PostingKind};
use store::{
    Db,
    home::{self, StockQuery},
    ledger::read::{self, Before, Moment, MovementFilter, Span},
    product,
    site::{Site, Sites},
    stock::{self, After, StockFilter},
};

use super::fill::{DAYS, HEAVY};
use crate::{
    dice::Dice,
    shop::{self, PRODUCTS},
};

/// A page of the API and the line that says whether there is more.
const PAGE: usize = 51;
/// More than there are lines.
const EVERYTHING: usize = 1_000_000;

/// Asks about one site.
pub struct Asker<'d> {
    db: &'d Db,
    site: Site,
    first_day: Day,
}

impl<'d> Asker<'d> {
    /// About a site whose history begins on that day.
    pub const fn new(db: &'d Db, site: Site, first_day: Day) -> Asker<'d> {
        Asker { db, site, first_day }
    }

    /// The stock at the end of some day, a page somewhere.
    pub async fn stock_page(&self, i: u64) -> Result<()> {
        let after = After { sku: some_sku(i), ..After::default() };
        let items = stock::list_as_of(self.db, self.some_day(i), &self.filter(), &after, PAGE).await?;
        some(&items)
    }

    /// The stock at the end of some day, of everything.
    pub async fn stock_of_all(&self, i: u64) -> Result<()> {
        let day = self.some_day(i);
        some(&stock::list_as_of(self.db, day, &self.filter(), &After::default(), EVERYTHING).await?)
    }

    /// What it was worth at the end of some day, a page somewhere and the total.
    pub async fn valuation_page(&self, i: u64) -> Result<()> {
        let (day, after) = (self.some_day(i), some_sku(i));
        some(&stock::valuation_as_of(self.db, day, &self.site.id.into(), (&after, 0), PAGE).await?.items)
    }

    /// What it was worth at the end of some day, of everything.
    pub async fn valuation_of_all(&self, i: u64) -> Result<()> {
        let day = self.some_day(i);
        some(&stock::valuation_as_of(self.db, day, &self.site.id.into(), ("", 0), EVERYTHING).await?.items)
    }

    /// The newest movements of the i-th product.
    pub async fn newest_movements(&self, i: u64) -> Result<()> {
        self.movements(i, MovementFilter::default()).await
    }

    /// The newest of the product with the most movements that happened on some day.
    pub async fn movements_of_a_day(&self, i: u64) -> Result<()> {
        let day = Some(Moment::Day(self.some_day(i)));
        self.movements(HEAVY, MovementFilter { span: Span { from: day, to: day }, ..MovementFilter::default() }).await
    }

    /// The newest of them that came back.
    pub async fn returns(&self) -> Result<()> {
        self.movements(HEAVY, MovementFilter { kind: Some(PostingKind::CustomerReturn), ..MovementFilter::default() })
            .await
    }

    async fn movements(&self, product: u64, filter: MovementFilter) -> Result<()> {
        let product = product::get(self.db, &shop::sku(product)).await?.context("no product")?;
        let starts = [(Before::newest(self.site.id), self.site.zone.clone())];
        read::movements(self.db, Some(product.id), &starts, &filter, PAGE - 1).await?;
        Ok(())
    }

    fn some_day(&self, i: u64) -> Day {
        self.first_day.plus(i32::try_from(Dice::new(i).below(DAYS.unsigned_abs().into())).unwrap_or(0))
    }

    fn filter(&self) -> StockFilter {
        StockFilter { sites: self.site.id.into(), ..StockFilter::default() }
    }
}

/// One of the first nine tenths, so that a page follows it.
fn some_sku(i: u64) -> String {
    shop::sku(Dice::new(i + 1_000).below(PRODUCTS * 9 / 10))
}

fn some<T>(items: &[T]) -> Result<()> {
    anyhow::ensure!(!items.is_empty(), "nothing was found");
    Ok(())
}

/// What the first page reads when nothing is remembered, in one transaction.
pub async fn home(db: &Db) -> Result<()> {
    let sites = store::site::list(db).await?;
    let zone = &sites.first().context("no site")?.zone;
    let numbers: Vec<i64> = sites.iter().map(|site| site.id).collect();
    let mut tx = db.read().await?;
    home::version(&mut tx).await?;
    home::standing(&mut tx, &Sites::Every).await?;
    home::stock(&mut tx, &StockQuery { limit: PAGE - 1, ..StockQuery::default() }).await?;
    home::shelves(&mut tx).await?;
    let shown = home::day_until(&mut tx, zone.day_of(SystemClock.now()), &Sites::Every).await?.context("no day")?;
    home::moved(&mut tx, shown, &Sites::Every).await?;
    home::postings(&mut tx, shown, &numbers).await?;
    home::day_until(&mut tx, shown.plus(-1), &Sites::Every).await?;
    home::day_from(&mut tx, shown.plus(1), &Sites::Every).await?;
    home::latest(&mut tx, &Sites::Every, 10).await?;
    tx.rollback().await?;
    Ok(())
}
