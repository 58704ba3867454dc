//! How the stock stands, for boards.
//!
//! Invariant: as of the last look; nothing is computed again while nothing was posted and no product changed. Of all sites together: the page
//! of figures is also read by keys that know of some sites only.

use std::sync::{Arc, Mutex, PoisonError};

use domain::{Level, Money};
use platform::metrics::{Page, look};
use prometheus_client::registry::Registry;
use store::{
    Db, Result,
    home::{Version, standing, version},
    site::Sites,
};

/// What is told of: what there is too little of.
const LEVELS: [(Level, &str); 3] = [(Level::Out, "out"), (Level::Critical, "critical"), (Level::Low, "low")];

/// How the stock stood when it was last looked at. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct ShopFigures(Arc<Mutex<Option<Seen>>>);

#[derive(Debug, Clone)]
struct Seen {
    version: Version,
    short: [i64; LEVELS.len()],
    value: Money,
}

impl ShopFigures {
    /// Looks again.
    pub async fn refresh(&self, db: &Db) -> Result<()> {
        let mut tx = db.read().await?;
        let version = version(&mut tx).await?;
        if self.seen().is_some_and(|seen| seen.version == version) {
            return tx.rollback().await;
        }
        let found = standing(&mut tx, &Sites::Every).await?;
        tx.rollback().await?;
        let short = LEVELS.map(|(level, _)| found.at(level));
        let seen = Seen { version, short, value: found.value(&Sites::Every) };
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(seen);
        Ok(())
    }

    /// Puts it on the page of figures.
    pub fn register(&self, registry: &mut Registry) {
        let own = self.clone();
        look(registry, move |page| own.seen().map_or(Ok(()), |seen| seen.write(page)));
    }

    fn seen(&self) -> Option<Seen> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Seen {
    fn write(&self, page: &mut Page<'_>) -> std::fmt::Result {
        let short = LEVELS.iter().zip(self.short).map(|((_, name), count)| ([("level", *name)], count));
        page.gauges("gondola_low_stock_products", "Active products of which there is too little", short)?;
        // The page of figures knows no exact decimals: a board shows millions, not cents.
        let value = self.value.minor() as f64 / 1e4;
        page.gauge("gondola_stock_value", "Book value of the stock, in the shop's currency", value)
    }
}
