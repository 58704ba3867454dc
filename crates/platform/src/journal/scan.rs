//! Reading a file whatever became of it.
//!
//! Invariant: every record that is whole is found, also behind a damaged place; bytes that belong to none are counted, as the end of a file
//! that was being written or as damage.

use super::record::{self, HEAD_BYTES, HEADER, Kind, MARK, Record};

/// What a file holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Scanned {
    /// What is not settled, the oldest first.
    pub pending: Vec<Record>,
    /// The largest number seen.
    pub last: u64,
    /// Bytes at the end that were never told to be written.
    pub torn_bytes: usize,
    /// Bytes in front of a whole record that are none.
    pub damaged_bytes: usize,
}

impl Scanned {
    /// Whether its bytes are records and nothing else.
    pub fn is_clean(&self) -> bool {
        self.torn_bytes == 0 && self.damaged_bytes == 0
    }
}

/// Reads a file's bytes.
pub fn scan(bytes: &[u8]) -> Scanned {
    let mut found = Scanned::default();
    let (mut kept, mut settled) = (Vec::new(), 0);
    let mut rest = bytes.strip_prefix(HEADER).unwrap_or(bytes);
    let mut strange = 0;
    while !rest.is_empty() {
        let Some((head, payload)) = record::read(rest) else {
            let next = next_mark(&rest[1..]).map_or(rest.len(), |at| at + 1);
            strange += next;
            rest = &rest[next..];
            continue;
        };
        found.damaged_bytes += std::mem::take(&mut strange);
        found.last = found.last.max(head.number);
        match head.kind {
            Kind::Kept => kept.push(Record { number: head.number, payload: payload.to_vec() }),
            Kind::Settled => settled = settled.max(head.number),
        }
        rest = &rest[HEAD_BYTES + head.length..];
    }
    found.torn_bytes = strange;
    kept.retain(|record| record.number > settled);
    found.pending = kept;
    found
}

fn next_mark(bytes: &[u8]) -> Option<usize> {
    bytes.windows(MARK.len()).position(|window| window == MARK)
}
