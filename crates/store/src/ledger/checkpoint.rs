//! Signed checkpoints: a witness of a chain's head that is kept apart.
//!
//! Invariant: what is signed names the site, the place in its chain, the hash there and the sums; whoever has the public key
//! can check it without the database. Ed25519 (RFC 8032) over the bytes of [`Checkpoint::message`].

use domain::{
    Day, Money, Timestamp,
    ledger::{
        audit::Totals,
        canonical::{self, hex},
    },
};
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};

use super::rows;
use crate::{Db, Error, Result, Sql, Tx};

/// What a checkpoint says of closed days.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Closed {
    /// It is of version 1, which does not say.
    Unsaid,
    /// No day was closed.
    Nothing,
    /// The books were closed through this day.
    Through(Day),
}

impl Closed {
    /// What a checkpoint made now says.
    pub fn of(closed_through: Option<Day>) -> Closed {
        closed_through.map_or(Closed::Nothing, Closed::Through)
    }

    /// The version of a checkpoint that says so.
    pub const fn version(self) -> u32 {
        match self {
            Closed::Unsaid => 1,
            Closed::Nothing | Closed::Through(_) => 2,
        }
    }
}

/// A signed head of a chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// Code of the site.
    pub site: String,
    /// Place in the chain.
    pub seq: i64,
    /// Business day it closes.
    pub day: Day,
    /// Link at that place.
    pub hash: [u8; 32],
    /// Sums at that place.
    pub totals: Totals,
    /// Through which day the books were closed.
    pub closed: Closed,
    /// Whose signature.
    pub public_key: [u8; 32],
    /// Ed25519 signature of [`Checkpoint::message`].
    pub signature: [u8; 64],
    /// When it was signed.
    pub created_at: Timestamp,
}

impl Checkpoint {
    /// What is signed: lines of `name value`, so that a person can retype it from paper.
    pub fn message(&self) -> String {
        let closed = match self.closed {
            Closed::Unsaid => String::new(),
            Closed::Nothing => "closed-through none\n".to_owned(),
            Closed::Through(day) => format!("closed-through {day}\n"),
        };
        format!(
            "gondola checkpoint {}\nsite {}\nseq {}\nday {}\nhash {}\nproducts {}\nquantity {}\nvalue {}\n{closed}",
            self.closed.version(),
            self.site,
            self.seq,
            self.day,
            hex(&self.hash),
            self.totals.products,
            self.totals.quantity,
            self.totals.value.minor()
        )
    }

    /// Its place among those of its site: where in the chain, and as how much was closed.
    pub fn key(&self) -> (i64, i64) {
        (self.seq, stored(self.closed))
    }

    /// Whether the signature is of this message by this key.
    pub fn is_signed(&self) -> bool {
        is_signature(&self.message(), &hex(&self.public_key), &hex(&self.signature))
    }
}

/// Checks a checkpoint against the link and the sums at its place.
pub(crate) fn check(checkpoint: &Checkpoint, hash: &[u8; 32], totals: Totals) -> std::result::Result<(), String> {
    if !checkpoint.is_signed() {
        return Err(format!("the signature of the checkpoint at {} is not valid", checkpoint.seq));
    }
    if checkpoint.hash != *hash {
        return Err(format!("the checkpoint at {} has another hash", checkpoint.seq));
    }
    if checkpoint.totals != totals {
        return Err(format!("the checkpoint at {} has other sums", checkpoint.seq));
    }
    Ok(())
}

// On PostgreSQL a posting committed between two statements of a signature would be in the sums and not under the head.
const LOCKED_HEAD: Sql = Sql::per_backend(
    "SELECT s.id, c.seq, c.hash, c.closed_through FROM site s JOIN chain c ON c.site = s.id WHERE s.code = $1",
    "SELECT s.id, c.seq, c.hash, c.closed_through FROM site s JOIN chain c ON c.site = s.id WHERE s.code = $1 FOR UPDATE OF c",
);

