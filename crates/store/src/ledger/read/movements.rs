//! Movements, of a product or of all, newest first, with what was on hand after each.
//!
//! Invariant: in the order of each site's chain, so that the running balance reads without gaps.

use domain::{
    Money, Quantity, Timestamp, Zone,
    ledger::{LotDraft, PostingKind, Reference},
};
use sqlx::FromRow;
use uuid::Uuid;

use super::{
    Before, Page, Placed, Span, merge,
    places::{self, Sought},
    posting::{kind_of, lot_name},
};
use crate::{Bulk, Db, Result, Rows, dialect::Kind::Int};

/// Which movements; `None` leaves a filter out.
#[derive(Debug, Clone, Copy, Default)]
pub struct MovementFilter {
    /// Kind of their posting.
    pub kind: Option<PostingKind>,
    /// When they happened.
    pub span: Span,
}

/// A movement of a product with what its posting says.
#[derive(Debug, Clone)]
pub struct ProductMovement {
    /// Number of the site.
    pub site: i64,
    /// Place of the posting in the site's chain.
    pub seq: i64,
    /// Place within the posting.
    pub line: i64,
    /// Code of the product.
    pub sku: String,
    /// The posting.
    pub posting: Uuid,
    /// Kind of event.
    pub kind: PostingKind,
    /// When it happened.
    pub effective_at: Timestamp,
    /// When the ledger learned of it.
    pub recorded_at: Timestamp,
    /// Code of the location it leaves.
    pub from: String,
    /// Code of the location it enters.
    pub to: String,
    /// The lot, when it has one.
    pub lot: Option<LotDraft>,
    /// How much.
    pub quantity: Quantity,
    /// Book value moved.
    pub value: Money,
    /// What it was sold for, less what was given back.
    pub revenue: Money,
    /// What the site held of the product afterwards.
    pub on_hand_after: Quantity,
    /// Who.
    pub actor: String,
    /// The document it comes from.
    pub reference: Reference,
    /// Free words.
    pub note: String,
}

#[derive(FromRow)]
struct Row {
    site: i64,
    seq: i64,
    line: i64,
    sku: String,
    id: Uuid,
    kind: i64,
    effective_at: i64,
    recorded_at: i64,
    from_code: String,
    to_code: String,
    lot_code: Option<String>,
    expires_on: Option<i64>,
    quantity: i64,
    value: i64,
    revenue: i64,
    on_hand_after: i64,
    actor: String,
    reference_kind: String,
    reference_number: String,
    note: String,
}

impl Placed for ProductMovement {
    fn placed(&self) -> (i64, Before) {
        (self.recorded_at.micros(), Before { site: self.site, seq: self.seq, line: self.line })
    }
}

impl Row {
    fn movement(self) -> Result<ProductMovement> {
        Ok(ProductMovement {
            site: self.site,
            seq: self.seq,
            line: self.line,
            sku: self.sku,
            posting: self.id,
            kind: kind_of(self.kind)?,
            effective_at: Timestamp::from_micros(self.effective_at),
            recorded_at: Timestamp::from_micros(self.recorded_at),
            from: self.from_code,
            to: self.to_code,
            lot: lot_name(self.lot_code, self.expires_on)?,
            quantity: Quantity::from_milli(self.quantity),
            value: Money::from_minor(self.value),
            revenue: Money::from_minor(self.revenue),
            on_hand_after: Quantity::from_milli(self.on_hand_after),
            actor: self.actor,
            reference: Reference { kind: self.reference_kind, number: self.reference_number },
            note: self.note,
        })
    }
}

macro_rules! movements {
    ($from:literal, $which:expr) => {
        concat!(
            "SELECT m.site, m.seq, m.line, p.sku, g.id, g.kind, g.effective_at, g.recorded_at, f.code AS from_code,
               t.code AS to_code, o.code AS lot_code, o.expires_on, m.quantity, m.value, m.revenue, m.on_hand_after, g.actor,
               g.reference_kind, g.reference_number, g.note
             FROM ",
            $from,
            " k CROSS JOIN posting g CROSS JOIN movement m JOIN product p ON p.id = m.product
               JOIN location f ON f.id = m.from_location JOIN location t ON t.id = m.to_location
               LEFT JOIN lot o ON o.id = m.lot
             WHERE g.site = k.site AND g.seq = k.seq AND m.site = k.site AND m.seq = k.seq AND m.line = k.line",
            $which
        )
    };
}

macro_rules! movements_at {
    ($which:literal) => {
        movements!(
            "movement",
            concat!(
                " AND ",
                $which,
                " AND k.site = $2 AND k.seq <= $3 AND (k.seq < $3 OR k.line < $4) AND k.seq BETWEEN $5 AND $6
                   AND g.effective_at >= $7 AND g.effective_at < $8 AND (g.kind = $9 OR $9 IS NULL)
                 ORDER BY k.seq DESC, k.line DESC LIMIT $10"
            )
        )
    };
}

// Each along an index of its own. `k` says where the movements stand, and SQLite finds a product's by the index of products instead
// of walking the whole chain for one that hardly ever moved.
const OF_PRODUCT: &str = movements_at!("k.product = $1");
const OF_SITE: &str = movements_at!("$1 = 0");

static AT: Bulk = Bulk::new(&[("site", Int), ("seq", Int), ("line", Int)], movements!("input", ""));

/// The movements of a product, or of all when `None`, at some sites (each with its zone and where to begin), newest first.
pub async fn movements(
    db: &Db,
    product: Option<i64>,
    starts: &[(Before, Zone)],
    filter: &MovementFilter,
    limit: usize,
) -> Result<Page<ProductMovement>> {
    if let [start] = starts {
        return Ok(merge(&[start.0], vec![of_site(db, product, start, filter, limit).await?], limit));
    }
    let sought = Sought { product, kind: filter.kind, actor: None, span: filter.span };
    let sql = if product.is_some() { places::MOVEMENTS_OF } else { places::MOVEMENTS };
    let page = places::places(db, sql, starts, &sought, limit).await?;
    let mut asked = Rows::new(&AT, db.backend());
    for at in &page.items {
        asked.int(at.site).int(at.seq).int(at.line);
    }
    let rows: Vec<Row> = asked.all_of(db).await?;
    page.of(rows.into_iter().map(Row::movement).collect::<Result<_>>()?)
}

async fn of_site(
    db: &Db,
    product: Option<i64>,
    start: &(Before, Zone),
    filter: &MovementFilter,
    limit: usize,
) -> Result<Vec<ProductMovement>> {
    let before = start.0;
    let Some(bounds) = filter.span.at(db, std::slice::from_ref(start)).await?.pop().flatten() else {
        return Ok(Vec::new());
    };
    let rows: Vec<Row> = db
        .query(if product.is_some() { OF_PRODUCT } else { OF_SITE })
        .bind(product.unwrap_or(0))
        .bind(before.site)
        .bind(before.seq)
        .bind(before.line)
        .bind(bounds.first)
        .bind(bounds.last)
        .bind(bounds.from)
        .bind(bounds.until)
        .bind(filter.kind.map(PostingKind::code))
        .bind(i64::try_from(limit).unwrap_or(i64::MAX - 1) + 1)
        .all()
        .await?;
    rows.into_iter().map(Row::movement).collect()
}
