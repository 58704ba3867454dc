//! How the whole stock stands: how many products at each level, and what it is worth.
//!
//! Invariant: a product counts once, at the worst level of the sites that have or had it; one that never moved has none left.

use domain::{Level, Money};
use sqlx::FromRow;

use crate::{Error, Result, Tx, site::Sites};

/// Changes whenever something was posted or a product was changed: what was computed at the same version still holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, FromRow)]
pub struct Version {
    postings: i64,
    catalog: i64,
    sites: i64,
}

/// The version as the transaction sees it.
pub async fn version(tx: &mut Tx) -> Result<Version> {
    let version = tx
        .query(
            "SELECT COALESCE(CAST(SUM(c.seq) AS BIGINT), 0) AS postings, COUNT(*) AS sites,
               COALESCE((SELECT MAX(p.changed) FROM product p), 0) AS catalog FROM chain c",
        )
        .one()
        .await?;
    Ok(version.unwrap_or_default())
}

/// How sites stand.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Standing {
    levels: [i64; Level::ALL.len()],
    /// Book value by number of site, all sites that hold anything.
    pub values: Vec<(i64, Money)>,
}

impl Standing {
    /// How many active products are at that level.
    pub fn at(&self, level: Level) -> i64 {
        self.levels[level as usize]
    }

    /// How many active products there are.
    pub fn products(&self) -> i64 {
        self.levels.iter().sum()
    }

    /// Book value of those sites.
    pub fn value(&self, sites: &Sites) -> Money {
        self.values.iter().filter(|(of, _)| sites.include(*of)).map(|(_, value)| *value).sum()
    }
}

// The same levels as `domain::Level::of`, which a test compares; see also `stock.rs`.
const LEVELS: &str = "SELECT CAST(worst AS BIGINT) AS worst, COUNT(*) AS products FROM (
     SELECT MIN(CASE WHEN v.quantity <= 0 THEN 0 WHEN v.quantity * 2 <= m.minimum THEN 1 WHEN v.quantity <= m.minimum THEN 2
       ELSE 3 END) AS worst
     FROM valuation v JOIN product m ON m.id = v.product
     WHERE m.active = 1 AND ($1 LIKE '%,' || v.site || ',%' OR $1 IS NULL) GROUP BY v.product) worst_of_each
   GROUP BY worst";

// All less those that moved: a catalogue is often far longer than what was ever in stock.
const NEVER_MOVED: &str = "SELECT (SELECT COUNT(*) FROM product p WHERE p.active = 1)
     - (SELECT COUNT(*) FROM (SELECT DISTINCT v.product FROM valuation v) moved CROSS JOIN product m
       WHERE m.id = moved.product AND m.active = 1) AS never_moved";

/// How those sites stand.
pub async fn standing(tx: &mut Tx, sites: &Sites) -> Result<Standing> {
    let mut standing = Standing::default();
    let levels: Vec<(i64, i64)> = tx.query(LEVELS).bind(sites.bound()).all().await?;
    for (level, products) in levels {
        let place = usize::try_from(level).ok().and_then(|level| standing.levels.get_mut(level));
        *place.ok_or_else(|| Error::Broken { table: "valuation", detail: format!("level {level}") })? += products;
    }
    standing.levels[Level::Out as usize] += tx.query(NEVER_MOVED).scalar::<i64>().await?.unwrap_or(0);
    let values: Vec<(i64, i64)> = tx
        .query("SELECT site, CAST(SUM(value) AS BIGINT) AS value FROM valuation GROUP BY site ORDER BY site")
        .all()
        .await?;
    standing.values = values.into_iter().map(|(site, value)| (site, Money::from_minor(value))).collect();
    Ok(standing)
}
