//! The bytes of a record.
//!
//! Invariant: whole or recognisably not: a record carries its length and a checksum of everything else in it, and begins with a mark that
//! can be searched for.

use sha2::{Digest, Sha256};

/// What a file begins with.
pub(super) const HEADER: &[u8] = b"gondola journal 1\n";
/// What a record begins with.
pub(super) const MARK: &[u8; 4] = b"\xf5gj1";
/// Mark, kind, number, length, checksum.
pub(super) const HEAD_BYTES: usize = 4 + 1 + 8 + 4 + 8;
/// Bytes of one record; larger ones are nobody's.
pub(super) const MOST_BYTES: usize = 64 * 1024 * 1024;

/// What a record says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Something is kept.
    Kept = 1,
    /// All up to its number are settled.
    Settled = 2,
}

/// Something that was kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Its number in the file.
    pub number: u64,
    /// What was kept.
    pub payload: Vec<u8>,
}

/// The first bytes of a record.
#[derive(Debug, Clone, Copy)]
pub(super) struct Head {
    pub(super) kind: Kind,
    pub(super) number: u64,
    pub(super) length: usize,
    check: [u8; 8],
}

pub(super) fn write(bytes: &mut Vec<u8>, kind: Kind, number: u64, payload: &[u8]) {
    let length = u32::try_from(payload.len()).unwrap_or(u32::MAX);
    bytes.extend_from_slice(MARK);
    bytes.push(kind as u8);
    bytes.extend_from_slice(&number.to_le_bytes());
    bytes.extend_from_slice(&length.to_le_bytes());
    bytes.extend_from_slice(&check(kind, number, payload));
    bytes.extend_from_slice(payload);
}

/// The record at the beginning of `bytes` and its payload; `None` when there is no whole one.
pub(super) fn read(bytes: &[u8]) -> Option<(Head, &[u8])> {
    let head = head(bytes)?;
    let payload = bytes.get(HEAD_BYTES..HEAD_BYTES + head.length)?;
    (check(head.kind, head.number, payload) == head.check).then_some((head, payload))
}

fn head(bytes: &[u8]) -> Option<Head> {
    let rest = bytes.strip_prefix(MARK.as_slice())?;
    let (kind, rest) = rest.split_first()?;
    let (number, rest) = rest.split_first_chunk::<8>()?;
    let (length, rest) = rest.split_first_chunk::<4>()?;
    let check = *rest.first_chunk::<8>()?;
    let kind = [Kind::Kept, Kind::Settled].into_iter().find(|known| *known as u8 == *kind)?;
    let length = usize::try_from(u32::from_le_bytes(*length)).ok().filter(|length| *length <= MOST_BYTES)?;
    Some(Head { kind, number: u64::from_le_bytes(*number), length, check })
}

fn check(kind: Kind, number: u64, payload: &[u8]) -> [u8; 8] {
    let digest = Sha256::new().chain_update([kind as u8]).chain_update(number.to_le_bytes()).chain_update(payload);
    let digest: [u8; 32] = digest.finalize().into();
    digest.first_chunk().copied().unwrap_or_default()
}
