//! Rows of the ledger's tables as the domain's entries.
//!
//! Invariant: a row that our own rules forbid is [`Error::Broken`], never a default.

use std::{collections::HashMap, sync::Arc};

use domain::{
    Day, Money, Quantity, Timestamp,
    ledger::{Entry, Movement, PostingKind, Reference},
};
use sqlx::FromRow;
use uuid::Uuid;

use crate::{Error, Result};

/// Columns of [`PostingRow`], for a `SELECT`.
macro_rules! posting_columns {
    () => {
        "g.site, g.seq, g.id, g.kind, g.reference_kind, g.reference_number, g.actor, g.device, g.note, g.corrects, g.effective_at, \
         g.recorded_at, g.business_day, g.digest, g.hash"
    };
}
pub(crate) use posting_columns;

/// Columns of [`MovementRow`], for a `SELECT`.
macro_rules! movement_columns {
    () => {
        "m.seq, m.product, m.lot, m.from_location, m.to_location, m.quantity, m.value, m.settled, m.revenue, m.on_hand_after"
    };
}
pub(crate) use movement_columns;

/// A row of `posting`.
#[derive(Debug, FromRow)]
pub(crate) struct PostingRow {
    pub(crate) site: i64,
    pub(crate) seq: i64,
    pub(crate) id: Uuid,
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
    digest: Vec<u8>,
    hash: Vec<u8>,
}

/// A row of `movement`.
#[derive(Debug, FromRow)]
pub(crate) struct MovementRow {
    pub(crate) seq: i64,
    pub(crate) product: i64,
    lot: i64,
    from_location: i64,
    to_location: i64,
    quantity: i64,
    value: i64,
    settled: i64,
    revenue: i64,
    on_hand_after: i64,
}

/// Rows of integers that a statement joined into one text, `;` between rows and spaces between cells: SQLite hands rows over one
/// by one, and that costs more than finding them.
pub(crate) fn unpack<const N: usize>(packed: &str) -> Result<Vec<[i64; N]>> {
    packed.split(';').filter(|row| !row.is_empty()).map(unpack_row).collect()
}

fn unpack_row<const N: usize>(packed: &str) -> Result<[i64; N]> {
    let broken = || Error::Broken { table: "ledger", detail: format!("not numbers: {packed}") };
    let mut row = [0; N];
    let mut parts = packed.split(' ');
    for cell in &mut row {
        *cell = parts.next().and_then(|part| part.parse().ok()).ok_or_else(broken)?;
    }
    if parts.next().is_some() { Err(broken()) } else { Ok(row) }
}

/// A day as stored.
pub(crate) fn day(number: i64) -> Result<Day> {
    i32::try_from(number).map(Day::from_number).map_err(|_| Error::Broken { table: "day", detail: number.to_string() })
}

/// A hash as stored.
pub(crate) fn hash(bytes: &[u8]) -> Result<[u8; 32]> {
    bytes.try_into().map_err(|_| Error::Broken { table: "hash", detail: format!("{} bytes", bytes.len()) })
}

impl PostingRow {
    /// The entry, without movements yet.
    pub(crate) fn entry(self) -> Result<Entry> {
        let broken = |detail: String| Error::Broken { table: "posting", detail };
        Ok(Entry {
            site: self.site,
            seq: self.seq,
            id: self.id,
            kind: PostingKind::from_code(self.kind)
                .ok_or_else(|| broken(format!("kind {} of {}", self.kind, self.id)))?,
            reference: Reference { kind: self.reference_kind, number: self.reference_number },
            actor: self.actor,
            device: self.device,
            note: self.note,
            corrects: self.corrects,
            effective_at: Timestamp::from_micros(self.effective_at),
            recorded_at: Timestamp::from_micros(self.recorded_at),
            business_day: day(self.business_day)?,
            digest: hash(&self.digest)?,
            hash: hash(&self.hash)?,
            movements: Vec::new(),
        })
    }
}

impl MovementRow {
    /// The movement; `skus` has the codes of the products.
    pub(crate) fn movement(&self, skus: &HashMap<i64, Arc<str>>) -> Result<Movement> {
        let unknown =
            || Error::Broken { table: "movement", detail: format!("unknown product number {}", self.product) };
        Ok(Movement {
            product: self.product,
            sku: Arc::clone(skus.get(&self.product).ok_or_else(unknown)?),
            lot: self.lot,
            from: self.from_location,
            to: self.to_location,
            quantity: Quantity::from_milli(self.quantity),
            value: Money::from_minor(self.value),
            settled: Money::from_minor(self.settled),
            revenue: Money::from_minor(self.revenue),
            on_hand_after: Quantity::from_milli(self.on_hand_after),
        })
    }
}
