//! The bytes that are hashed: of an entry for the chain, of a draft to tell a repetition from a conflict.
//!
//! Invariant: version 1 never changes. How values become bytes stands in `bytes.rs`; `docs/ledger-format.md` describes every
//! field in order, and the vectors below pin it.

use super::{Draft, Entry, LotDraft, Movement};
use crate::bytes::Bytes;
use sha2::{Digest, Sha256};

/// Version of the canonical form of entries.
pub const VERSION: u8 = 1;

/// The hash before the first entry of a chain.
pub const GENESIS: [u8; 32] = [0; 32];

/// The link of an entry: SHA-256 of the hash before it and of its canonical bytes. The entry's own `hash` is not read.
pub fn link(previous: &[u8; 32], entry: &Entry) -> [u8; 32] {
    let mut hasher = Sha256::new();
    hasher.update(previous);
    hasher.update(entry_bytes(entry));
    hasher.finalize().into()
}

/// The canonical bytes of an entry.
pub fn entry_bytes(entry: &Entry) -> Vec<u8> {
    let mut bytes = Bytes(Vec::with_capacity(256 + 128 * entry.movements.len()));
    bytes.0.push(VERSION);
    bytes.int(entry.site).int(entry.seq).uuid(entry.id).int(entry.kind.code());
    bytes.text(&entry.reference.kind).text(&entry.reference.number);
    bytes.text(&entry.actor).text(&entry.device).text(&entry.note);
    bytes.option(entry.corrects, |bytes, id| {
        bytes.uuid(id);
    });
    bytes.int(entry.effective_at.micros()).int(entry.recorded_at.micros()).int(i64::from(entry.business_day.number()));
    bytes.0.extend_from_slice(&entry.digest);
    bytes.length(entry.movements.len());
    for movement in &entry.movements {
        write_movement(&mut bytes, movement);
    }
    bytes.0
}

fn write_movement(bytes: &mut Bytes, movement: &Movement) {
    bytes.int(movement.product).text(&movement.sku).int(movement.lot).int(movement.from).int(movement.to);
    bytes.int(movement.quantity.milli()).int(movement.value.minor()).int(movement.settled.minor());
    bytes.int(movement.revenue.minor()).int(movement.on_hand_after.milli());
}

/// What a caller asked for, as a digest. Who asked and with which permissions is left out.
pub fn draft_digest(draft: &Draft) -> [u8; 32] {
    let mut bytes = Bytes::default();
    bytes.text(&draft.site).int(draft.kind.code());
    bytes.option(draft.effective_at, |bytes, at| {
        bytes.int(at.micros());
    });
    bytes.text(&draft.reference.kind).text(&draft.reference.number).text(&draft.device).text(&draft.note);
    bytes.option(draft.corrects, |bytes, id| {
        bytes.uuid(id);
    });
    bytes.length(draft.lines.len());
    for line in &draft.lines {
        bytes.text(&line.sku).int(line.quantity.milli());
        bytes.option(line.from.as_deref(), |bytes, code| {
            bytes.text(code);
        });
        bytes.option(line.to.as_deref(), |bytes, code| {
            bytes.text(code);
        });
        bytes.option(line.lot.as_ref(), write_lot);
        bytes.option(line.unit_price, |bytes, price| {
            bytes.int(price.minor());
        });
        bytes.option(line.line_cost, |bytes, cost| {
            bytes.int(cost.minor());
        });
    }
    Sha256::digest(&bytes.0).into()
}

fn write_lot(bytes: &mut Bytes, lot: &LotDraft) {
    bytes.text(&lot.code).option(lot.expires_on, |bytes, day| {
        bytes.int(i64::from(day.number()));
    });
}

/// Lower-case hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// The bytes of a hexadecimal text of exactly that length.
pub fn unhex<const N: usize>(text: &str) -> Option<[u8; N]> {
    if text.len() != 2 * N || !text.is_ascii() {
        return None;
    }
    let mut bytes = [0; N];
    for (i, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&text[2 * i..2 * i + 2], 16).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::{
        Day, Money, Quantity, Timestamp,
        ledger::{PostingKind, Reference},
    };

    fn sample() -> Entry {
        Entry {
            site: 1,
            seq: 2,
            id: Uuid::from_u128(0x0193_0000_0000_7000_8000_0000_0000_0001),
            kind: PostingKind::Sale,
            reference: Reference { kind: "ticket".into(), number: "0003-00012345".into() },
            actor: "ana".into(),
            device: "caja-1".into(),
            note: "ñandú".into(),
            corrects: None,
            effective_at: Timestamp::from_micros(1_700_000_000_000_000),
            recorded_at: Timestamp::from_micros(1_700_000_000_000_001),
            business_day: Day::from_number(19_675),
            digest: [7; 32],
            hash: [0; 32],
            movements: vec![Movement {
                product: 5,
                sku: "BEB-000012".into(),
                lot: 0,
                from: 2,
                to: 4,
                quantity: Quantity::units(2),
                value: Money::from_cents(1_000),
                settled: Money::ZERO,
                revenue: Money::from_cents(370_000),
                on_hand_after: Quantity::units(46),
            }],
        }
    }

    #[test]
    fn version_one_is_pinned() {
        let bytes = entry_bytes(&sample());
        assert_eq!(bytes.len(), 271);
        assert_eq!(hex(&bytes[..33]), "010000000000000001000000000000000201930000000070008000000000000001");
        assert_eq!(hex(&link(&GENESIS, &sample())), VECTOR);
    }

    /// Computed from the description by another program.
    const VECTOR: &str = "b92407d9a2540cf181340ce48af77e53651aee9efffa89a70f4742a5726be550";

    #[test]
    fn every_field_of_a_movement_counts() {
        let reference = link(&GENESIS, &sample());
        type Change = fn(&mut Movement);
        let changes: [Change; 10] = [
            |m| m.product = 6,
            |m| m.sku = "BEB-000013".into(),
            |m| m.lot = 1,
            |m| m.from = 3,
            |m| m.to = 5,
            |m| m.quantity += Quantity::from_milli(1),
            |m| m.value += Money::from_minor(1),
            |m| m.settled += Money::from_minor(1),
            |m| m.revenue += Money::from_minor(1),
            |m| m.on_hand_after += Quantity::from_milli(1),
        ];
        for change in changes {
            let mut entry = sample();
            change(&mut entry.movements[0]);
            assert_ne!(link(&GENESIS, &entry), reference);
        }
    }
}
