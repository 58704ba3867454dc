//! A slice of a chain as two texts: SQLite hands rows over value by value, which costs more than hashing them.
//!
//! Invariant: numbers stand in decimals, everything else in hexadecimal digits, so neither sign that parts them can occur in it.

use domain::{
    Timestamp,
    ledger::{Entry, PostingKind, Reference},
};
use uuid::Uuid;

use super::super::rows;
use crate::{Error, Result};

/// The postings of a slice, without movements yet.
pub(super) fn postings(site: i64, text: &str) -> impl Iterator<Item = Result<Entry>> {
    text.split(';').filter(|row| !row.is_empty()).map(move |row| {
        let broken = || Error::Broken { table: "posting", detail: format!("cannot be read: {row}") };
        posting(site, row).ok_or_else(broken)
    })
}

fn posting(site: i64, row: &str) -> Option<Entry> {
    let mut cells = row.split(' ');
    let mut number = || cells.next()?.parse::<i64>().ok();
    let (seq, kind, effective_at, recorded_at, day) = (number()?, number()?, number()?, number()?, number()?);
    let mut next = || cells.next().map(str::as_bytes);
    let entry = Entry {
        site,
        seq,
        kind: PostingKind::from_code(kind)?,
        effective_at: Timestamp::from_micros(effective_at),
        recorded_at: Timestamp::from_micros(recorded_at),
        business_day: rows::day(day).ok()?,
        id: Uuid::from_bytes(array(next()?)?),
        corrects: match next()? {
            [] => None,
            digits => Some(Uuid::from_bytes(array(digits)?)),
        },
        digest: array(next()?)?,
        hash: array(next()?)?,
        reference: Reference { kind: text(next()?)?, number: text(next()?)? },
        actor: text(next()?)?,
        device: text(next()?)?,
        note: text(next()?)?,
        movements: Vec::new(),
    };
    cells.next().is_none().then_some(entry)
}

fn array<const N: usize>(digits: &[u8]) -> Option<[u8; N]> {
    let mut bytes = [0; N];
    if digits.len() != 2 * N {
        return None;
    }
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        *byte = self::pair(pair)?;
    }
    Some(bytes)
}

fn text(digits: &[u8]) -> Option<String> {
    let bytes: Option<Vec<u8>> = digits.chunks(2).map(pair).collect();
    String::from_utf8(bytes?).ok()
}

/// What each byte is as a hexadecimal digit; 255 when it is none.
const DIGITS: [u8; 256] = {
    let (lower, upper) = (b"0123456789abcdef", b"0123456789ABCDEF");
    let mut digits = [255; 256];
    let mut value = 0_u8;
    while value < 16 {
        digits[lower[value as usize] as usize] = value;
        digits[upper[value as usize] as usize] = value;
        value += 1;
    }
    digits
};

fn pair(digits: &[u8]) -> Option<u8> {
    let [high, low] = digits else { return None };
    let (high, low) = (DIGITS[usize::from(*high)], DIGITS[usize::from(*low)]);
    (high | low < 16).then_some(high << 4 | low)
}
