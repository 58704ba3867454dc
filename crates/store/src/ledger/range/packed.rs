//! A slice of a chain as two texts: a driver hands rows over value by value, which costs more than hashing them.
//!
//! Invariant: numbers stand in decimals, everything else in hexadecimal digits, so neither sign that parts them can occur in it.

use std::{collections::HashMap, sync::Arc};

use domain::{
    Money, Quantity, Timestamp,
    ledger::{Entry, Movement, PostingKind, Reference},
};
use uuid::Uuid;

use super::super::rows;
use crate::{Db, Error, Result, Sql};

/// Columns of a movement, seq first and its line last.
pub(super) const MOVEMENT: usize = 11;

// Each database has its own way to write bytes as digits.
const POSTINGS: Sql = Sql::per_backend(
    "SELECT string_agg(concat_ws(' ', g.seq, g.kind, g.effective_at, g.recorded_at, g.business_day,
       hex(g.id), hex(g.corrects), hex(g.digest), hex(g.hash), hex(g.reference_kind), hex(g.reference_number), hex(g.actor),
       hex(g.device), hex(g.note)), ';')
     FROM (SELECT * FROM posting WHERE site = $1 AND seq BETWEEN $2 AND $3 ORDER BY seq) AS g",
    "SELECT string_agg(concat_ws(' ', g.seq, g.kind, g.effective_at, g.recorded_at, g.business_day,
       encode(uuid_send(g.id), 'hex'), COALESCE(encode(uuid_send(g.corrects), 'hex'), ''),
       encode(g.digest, 'hex'), encode(g.hash, 'hex'), encode(convert_to(g.reference_kind, 'UTF8'), 'hex'),
       encode(convert_to(g.reference_number, 'UTF8'), 'hex'), encode(convert_to(g.actor, 'UTF8'), 'hex'),
       encode(convert_to(g.device, 'UTF8'), 'hex'), encode(convert_to(g.note, 'UTF8'), 'hex')), ';')
     FROM (SELECT * FROM posting WHERE site = $1 AND seq BETWEEN $2 AND $3 ORDER BY seq) AS g",
);

const MOVEMENTS: &str =
    "SELECT string_agg(concat_ws(' ', m.seq, m.product, m.lot, m.from_location, m.to_location, m.quantity, m.value,
       m.settled, m.revenue, m.on_hand_after, m.line), ';')
     FROM (SELECT * FROM movement WHERE site = $1 AND seq BETWEEN $2 AND $3 ORDER BY seq, line) AS m";

/// Postings and movements of a slice.
pub(super) async fn slice(db: &Db, site: i64, (first, last): (i64, i64)) -> Result<(String, String)> {
    let text = async |sql: Sql| -> Result<String> {
        let found = db.query(sql).bind(site).bind(first).bind(last).scalar::<Option<String>>().await?;
        Ok(found.flatten().unwrap_or_default())
    };
    Ok((text(POSTINGS).await?, text(MOVEMENTS.into()).await?))
}

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

pub(super) fn movement(row: &[i64; MOVEMENT], skus: &HashMap<i64, Arc<str>>) -> Result<Movement> {
    let [_, product, lot, from, to, quantity, value, settled, revenue, on_hand_after, _] = *row;
    let unknown = || Error::Broken { table: "movement", detail: format!("unknown product number {product}") };
    Ok(Movement {
        product,
        sku: Arc::clone(skus.get(&product).ok_or_else(unknown)?),
        lot,
        from,
        to,
        quantity: Quantity::from_milli(quantity),
        value: Money::from_minor(value),
        settled: Money::from_minor(settled),
        revenue: Money::from_minor(revenue),
        on_hand_after: Quantity::from_milli(on_hand_after),
    })
}
