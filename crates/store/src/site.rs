//! Shops and depots.
//!
//! Invariant: a site comes into being whole: its places, one virtual counterpart of each kind, and the head of its chain.

use domain::{Money, Quantity, Timestamp, Zone, counting::CountPolicy, ledger::LocationKind};
use sqlx::FromRow;

use crate::{Bulk, Db, Error, Result, Rows, Tx, dialect::Kind, ledger::known, sequence};

/// What a site is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SiteKind {
    /// It sells.
    Store,
    /// It only keeps goods.
    Depot,
}

impl SiteKind {
    /// Every kind.
    pub const ALL: [SiteKind; 2] = [SiteKind::Store, SiteKind::Depot];

    /// The name in documents and in the database.
    pub const fn name(self) -> &'static str {
        match self {
            SiteKind::Store => "store",
            SiteKind::Depot => "depot",
        }
    }

    /// The kind of that name.
    pub fn from_name(name: &str) -> Option<SiteKind> {
        SiteKind::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// Which sites a reading is about.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub enum Sites {
    /// Every one.
    #[default]
    Every,
    /// Those of these numbers.
    Only(Vec<i64>),
}

impl Sites {
    /// Whether the site of that number is among them.
    pub fn include(&self, number: i64) -> bool {
        match self {
            Sites::Every => true,
            Sites::Only(numbers) => numbers.contains(&number),
        }
    }

    /// As statements take it: `($1 LIKE '%,' || s.id || ',%' OR $1 IS NULL)`. One text for any number of sites, on both databases.
    pub(crate) fn bound(&self) -> Option<String> {
        match self {
            Sites::Every => None,
            Sites::Only(numbers) => {
                let numbers = numbers.iter().map(i64::to_string).collect::<Vec<_>>();
                Some(format!(",{},", numbers.join(",")))
            }
        }
    }
}

impl From<i64> for Sites {
    fn from(number: i64) -> Sites {
        Sites::Only(vec![number])
    }
}

impl From<Option<i64>> for Sites {
    fn from(number: Option<i64>) -> Sites {
        number.map_or(Sites::Every, Sites::from)
    }
}

/// A site to create.
#[derive(Debug, Clone)]
pub struct NewSite {
    /// Short name used in requests, unique.
    pub code: String,
    /// Name people know it by.
    pub name: String,
    /// What it is.
    pub kind: SiteKind,
    /// Where its days begin.
    pub zone: Zone,
}

/// A site.
#[derive(Debug, Clone)]
pub struct Site {
    /// Its number.
    pub id: i64,
    /// Short name used in requests.
    pub code: String,
    /// Name people know it by.
    pub name: String,
    /// What it is.
    pub kind: SiteKind,
    /// Where its days begin.
    pub zone: Zone,
    /// Whether a sale may take more than there is.
    pub allow_oversell: bool,
    /// Code of the location receipts go to; the first one when `None`.
    pub receive_at: Option<String>,
    /// Code of the location sales leave from; the second with stock, else the first, when `None`.
    pub sell_from: Option<String>,
    /// How far counts and books may be apart.
    pub counting: CountPolicy,
    /// Counts changes.
    pub version: i64,
    /// When it was created.
    pub created_at: Timestamp,
}

/// What may change of a site. `None` leaves it as it is.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// Name people know it by.
    pub name: Option<String>,
    /// Whether a sale may take more than there is.
    pub allow_oversell: Option<bool>,
    /// Location receipts go to; `Some(None)` goes back to the default.
    pub receive_at: Option<Option<i64>>,
    /// Location sales leave from; `Some(None)` goes back to the default.
    pub sell_from: Option<Option<i64>>,
    /// Difference up to which a count is believed.
    pub count_tolerance: Option<Quantity>,
    /// The same in hundredths of what was expected.
    pub count_tolerance_percent: Option<i64>,
    /// Worth of differences above which a count is closed by a manager or the owner.
    pub count_approval_above: Option<Money>,
}

#[derive(Debug, FromRow)]
struct SiteRow {
    id: i64,
    code: String,
    name: String,
    kind: String,
    timezone: String,
    allow_oversell: i64,
    receive_at: Option<String>,
    sell_from: Option<String>,
    count_tolerance: i64,
    count_tolerance_percent: i64,
    count_approval_above: i64,
    version: i64,
    created_at: i64,
}

impl TryFrom<SiteRow> for Site {
    type Error = Error;
    fn try_from(row: SiteRow) -> Result<Site> {
        let broken = |what: &str| Error::Broken { table: "site", detail: format!("{}: {what}", row.code) };
        Ok(Site {
            id: row.id,
            kind: SiteKind::from_name(&row.kind).ok_or_else(|| broken("kind"))?,
            zone: Zone::named(&row.timezone).map_err(|_| broken("timezone"))?,
            allow_oversell: row.allow_oversell != 0,
            code: row.code,
            name: row.name,
            receive_at: row.receive_at,
            sell_from: row.sell_from,
            counting: CountPolicy {
                tolerance: Quantity::from_milli(row.count_tolerance),
                tolerance_percent: row.count_tolerance_percent,
                approval_above: Money::from_minor(row.count_approval_above),
            },
            version: row.version,
            created_at: Timestamp::from_micros(row.created_at),
        })
    }
}

/// The locations a new site begins with, besides its virtual ones.
const DEFAULT_LOCATIONS: [(&str, &str); 2] = [("deposito", "Depósito"), ("salon", "Salón")];