/// Signs the head of a site's chain as it stands. `None` when there is nothing in it, or nothing that is not signed already.
pub async fn sign(tx: &mut Tx, site: &str, key: &SigningKey, now: (Timestamp, Day)) -> Result<Option<Checkpoint>> {
    let head: Option<(i64, i64, Vec<u8>, Option<i64>)> = tx.query(LOCKED_HEAD).bind(site.to_owned()).one().await?;
    let Some((id, seq, hash, closed)) = head else { return Ok(None) };
    let closed = Closed::of(closed.map(rows::day).transpose()?);
    if (seq == 0 && closed == Closed::Nothing) || is_signed(tx, (id, seq), closed).await? {
        return Ok(None);
    }
    let mut checkpoint = Checkpoint {
        site: site.to_owned(),
        seq,
        day: now.1,
        hash: rows::hash(&hash)?,
        totals: totals(tx, id).await?,
        closed,
        public_key: key.verifying_key().to_bytes(),
        signature: [0; 64],
        created_at: now.0,
    };
    checkpoint.signature = key.sign(checkpoint.message().as_bytes()).to_bytes();
    save(tx, id, &checkpoint).await?;
    Ok(Some(checkpoint))
}

/// Whether a place has a checkpoint that says as much of closed days.
async fn is_signed(tx: &mut Tx, (site, seq): (i64, i64), closed: Closed) -> Result<bool> {
    let signed = tx
        .query("SELECT seq FROM checkpoint WHERE site = $1 AND seq = $2 AND closed_through = $3")
        .bind(site)
        .bind(seq)
        .bind(stored(closed));
    Ok(signed.scalar::<i64>().await?.is_some())
}

/// What stands in the table where nothing is closed, or nothing said.
const NOTHING: i64 = i32::MIN as i64;

fn stored(closed: Closed) -> i64 {
    match closed {
        Closed::Unsaid | Closed::Nothing => NOTHING,
        Closed::Through(day) => day.number().into(),
    }
}

async fn totals(tx: &mut Tx, site: i64) -> Result<Totals> {
    let sums: Option<(i64, Option<i64>, Option<i64>)> = tx
        .query(
            "SELECT COUNT(*), CAST(SUM(quantity) AS BIGINT), CAST(SUM(value) AS BIGINT) FROM valuation
             WHERE site = $1 AND quantity <> 0",
        )
        .bind(site)
        .one()
        .await?;
    let (products, quantity, value) = sums.unwrap_or_default();
    Ok(Totals { products, quantity: quantity.unwrap_or(0), value: Money::from_minor(value.unwrap_or(0)) })
}

