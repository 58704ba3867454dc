//! Where the newest rows of several chains stand, found in one statement.
//!
//! Invariant: of each chain no more places than a page takes, in the chain's own order; which of them make the page is for [`merge`].

use std::{cmp::Reverse, collections::HashMap};

use domain::{Zone, ledger::PostingKind};

use super::{Before, Page, Placed, Span, merge};
use crate::{Db, Error, Result, Sql};

/// What is looked for in each chain.
pub(super) struct Sought<'s> {
    pub(super) product: Option<i64>,
    pub(super) kind: Option<PostingKind>,
    pub(super) actor: Option<&'s str>,
    pub(super) span: Span,
}

/// Chains walked by one statement.
const MOST_CHAINS: usize = 64;
/// The same where each may be walked to its end: a server gives one statement so many seconds.
const FEW_CHAINS: usize = 4;

impl Sought<'_> {
    /// How many chains one statement walks. What one kind or one person did may be rare: nothing but the chain's end stops a walk then.
    fn together(&self) -> usize {
        if self.kind.is_some() || self.actor.is_some() { FEW_CHAINS } else { MOST_CHAINS }
    }
}

/// A place and when what stands there was recorded.
struct Spot {
    at: Before,
    recorded_at: i64,
}

impl Placed for Spot {
    fn placed(&self) -> (i64, Before) {
        (self.recorded_at, self.at)
    }
}

// From where each chain is walked, and between which bounds: a list of lists of numbers.
macro_rules! chains_on_sqlite {
    () => {
        "WITH input AS (SELECT value->>0 AS n, value->>1 AS site, value->>2 AS seq, value->>3 AS line, value->>4 AS first,
           value->>5 AS last, value->>6 AS since, value->>7 AS until FROM jsonb_each($1))"
    };
}
macro_rules! chains_on_postgres {
    () => {
        "WITH input AS (SELECT CAST(value->>0 AS BIGINT) AS n, CAST(value->>1 AS BIGINT) AS site, CAST(value->>2 AS BIGINT) AS seq,
           CAST(value->>3 AS BIGINT) AS line, CAST(value->>4 AS BIGINT) AS first, CAST(value->>5 AS BIGINT) AS last,
           CAST(value->>6 AS BIGINT) AS since, CAST(value->>7 AS BIGINT) AS until
         FROM jsonb_array_elements(CAST($1 AS JSONB)) AS rows(value))"
    };
}

/// `$at` says where a row stands, and is what an index walks. One text for each chain: a row for each place would travel value by value.
macro_rules! places {
    ($chains:expr, $rows:literal, $at:literal, $line:literal, $order:literal) => {
        concat!(
            $chains,
            " SELECT i.n, (SELECT STRING_AGG(CAST(x.seq AS VARCHAR) || ' ' || CAST(x.line AS VARCHAR) || ' ' ||
                 CAST(x.recorded_at AS VARCHAR), ',')
               FROM (SELECT ",
            $at,
            ".seq, ",
            $line,
            " AS line, g.recorded_at FROM ",
            $rows,
            " AND ",
            $at,
            ".site = i.site AND ",
            $at,
            ".seq <= i.seq AND (",
            $at,
            ".seq < i.seq OR ",
            $line,
            " < i.line) AND ",
            $at,
            ".seq BETWEEN i.first AND i.last AND g.effective_at >= i.since AND g.effective_at < i.until
                 AND (g.kind = $2 OR $2 IS NULL) AND (g.actor = $3 OR $3 IS NULL) ORDER BY ",
            $order,
            " DESC LIMIT $4) x) AS places FROM input i"
        )
    };
}

macro_rules! postings {
    ($chains:expr) => {
        places!($chains, "posting g WHERE g.seq > 0", "g", "0", "g.seq")
    };
}
macro_rules! postings_of {
    ($chains:expr) => {
        places!(
            $chains,
            "movement k CROSS JOIN posting g WHERE g.site = k.site AND g.seq = k.seq AND k.product = $5 AND k.line =
               (SELECT MIN(y.line) FROM movement y WHERE y.product = k.product AND y.site = k.site AND y.seq = k.seq)",
            "k",
            "0",
            "k.seq"
        )
    };
}
macro_rules! any_movements {
    ($chains:expr) => {
        places!(
            $chains,
            "movement k CROSS JOIN posting g WHERE g.site = k.site AND g.seq = k.seq",
            "k",
            "k.line",
            "k.seq DESC, k.line"
        )
    };
}
macro_rules! movements_of {
    ($chains:expr) => {
        places!(
            $chains,
            "movement k CROSS JOIN posting g WHERE g.site = k.site AND g.seq = k.seq AND k.product = $5",
            "k",
            "k.line",
            "k.seq DESC, k.line"
        )
    };
}

/// Postings.
pub(crate) const POSTINGS: Sql = Sql::per_backend(postings!(chains_on_sqlite!()), postings!(chains_on_postgres!()));
/// Postings that move a product: its first line stands for the posting.
pub(super) const POSTINGS_OF: Sql =
    Sql::per_backend(postings_of!(chains_on_sqlite!()), postings_of!(chains_on_postgres!()));