static INSERT_LOCATIONS: Bulk = Bulk::new(
    &[("id", Kind::Int), ("site", Kind::Int), ("code", Kind::Text), ("name", Kind::Text), ("kind", Kind::Int)],
    "INSERT INTO location (id, site, code, name, kind) SELECT id, site, code, name, kind FROM input",
);

/// Creates a site with its default locations, its virtual ones and an empty chain. A code already taken is
/// [`Rule::SiteCode`](crate::Rule::SiteCode).
pub async fn create(tx: &mut Tx, new: &NewSite, at: Timestamp) -> Result<Site> {
    let (id, counting) = (sequence::take(tx, "site", 1).await?, CountPolicy::default());
    tx.query(
        "INSERT INTO site (id, code, name, kind, timezone, allow_oversell, receive_at, sell_from, count_tolerance,
           count_tolerance_percent, count_approval_above, version, created_at)
         VALUES ($1, $2, $3, $4, $5, 0, NULL, NULL, $7, $8, $9, 1, $6)",
    )
    .bind(id)
    .bind(new.code.clone())
    .bind(new.name.clone())
    .bind(new.kind.name())
    .bind(new.zone.name().to_owned())
    .bind(at.micros())
    .bind(counting.tolerance.milli())
    .bind(counting.tolerance_percent)
    .bind(counting.approval_above.minor())
    .run()
    .await?;
    create_locations(tx, id).await?;
    tx.query("INSERT INTO chain (site, seq, hash, closed_through, revision) VALUES ($1, 0, $2, NULL, 0)")
        .bind(id)
        .bind(vec![0_u8; 32])
        .run()
        .await?;
    get_in(tx, &new.code).await?.ok_or_else(|| Error::Broken { table: "site", detail: new.code.clone() })
}

async fn create_locations(tx: &mut Tx, site: i64) -> Result<()> {
    let internal = DEFAULT_LOCATIONS.into_iter().map(|(code, name)| (code, name, LocationKind::Internal));
    let virtuals = LocationKind::virtuals().map(|kind| (kind.name(), kind.name(), kind));
    let all: Vec<_> = internal.chain(virtuals).collect();
    let first = sequence::take(tx, "location", i64::try_from(all.len()).unwrap_or(i64::MAX)).await?;
    let mut rows = Rows::new(&INSERT_LOCATIONS, tx.backend());
    for (id, (code, name, kind)) in (first..).zip(all) {
        rows.int(id).int(site).text(code).text(name).int(kind.code());
    }
    rows.run(tx).await?;
    Ok(())
}

/// Every site, by code.
pub async fn list(db: &Db) -> Result<Vec<Site>> {
    let rows: Vec<SiteRow> = db
        .query(
            "SELECT s.id, s.code, s.name, s.kind, s.timezone, s.allow_oversell, r.code AS receive_at, f.code AS sell_from,
               s.count_tolerance, s.count_tolerance_percent, s.count_approval_above, s.version, s.created_at
             FROM site s LEFT JOIN location r ON r.id = s.receive_at LEFT JOIN location f ON f.id = s.sell_from
             ORDER BY s.code",
        )
        .all()
        .await?;
    rows.into_iter().map(Site::try_from).collect()
}

const GET: &str = "SELECT s.id, s.code, s.name, s.kind, s.timezone, s.allow_oversell, r.code AS receive_at,
       f.code AS sell_from, s.count_tolerance, s.count_tolerance_percent, s.count_approval_above, s.version, s.created_at
     FROM site s LEFT JOIN location r ON r.id = s.receive_at LEFT JOIN location f ON f.id = s.sell_from
     WHERE s.code = $1";

/// The site of that code.
pub async fn get(db: &Db, code: &str) -> Result<Option<Site>> {
    db.query(GET).bind(code.to_owned()).one::<SiteRow>().await?.map(Site::try_from).transpose()
}

/// The site of that code, as the transaction sees it.
pub async fn get_in(tx: &mut Tx, code: &str) -> Result<Option<Site>> {
    tx.query(GET).bind(code.to_owned()).one::<SiteRow>().await?.map(Site::try_from).transpose()
}

/// Changes a site that still has that version; `None` when it has another or is not there.
pub async fn update(tx: &mut Tx, site: &Site, settings: &Settings) -> Result<Option<Site>> {
    let changed = tx
        .query(
            "UPDATE site SET name = COALESCE($3, name), allow_oversell = COALESCE($4, allow_oversell),
               receive_at = CASE WHEN $5 = 1 THEN $6 ELSE receive_at END,
               sell_from = CASE WHEN $7 = 1 THEN $8 ELSE sell_from END,
               count_tolerance = COALESCE($9, count_tolerance),
               count_tolerance_percent = COALESCE($10, count_tolerance_percent),
               count_approval_above = COALESCE($11, count_approval_above), version = version + 1
             WHERE id = $1 AND version = $2",
        )
        .bind(site.id)
        .bind(site.version)
        .bind(settings.name.clone())
        .bind(settings.allow_oversell.map(i64::from))
        .bind(i64::from(settings.receive_at.is_some()))
        .bind(settings.receive_at.flatten())
        .bind(i64::from(settings.sell_from.is_some()))
        .bind(settings.sell_from.flatten())
        .bind(settings.count_tolerance.map(Quantity::milli))
        .bind(settings.count_tolerance_percent)
        .bind(settings.count_approval_above.map(Money::minor))
        .run()
        .await?;
    if changed == 0 {
        return Ok(None);
    }
    known::change_site(tx, site.id).await?;
    get_in(tx, &site.code).await
}
