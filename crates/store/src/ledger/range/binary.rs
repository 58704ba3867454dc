//! A slice of a chain as PostgreSQL copies it out.
//!
//! Invariant: numbers stand in eight bytes with the greatest first, texts and hashes as they are; a cell of another size is an error.

use domain::{
    Timestamp,
    ledger::{Entry, PostingKind, Reference},
};
use uuid::Uuid;

use super::{super::rows, raw::MOVEMENT};
use crate::{
    Error, Result,
    db::{Cell, Copied},
};

/// Columns of a posting.
const POSTING: usize = 14;

/// The postings of a slice, without movements yet.
pub(super) fn postings(site: i64, copied: &Copied) -> Result<impl Iterator<Item = Result<Entry>>> {
    let rows = copied.rows::<POSTING>()?;
    Ok(rows.map(move |cells| {
        let cells = cells?;
        posting(site, &cells).ok_or_else(|| broken("posting", cells[0]))
    }))
}

/// The movements of a slice.
pub(super) fn movements(copied: &Copied) -> Result<impl Iterator<Item = Result<[i64; MOVEMENT]>>> {
    let rows = copied.rows::<MOVEMENT>()?;
    Ok(rows.map(|cells| {
        let cells = cells?;
        numbers(cells).ok_or_else(|| broken("movement", cells[0]))
    }))
}

fn broken(table: &'static str, seq: Cell<'_>) -> Error {
    Error::Broken { table, detail: format!("cannot be read at {}", number(seq).unwrap_or_default()) }
}

fn posting(site: i64, cells: &[Cell<'_>; POSTING]) -> Option<Entry> {
    let [seq, kind, effective_at, recorded_at, day, id, corrects, digest, hash, reference @ ..] = *cells;
    let [reference_kind, reference_number, actor, device, note] = reference;
    Some(Entry {
        site,
        seq: number(seq)?,
        kind: PostingKind::from_code(number(kind)?)?,
        effective_at: Timestamp::from_micros(number(effective_at)?),
        recorded_at: Timestamp::from_micros(number(recorded_at)?),
        business_day: rows::day(number(day)?).ok()?,
        id: uuid(id)?,
        corrects: match corrects {
            None => None,
            some => Some(uuid(some)?),
        },
        digest: digest?.try_into().ok()?,
        hash: hash?.try_into().ok()?,
        reference: Reference { kind: text(reference_kind)?, number: text(reference_number)? },
        actor: text(actor)?,
        device: text(device)?,
        note: text(note)?,
        movements: Vec::new(),
    })
}

fn numbers<const N: usize>(cells: [Cell<'_>; N]) -> Option<[i64; N]> {
    let mut row = [0; N];
    for (value, cell) in row.iter_mut().zip(cells) {
        *value = number(cell)?;
    }
    Some(row)
}

fn number(cell: Cell<'_>) -> Option<i64> {
    Some(i64::from_be_bytes(cell?.try_into().ok()?))
}

fn uuid(cell: Cell<'_>) -> Option<Uuid> {
    Uuid::from_slice(cell?).ok()
}

fn text(cell: Cell<'_>) -> Option<String> {
    std::str::from_utf8(cell?).ok().map(str::to_owned)
}
