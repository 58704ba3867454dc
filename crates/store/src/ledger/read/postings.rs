//! Lists of postings, newest first.
//!
//! Invariant: read along each site's chain; a filter narrows what is given, never the order.

use domain::{
    Day, Money, Timestamp, Zone,
    ledger::{PostingKind, Reference},
};
use sqlx::FromRow;
use uuid::Uuid;

use super::{
    Before, Page, Placed, Span, merge,
    places::{self, Sought},
    posting::kind_of,
};
use crate::{Bulk, Db, Result, Rows, dialect::Kind::Int, ledger::rows};

/// Which postings; `None` leaves a filter out.
#[derive(Debug, Clone, Default)]
pub struct PostingFilter {
    /// Number of a product they move.
    pub product: Option<i64>,
    /// Their kind.
    pub kind: Option<PostingKind>,
    /// Who made them.
    pub actor: Option<String>,
    /// When they happened.
    pub span: Span,
}

/// A posting without its movements.
#[derive(Debug, Clone)]
pub struct PostingSummary {
    /// Number of the site.
    pub site: i64,
    /// Its place in the site's chain.
    pub seq: i64,
    /// Its identity.
    pub id: Uuid,
    /// Kind of event.
    pub kind: PostingKind,
    /// The document it comes from.
    pub reference: Reference,
    /// Who.
    pub actor: String,
    /// On which device.
    pub device: String,
    /// Free words.
    pub note: String,
    /// The posting it corrects or takes back from.
    pub corrects: Option<Uuid>,
    /// When it happened.
    pub effective_at: Timestamp,
    /// When the ledger learned of it.
    pub recorded_at: Timestamp,
    /// Day of `effective_at` in the site's zone.
    pub business_day: Day,
    /// Its link in the chain.
    pub hash: [u8; 32],
    /// How many movements it has.
    pub movements: i64,
    /// Book value it moved.
    pub value: Money,
    /// What it was sold for, less what was given back.
    pub revenue: Money,
}

#[derive(FromRow)]
struct Row {
    site: i64,
    seq: i64,
    id: Uuid,
    kind: i64,
    reference_kind: String,
    reference_number: String,
    actor: String,
    device: String,
    note: String,
    corrects: Option<Uuid>,
    effective_at: i64,
    recorded_at: i64,
    business_day: i64,
    hash: Vec<u8>,
    movements: i64,
    value: i64,
    revenue: i64,
}

impl Placed for PostingSummary {
    fn placed(&self) -> (i64, Before) {
        (self.recorded_at.micros(), Before { site: self.site, seq: self.seq, line: 0 })
    }
}

impl Row {
    fn summary(self) -> Result<PostingSummary> {
        Ok(PostingSummary {
            site: self.site,
            seq: self.seq,
            id: self.id,
            kind: kind_of(self.kind)?,
            reference: Reference { kind: self.reference_kind, number: self.reference_number },
            actor: self.actor,
            device: self.device,
            note: self.note,
            corrects: self.corrects,
            effective_at: Timestamp::from_micros(self.effective_at),
            recorded_at: Timestamp::from_micros(self.recorded_at),
            business_day: rows::day(self.business_day)?,
            hash: rows::hash(&self.hash)?,
            movements: self.movements,
            value: Money::from_minor(self.value),
            revenue: Money::from_minor(self.revenue),
        })
    }
}

macro_rules! posting_summary {
    () => {
        "SELECT g.site, g.seq, g.id, g.kind, g.reference_kind, g.reference_number, g.actor, g.device, g.note, g.corrects,
           g.effective_at, g.recorded_at, g.business_day, g.hash,
           (SELECT COUNT(*) FROM movement m WHERE m.site = g.site AND m.seq = g.seq) AS movements,
           (SELECT CAST(COALESCE(SUM(m.value), 0) AS BIGINT) FROM movement m WHERE m.site = g.site AND m.seq = g.seq) AS value,
           (SELECT CAST(COALESCE(SUM(m.revenue), 0) AS BIGINT) FROM movement m WHERE m.site = g.site AND m.seq = g.seq) AS revenue
         FROM "
    };
}

macro_rules! postings_at {
    ($from:literal, $at:literal, $more:literal) => {
        concat!(
            posting_summary!(),
            $from,
            " WHERE ",
            $at,
            ".site = $1 AND ",
            $at,
            ".seq < $2 AND ",
            $at,
            ".seq BETWEEN $3 AND $4 AND g.effective_at >= $5 AND g.effective_at < $6
               AND (g.kind = $7 OR $7 IS NULL) AND (g.actor = $8 OR $8 IS NULL)",
            $more,
            " ORDER BY ",
            $at,
            ".seq DESC LIMIT $9"
        )
    };
}

const OF_SITE: &str = postings_at!("posting g", "g", "");

// Along the product's own index: a rare product must not cost a walk along the whole chain. Its first line stands for the posting.
const OF_PRODUCT: &str = postings_at!(
    "movement k JOIN posting g ON g.site = k.site AND g.seq = k.seq",
    "k",
    " AND k.product = $10 AND k.line =
       (SELECT MIN(x.line) FROM movement x WHERE x.product = k.product AND x.site = k.site AND x.seq = k.seq)"
);

static AT: Bulk = Bulk::new(
    &[("site", Int), ("seq", Int)],
    concat!(posting_summary!(), "input i CROSS JOIN posting g WHERE g.site = i.site AND g.seq = i.seq"),
);

/// The postings of some sites (each with its zone and where to begin), newest first.
pub async fn postings(
    db: &Db,
    starts: &[(Before, Zone)],
    filter: &PostingFilter,
    limit: usize,
) -> Result<Page<PostingSummary>> {
    if let [start] = starts {
        return Ok(merge(&[start.0], vec![of_site(db, start, filter, limit).await?], limit));
    }
    let PostingFilter { product, kind, actor, span } = filter;
    let sought = Sought { product: *product, kind: *kind, actor: actor.as_deref(), span: *span };
    let sql = if product.is_some() { places::POSTINGS_OF } else { places::POSTINGS };
    let page = places::places(db, sql, starts, &sought, limit).await?;
    let mut asked = Rows::new(&AT, db.backend());
    for at in &page.items {
        asked.int(at.site).int(at.seq);
    }
    let rows: Vec<Row> = asked.all_of(db).await?;
    page.of(rows.into_iter().map(Row::summary).collect::<Result<_>>()?)
}

async fn of_site(db: &Db, start: &(Before, Zone), filter: &PostingFilter, limit: usize) -> Result<Vec<PostingSummary>> {
    let before = start.0;
    let Some(bounds) = filter.span.at(db, std::slice::from_ref(start)).await?.pop().flatten() else {
        return Ok(Vec::new());
    };
    let query = db.query(if filter.product.is_some() { OF_PRODUCT } else { OF_SITE });
    let query = query
        .bind(before.site)
        .bind(before.seq)
        .bind(bounds.first)
        .bind(bounds.last)
        .bind(bounds.from)
        .bind(bounds.until)
        .bind(filter.kind.map(PostingKind::code))
        .bind(filter.actor.clone())
        .bind(i64::try_from(limit).unwrap_or(i64::MAX - 1) + 1);
    let query = match filter.product {
        Some(product) => query.bind(product),
        None => query,
    };
    query.all::<Row>().await?.into_iter().map(Row::summary).collect()
}