/// Movements.
pub(super) const MOVEMENTS: Sql =
    Sql::per_backend(any_movements!(chains_on_sqlite!()), any_movements!(chains_on_postgres!()));
/// Movements of a product.
pub(super) const MOVEMENTS_OF: Sql =
    Sql::per_backend(movements_of!(chains_on_sqlite!()), movements_of!(chains_on_postgres!()));

/// The places of a page of what is sought, over these chains, newest first.
pub(super) async fn places(
    db: &Db,
    sql: Sql,
    starts: &[(Before, Zone)],
    sought: &Sought<'_>,
    limit: usize,
) -> Result<Page<Before>> {
    let bounds = sought.span.at(db, starts).await?;
    let chain = |(n, ((before, _), bounds)): (i64, (&(Before, Zone), &Option<_>))| {
        let super::bounds::Bounds { from, until, first, last } = *bounds.as_ref()?;
        Some([n, before.site, before.seq, before.line, first, last, from, until])
    };
    let chains: Vec<[i64; 8]> = (0..).zip(starts.iter().zip(&bounds)).filter_map(chain).collect();
    let mut of_each = HashMap::new();
    for chains in chains.chunks(sought.together()) {
        of_each.extend(walk(db, sql.clone(), chains, sought, limit).await?);
    }
    let starts: Vec<Before> = starts.iter().map(|(before, _)| *before).collect();
    let spots = (0..).zip(&starts).map(|(n, start)| spots(start.site, &of_each.remove(&n).unwrap_or_default()));
    let page = merge(&starts, spots.collect::<Result<_>>()?, limit);
    Ok(Page { items: page.items.iter().map(|spot| spot.at).collect(), next: page.next })
}

/// The places that each of these chains gives, by its number.
async fn walk(
    db: &Db,
    sql: Sql,
    chains: &[[i64; 8]],
    sought: &Sought<'_>,
    limit: usize,
) -> Result<impl Iterator<Item = (i64, String)>> {
    let query = db
        .query(sql)
        .bind(serde_json::Value::from(chains.iter().map(|chain| chain.to_vec()).collect::<Vec<_>>()).to_string())
        .bind(sought.kind.map(PostingKind::code))
        .bind(sought.actor.map(str::to_owned))
        .bind(i64::try_from(limit).unwrap_or(i64::MAX - 1) + 1);
    let query = match sought.product {
        Some(product) => query.bind(product),
        None => query,
    };
    let found: Vec<(i64, Option<String>)> = query.all().await?;
    Ok(found.into_iter().filter_map(|(n, places)| Some((n, places?))))
}

/// Reads `seq line recorded_at`, parted by commas; in the order of the chain, however the database put them together.
fn spots(site: i64, places: &str) -> Result<Vec<Spot>> {
    let spot = |place: &str| {
        let mut numbers = place.split(' ').map(|number| number.parse::<i64>().ok());
        let mut next = || numbers.next().flatten();
        Some(Spot { at: Before { site, seq: next()?, line: next()? }, recorded_at: next()? })
    };
    let broken = |place: &str| Error::Broken { table: "posting", detail: format!("a place reads {place:?}") };
    let each = places.split(',').filter(|place| !place.is_empty());
    let mut spots = each.map(|place| spot(place).ok_or_else(|| broken(place))).collect::<Result<Vec<_>>>()?;
    spots.sort_unstable_by_key(|spot| Reverse((spot.at.seq, spot.at.line)));
    Ok(spots)
}

impl Page<Before> {
    /// The same page with what stands at its places.
    pub(super) fn of<T: Placed>(self, rows: Vec<T>) -> Result<Page<T>> {
        let mut rows: HashMap<Before, T> = rows.into_iter().map(|row| (row.placed().1, row)).collect();
        let missing = |at: &Before| Error::Broken { table: "posting", detail: format!("{at:?} is gone") };
        let items = self.items.iter().map(|at| rows.remove(at).ok_or_else(|| missing(at)));
        Ok(Page { items: items.collect::<Result<_>>()?, next: self.next })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_stand_in_the_order_of_the_chain_however_they_were_put_together() {
        let order = |places: &str| -> Vec<_> {
            spots(1, places).unwrap().iter().map(|spot| (spot.at.seq, spot.at.line, spot.recorded_at)).collect()
        };
        assert_eq!(order("9 0 70,10 1 50,10 2 50"), [(10, 2, 50), (10, 1, 50), (9, 0, 70)]);
        assert!(order("").is_empty());
        assert!(spots(1, "9 0").is_err());
    }

    #[test]
    fn what_may_be_rare_is_looked_for_in_few_chains_at_once() {
        let all = Sought { product: None, kind: None, actor: None, span: Span::default() };
        assert_eq!(all.together(), MOST_CHAINS);
        assert_eq!(Sought { kind: Some(PostingKind::Loss), ..all }.together(), FEW_CHAINS);
        let all = Sought { product: None, kind: None, actor: None, span: Span::default() };
        assert_eq!(Sought { actor: Some("ana"), ..all }.together(), FEW_CHAINS);
    }
}
