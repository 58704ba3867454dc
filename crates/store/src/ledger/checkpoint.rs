//! Signed checkpoints: a witness of a chain's head that is kept apart.
//!
//! Invariant: what is signed names the site, the place in its chain, the hash there and the sums; whoever has the public key
//! can check it without the database. Ed25519 (RFC 8032) over the bytes of [`Checkpoint::message`].

use domain::{
    Day, Money, Timestamp,
    ledger::{
        Entry,
        audit::Totals,
        canonical::{self, hex},
    },
};
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};

use super::rows;
use crate::{Db, Error, Result, Sql, Tx};

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
        format!(
            "gondola checkpoint 1\nsite {}\nseq {}\nday {}\nhash {}\nproducts {}\nquantity {}\nvalue {}\n",
            self.site,
            self.seq,
            self.day,
            hex(&self.hash),
            self.totals.products,
            self.totals.quantity,
            self.totals.value.minor()
        )
    }

    /// Whether the signature is of this message by this key.
    pub fn is_signed(&self) -> bool {
        is_signature(&self.message(), &hex(&self.public_key), &hex(&self.signature))
    }
}

/// Checks a checkpoint against the entry at its place and the sums there.
pub(crate) fn check(checkpoint: &Checkpoint, entry: &Entry, totals: Totals) -> std::result::Result<(), String> {
    if !checkpoint.is_signed() {
        return Err(format!("the signature of the checkpoint at {} is not valid", checkpoint.seq));
    }
    if checkpoint.hash != entry.hash {
        return Err(format!("the checkpoint at {} has another hash", checkpoint.seq));
    }
    if checkpoint.totals != totals {
        return Err(format!("the checkpoint at {} has other sums", checkpoint.seq));
    }
    Ok(())
}

/// Signs the head of a site's chain as it stands. `None` when it has no postings or its head is signed already.
pub async fn sign(tx: &mut Tx, site: &str, key: &SigningKey, now: (Timestamp, Day)) -> Result<Option<Checkpoint>> {
    // On PostgreSQL a posting committed between two statements here would be in the sums and not under the head.
    let locked = Sql::per_backend(
        "SELECT s.id, c.seq, c.hash FROM site s JOIN chain c ON c.site = s.id WHERE s.code = $1",
        "SELECT s.id, c.seq, c.hash FROM site s JOIN chain c ON c.site = s.id WHERE s.code = $1 FOR UPDATE OF c",
    );
    let head: Option<(i64, i64, Vec<u8>)> = tx.query(locked).bind(site.to_owned()).one().await?;
    let Some((id, seq, hash)) = head.filter(|head| head.1 > 0) else { return Ok(None) };
    let signed = tx.query("SELECT seq FROM checkpoint WHERE site = $1 AND seq = $2").bind(id).bind(seq);
    if signed.scalar::<i64>().await?.is_some() {
        return Ok(None);
    }
    let mut checkpoint = Checkpoint {
        site: site.to_owned(),
        seq,
        day: now.1,
        hash: rows::hash(&hash)?,
        totals: totals(tx, id).await?,
        public_key: key.verifying_key().to_bytes(),
        signature: [0; 64],
        created_at: now.0,
    };
    checkpoint.signature = key.sign(checkpoint.message().as_bytes()).to_bytes();
    save(tx, id, &checkpoint).await?;
    Ok(Some(checkpoint))
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
        "INSERT INTO checkpoint (site, seq, day, hash, products, quantity, value, public_key, signature, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    )
    .bind(site)
    .bind(checkpoint.seq)
    .bind(i64::from(checkpoint.day.number()))
    .bind(checkpoint.hash.to_vec())
    .bind(checkpoint.totals.products)
    .bind(checkpoint.totals.quantity)
    .bind(checkpoint.totals.value.minor())
    .bind(checkpoint.public_key.to_vec())
    .bind(checkpoint.signature.to_vec())
    .bind(checkpoint.created_at.micros())
    .run()
    .await
    .map(drop)
}

#[derive(sqlx::FromRow)]
struct CheckpointRow {
    site: String,
    seq: i64,
    day: i64,
    hash: Vec<u8>,
    products: i64,
    quantity: i64,
    value: i64,
    public_key: Vec<u8>,
    signature: Vec<u8>,
    created_at: i64,
}

/// Every checkpoint of a site, oldest first.
pub async fn of_site(tx: &mut Tx, site: i64) -> Result<Vec<Checkpoint>> {
    let rows: Vec<CheckpointRow> = tx
        .query(
            "SELECT s.code AS site, c.seq, c.day, c.hash, c.products, c.quantity, c.value, c.public_key, c.signature, c.created_at
             FROM checkpoint c JOIN site s ON s.id = c.site WHERE c.site = $1 ORDER BY c.seq",
        )
        .bind(site)
        .all()
        .await?;
    rows.into_iter().map(from_row).collect()
}

fn from_row(row: CheckpointRow) -> Result<Checkpoint> {
    let broken = |_| Error::Broken { table: "checkpoint", detail: format!("{} {}", row.site, row.seq) };
    Ok(Checkpoint {
        seq: row.seq,
        day: rows::day(row.day)?,
        hash: rows::hash(&row.hash)?,
        totals: Totals { products: row.products, quantity: row.quantity, value: Money::from_minor(row.value) },
        public_key: rows::hash(&row.public_key)?,
        signature: row.signature.as_slice().try_into().map_err(broken)?,
        created_at: Timestamp::from_micros(row.created_at),
        site: row.site,
    })
}

/// Of each site with postings after its newest checkpoint: its code, and when the oldest of these was recorded.
pub async fn oldest_unsigned(db: &Db) -> Result<Vec<(String, Timestamp)>> {
    let rows: Vec<(String, i64)> = db
        .query(
            "SELECT s.code, g.recorded_at FROM site s JOIN posting g ON g.site = s.id AND g.seq =
               (SELECT COALESCE(MAX(c.seq), 0) + 1 FROM checkpoint c WHERE c.site = s.id)
             ORDER BY s.code",
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

/// The link stored at a place of a site's chain.
pub async fn hash_at(db: &Db, site: &str, seq: i64) -> Result<Option<[u8; 32]>> {
    let stored: Option<Vec<u8>> = db
        .query("SELECT g.hash FROM posting g JOIN site s ON s.id = g.site WHERE s.code = $1 AND g.seq = $2")
        .bind(site.to_owned())
        .bind(seq)
        .scalar()
        .await?;
    stored.map(|bytes| rows::hash(&bytes)).transpose()
}

/// The signature of the checkpoint at a place of a site's chain.
pub async fn signature_at(db: &Db, site: &str, seq: i64) -> Result<Option<Vec<u8>>> {
    db.query("SELECT c.signature FROM checkpoint c JOIN site s ON s.id = c.site WHERE s.code = $1 AND c.seq = $2")
        .bind(site.to_owned())
        .bind(seq)
        .scalar()
        .await
}

/// The head of a site's chain.
pub async fn head(db: &Db, site: i64) -> Result<(i64, [u8; 32])> {
    let head: Option<(i64, Vec<u8>)> = db.query("SELECT seq, hash FROM chain WHERE site = $1").bind(site).one().await?;
    let (seq, hash) = head.ok_or_else(|| Error::Broken { table: "chain", detail: site.to_string() })?;
    Ok((seq, rows::hash(&hash)?))
}