async fn save(tx: &mut Tx, site: i64, checkpoint: &Checkpoint) -> Result<()> {
    tx.query(
        "INSERT INTO checkpoint
           (site, seq, version, day, hash, products, quantity, value, closed_through, public_key, signature, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
    )
    .bind(site)
    .bind(checkpoint.seq)
    .bind(i64::from(checkpoint.closed.version()))
    .bind(i64::from(checkpoint.day.number()))
    .bind(checkpoint.hash.to_vec())
    .bind(checkpoint.totals.products)
    .bind(checkpoint.totals.quantity)
    .bind(checkpoint.totals.value.minor())
    .bind(stored(checkpoint.closed))
    .bind(checkpoint.public_key.to_vec())
    .bind(checkpoint.signature.to_vec())
    .bind(checkpoint.created_at.micros())
    .run()
    .await
    .map(drop)
}

/// Columns of [`CheckpointRow`], for a `SELECT`.
macro_rules! checkpoint_columns {
    () => {
        "s.code AS site, c.seq, c.version, c.day, c.hash, c.products, c.quantity, c.value, c.closed_through, c.public_key, \
         c.signature, c.created_at"
    };
}
pub(crate) use checkpoint_columns;

/// A row of `checkpoint` with the code of its site.
#[derive(sqlx::FromRow)]
pub(crate) struct CheckpointRow {
    site: String,
    seq: i64,
    version: i64,
    day: i64,
    hash: Vec<u8>,
    products: i64,
    quantity: i64,
    value: i64,
    closed_through: i64,
    public_key: Vec<u8>,
    signature: Vec<u8>,
    created_at: i64,
}

/// Every checkpoint of a site, in the order they were signed.
pub async fn of_site(tx: &mut Tx, site: i64) -> Result<Vec<Checkpoint>> {
    let rows: Vec<CheckpointRow> = tx
        .query(concat!(
            "SELECT ",
            checkpoint_columns!(),
            " FROM checkpoint c JOIN site s ON s.id = c.site WHERE c.site = $1 ORDER BY c.seq, c.closed_through"
        ))
        .bind(site)
        .all()
        .await?;
    rows.into_iter().map(CheckpointRow::checkpoint).collect()
}

impl CheckpointRow {
    pub(crate) fn checkpoint(self) -> Result<Checkpoint> {
        let broken = || Error::Broken { table: "checkpoint", detail: format!("{} {}", self.site, self.seq) };
        let closed = match (self.version, self.closed_through) {
            (1, NOTHING) => Closed::Unsaid,
            (2, NOTHING) => Closed::Nothing,
            (2, day) => Closed::Through(rows::day(day)?),
            _ => return Err(broken()),
        };
        Ok(Checkpoint {
            seq: self.seq,
            day: rows::day(self.day)?,
            hash: rows::hash(&self.hash)?,
            totals: Totals { products: self.products, quantity: self.quantity, value: Money::from_minor(self.value) },
            closed,
            public_key: rows::hash(&self.public_key)?,
            signature: self.signature.as_slice().try_into().map_err(|_| broken())?,
            created_at: Timestamp::from_micros(self.created_at),
            site: self.site,
        })
    }
}

/// Of each site with postings after its newest checkpoint: its code, and when the oldest of these was recorded.
pub async fn oldest_unsigned(db: &Db) -> Result<Vec<(String, Timestamp)>> {
    let rows: Vec<(String, i64)> = db
        .query(
            "SELECT code, recorded_at FROM (SELECT s.code, (SELECT g.recorded_at FROM posting g WHERE g.site = s.id AND g.seq =
               (SELECT COALESCE(MAX(c.seq), 0) + 1 FROM checkpoint c WHERE c.site = s.id)) AS recorded_at FROM site s) oldest
             WHERE recorded_at IS NOT NULL ORDER BY code",
        )
        .all()
        .await?;
    Ok(rows.into_iter().map(|(site, micros)| (site, Timestamp::from_micros(micros))).collect())
}

/// Whether `message` was signed by that key; both in hexadecimal.
pub fn is_signature(message: &str, public_key: &str, signature: &str) -> bool {
    let (Some(key), Some(signature)) = (canonical::unhex::<32>(public_key), canonical::unhex::<64>(signature)) else {
        return false;
    };
    let signature = Signature::from_bytes(&signature);
    VerifyingKey::from_bytes(&key).is_ok_and(|key| key.verify_strict(message.as_bytes(), &signature).is_ok())
}

/// The link stored at a place of a site's chain; at place 0 the one before the first.
pub async fn hash_at(db: &Db, site: &str, seq: i64) -> Result<Option<[u8; 32]>> {
    if seq == 0 {
        return Ok(Some(canonical::GENESIS));
    }
    let stored: Option<Vec<u8>> = db
        .query("SELECT g.hash FROM posting g JOIN site s ON s.id = g.site WHERE s.code = $1 AND g.seq = $2")
        .bind(site.to_owned())
        .bind(seq)
        .scalar()
        .await?;
    stored.map(|bytes| rows::hash(&bytes)).transpose()
}

/// The signatures of the checkpoints at a place of a site's chain.
pub async fn signatures_at(db: &Db, site: &str, seq: i64) -> Result<Vec<Vec<u8>>> {
    let rows: Vec<(Vec<u8>,)> = db
        .query("SELECT c.signature FROM checkpoint c JOIN site s ON s.id = c.site WHERE s.code = $1 AND c.seq = $2")
        .bind(site.to_owned())
        .bind(seq)
        .all()
        .await?;
    Ok(rows.into_iter().map(|row| row.0).collect())
}
