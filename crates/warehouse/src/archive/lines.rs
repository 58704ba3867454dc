//! The lines of a ledger file, and what they stand for.
//!
//! Invariant: what is written of an entry or a checkpoint reads back as the same; what does not read is `None`, never a guess.

use domain::{
    Day, Money, Quantity, Timestamp,
    ledger::{
        Entry, Movement, PostingKind, Reference,
        audit::Totals,
        canonical::{hex, unhex},
    },
};
use serde::{Deserialize, Serialize};
use store::ledger::checkpoint::{Checkpoint, Closed};
use uuid::Uuid;

/// What the first line calls the file.
pub(super) const FORMAT: &str = "gondola-ledger";
/// The version of the file that is written. Version 1 said nothing of closed days.
pub(super) const VERSION: u32 = 2;

#[derive(Serialize, Deserialize)]
pub(super) struct Header {
    pub(super) format: String,
    pub(super) version: u32,
    pub(super) site: String,
    pub(super) site_number: i64,
    pub(super) postings: i64,
    /// Through which day the books are closed; nothing before version 2.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) closed_through: Option<i32>,
    /// Number, code and kind of each location.
    pub(super) locations: Vec<(i64, String, String)>,
}

/// Product, SKU, lot, from, to, quantity, value, settled, revenue, on hand after.
type MovementLine = (i64, String, i64, i64, i64, i64, i64, i64, i64, i64);

#[derive(Serialize, Deserialize)]
pub(super) struct EntryLine {
    seq: i64,
    id: Uuid,
    kind: i64,
    reference: (String, String),
    actor: String,
    device: String,
    note: String,
    corrects: Option<Uuid>,
    effective_at: i64,
    recorded_at: i64,
    business_day: i32,
    digest: String,
    hash: String,
    movements: Vec<MovementLine>,
}

#[derive(Serialize, Deserialize)]
pub(super) struct CheckpointLine {
    checkpoint: i64,
    day: i32,
    hash: String,
    products: i64,
    quantity: i64,
    value: i64,
    /// Version of what was signed, 1 when missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    version: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    closed_through: Option<i32>,
    public_key: String,
    signature: String,
    created_at: i64,
}

pub(super) fn entry_line(entry: &Entry) -> EntryLine {
    let movement = |m: &Movement| {
        (
            m.product,
            m.sku.to_string(),
            m.lot,
            m.from,
            m.to,
            m.quantity.milli(),
            m.value.minor(),
            m.settled.minor(),
            m.revenue.minor(),
            m.on_hand_after.milli(),
        )
    };
    EntryLine {
        seq: entry.seq,
        id: entry.id,
        kind: entry.kind.code(),
        reference: (entry.reference.kind.clone(), entry.reference.number.clone()),
        actor: entry.actor.clone(),
        device: entry.device.clone(),
        note: entry.note.clone(),
        corrects: entry.corrects,
        effective_at: entry.effective_at.micros(),
        recorded_at: entry.recorded_at.micros(),
        business_day: entry.business_day.number(),
        digest: hex(&entry.digest),
        hash: hex(&entry.hash),
        movements: entry.movements.iter().map(movement).collect(),
    }
}

pub(super) fn entry(line: EntryLine, site: i64) -> Option<Entry> {
    let movement = |m: MovementLine| Movement {
        product: m.0,
        sku: m.1.into(),
        lot: m.2,
        from: m.3,
        to: m.4,
        quantity: Quantity::from_milli(m.5),
        value: Money::from_minor(m.6),
        settled: Money::from_minor(m.7),
        revenue: Money::from_minor(m.8),
        on_hand_after: Quantity::from_milli(m.9),
    };
    Some(Entry {
        site,
        seq: line.seq,
        id: line.id,
        kind: PostingKind::from_code(line.kind)?,
        reference: Reference { kind: line.reference.0, number: line.reference.1 },
        actor: line.actor,
        device: line.device,
        note: line.note,
        corrects: line.corrects,
        effective_at: Timestamp::from_micros(line.effective_at),
        recorded_at: Timestamp::from_micros(line.recorded_at),
        business_day: Day::from_number(line.business_day),
        digest: unhex(&line.digest)?,
        hash: unhex(&line.hash)?,
        movements: line.movements.into_iter().map(movement).collect(),
    })
}

pub(super) fn checkpoint_line(checkpoint: &Checkpoint) -> CheckpointLine {
    CheckpointLine {
        checkpoint: checkpoint.seq,
        day: checkpoint.day.number(),
        hash: hex(&checkpoint.hash),
        products: checkpoint.totals.products,
        quantity: checkpoint.totals.quantity,
        value: checkpoint.totals.value.minor(),
        version: Some(checkpoint.closed.version()),
        closed_through: match checkpoint.closed {
            Closed::Through(day) => Some(day.number()),
            Closed::Unsaid | Closed::Nothing => None,
        },
        public_key: hex(&checkpoint.public_key),
        signature: hex(&checkpoint.signature),
        created_at: checkpoint.created_at.micros(),
    }
}

pub(super) fn stated(site: &str, line: &CheckpointLine) -> Option<Checkpoint> {
    let closed = match (line.version.unwrap_or(1), line.closed_through) {
        (1, None) => Closed::Unsaid,
        (2, day) => Closed::of(day.map(Day::from_number)),
        _ => return None,
    };
    Some(Checkpoint {
        site: site.to_owned(),
        seq: line.checkpoint,
        day: Day::from_number(line.day),
        hash: unhex(&line.hash)?,
        totals: Totals { products: line.products, quantity: line.quantity, value: Money::from_minor(line.value) },
        closed,
        public_key: unhex(&line.public_key)?,
        signature: unhex(&line.signature)?,
        created_at: Timestamp::from_micros(line.created_at),
    })
}
