//! Signed places of the log: its head day by day, and the cut up to which events may have been removed.
//!
//! Invariant: what is signed names the place and the link there, so a log that was written anew contradicts it. Ed25519 (RFC 8032)
//! over the bytes of [`Anchor::message`].

use domain::{Timestamp, audit::canonical, ledger::canonical::hex};
use ed25519_dalek::{Signer, SigningKey};
use sqlx::FromRow;

use super::read;
use crate::{Error, Result, Tx, ledger};

/// What a signed place is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The log stood there.
    Head,
    /// Events up to there were removed, their time being over.
    Cut,
}

impl Kind {
    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Kind::Head => "head",
            Kind::Cut => "cut",
        }
    }
}

/// A signed place of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Anchor {
    /// What for.
    pub kind: Kind,
    /// The place.
    pub seq: i64,
    /// The link there.
    pub hash: [u8; 32],
    /// When it was signed.
    pub signed_at: Timestamp,
    /// Whose signature.
    pub public_key: [u8; 32],
    /// Ed25519 signature of [`Anchor::message`].
    pub signature: [u8; 64],
}

impl Anchor {
    /// What is signed: lines of `name value`.
    pub fn message(&self) -> String {
        format!(
            "gondola audit 1\nkind {}\nseq {}\nhash {}\ntime {}\n",
            self.kind.name(),
            self.seq,
            hex(&self.hash),
            self.signed_at
        )
    }

    /// Whether the signature is of this message by this key.
    pub fn is_signed(&self) -> bool {
        ledger::checkpoint::is_signature(&self.message(), &hex(&self.public_key), &hex(&self.signature))
    }
}

#[derive(Debug, FromRow)]
struct AnchorRow {
    kind: String,
    seq: i64,
    hash: Vec<u8>,
    signed_at: i64,
    public_key: Vec<u8>,
    signature: Vec<u8>,
}

impl AnchorRow {
    fn anchor(self) -> Result<Anchor> {
        let broken = || Error::Broken { table: "audit_anchor", detail: format!("{} {}", self.kind, self.seq) };
        Ok(Anchor {
            kind: [Kind::Head, Kind::Cut].into_iter().find(|kind| kind.name() == self.kind).ok_or_else(broken)?,
            seq: self.seq,
            hash: ledger::rows::hash(&self.hash)?,
            signed_at: Timestamp::from_micros(self.signed_at),
            public_key: ledger::rows::hash(&self.public_key)?,
            signature: self.signature.as_slice().try_into().map_err(|_| broken())?,
        })
    }
}

/// Signs the head as it stands. `None` when the log is empty or nothing but the telling of it happened since it was last signed.
pub async fn sign_head(tx: &mut Tx, key: &SigningKey, at: Timestamp) -> Result<Option<Anchor>> {
    let (seq, hash) = read::head(tx).await?;
    let news: Option<i64> = tx
        .query(
            "SELECT CAST(1 AS BIGINT) FROM audit_event WHERE action <> 'audit.signed'
               AND seq > COALESCE((SELECT MAX(seq) FROM audit_anchor WHERE kind = 'head'), 0) LIMIT 1",
        )
        .scalar()
        .await?;
    if hash == canonical::GENESIS || news.is_none() {
        return Ok(None);
    }
    sign(tx, (Kind::Head, seq, hash), key, at).await.map(Some)
}

/// Signs a place.
pub(super) async fn sign(
    tx: &mut Tx,
    (kind, seq, hash): (Kind, i64, [u8; 32]),
    key: &SigningKey,
    at: Timestamp,
) -> Result<Anchor> {
    let public_key = key.verifying_key().to_bytes();
    let mut anchor = Anchor { kind, seq, hash, signed_at: at, public_key, signature: [0; 64] };
    anchor.signature = key.sign(anchor.message().as_bytes()).to_bytes();
    save(tx, &anchor).await?;
    Ok(anchor)
}

async fn save(tx: &mut Tx, anchor: &Anchor) -> Result<()> {
    tx.query(
        "INSERT INTO audit_anchor (kind, seq, hash, signed_at, public_key, signature) VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(anchor.kind.name())
    .bind(anchor.seq)
    .bind(anchor.hash.to_vec())
    .bind(anchor.signed_at.micros())
    .bind(anchor.public_key.to_vec())
    .bind(anchor.signature.to_vec())
    .run()
    .await
    .map(drop)
}

/// Every signed place, in the order of the log.
pub async fn all(tx: &mut Tx) -> Result<Vec<Anchor>> {
    let rows: Vec<AnchorRow> = tx
        .query("SELECT kind, seq, hash, signed_at, public_key, signature FROM audit_anchor ORDER BY seq, kind")
        .all()
        .await?;
    rows.into_iter().map(AnchorRow::anchor).collect()
}

/// The newest signed place of that kind.
pub async fn newest(tx: &mut Tx, kind: Kind) -> Result<Option<Anchor>> {
    let row: Option<AnchorRow> = tx
        .query(
            "SELECT kind, seq, hash, signed_at, public_key, signature FROM audit_anchor WHERE kind = $1
             ORDER BY seq DESC LIMIT 1",
        )
        .bind(kind.name())
        .one()
        .await?;
    row.map(AnchorRow::anchor).transpose()
}
