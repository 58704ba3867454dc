//! The first block of a backup: what anybody may know of it, and what the rest must add up to.
//!
//! Invariant: it is written last, so a file that was left half written has none; every byte of the block is accounted for.

use std::path::Path;

use domain::ledger::canonical::hex;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::Error;

/// Bytes of the block. What follows it is the payload, which `age` and `gunzip` open by hand.
pub const BLOCK: usize = 4096;
/// The newest format this program writes and reads.
pub const FORMAT: u32 = 1;
const MAGIC: &str = "gondola-backup";

/// What stands in the block.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// Version of the program that wrote it.
    pub program: String,
    /// The instant it shows, RFC 3339 in UTC.
    pub instant: String,
    /// Which kind of database it is of.
    pub database: String,
    /// Version of that database.
    pub schema: i64,
    /// `age`, or `none`.
    pub encryption: String,
    /// `gzip`.
    pub compression: String,
    /// Bytes after the block.
    pub payload_bytes: u64,
    /// SHA-256 of those bytes.
    pub payload_sha256: String,
}

impl Header {
    /// The block.
    pub(super) fn block(&self) -> Option<Vec<u8>> {
        let text = serde_json::to_string(self).ok()?;
        let head = format!("{MAGIC} {FORMAT}\n{text}\n");
        let mut block = format!("{head}{}\n", hex(&Sha256::digest(&head))).into_bytes();
        if block.len() >= BLOCK {
            return None;
        }
        block.resize(BLOCK - 1, b' ');
        block.push(b'\n');
        Some(block)
    }

    /// Reads a block back.
    pub(super) fn read(block: &[u8], path: &Path) -> Result<Header, Error> {
        let damaged = |what: &str| Error::Damaged { path: path.to_owned(), what: what.to_owned() };
        if !block.starts_with(MAGIC.as_bytes()) {
            return Err(Error::NotOne(path.to_owned()));
        }
        let text = std::str::from_utf8(block).map_err(|_| damaged("its first block is not text"))?;
        let mut lines = text.splitn(4, '\n');
        let (Some(first), Some(json), Some(sum), Some(rest)) = (lines.next(), lines.next(), lines.next(), lines.next())
        else {
            return Err(damaged("its first block is cut"));
        };
        let head = format!("{first}\n{json}\n");
        let padded = rest.strip_suffix('\n').is_some_and(|spaces| spaces.bytes().all(|byte| byte == b' '));
        if hex(&Sha256::digest(&head)) != sum || !padded || block.len() != BLOCK {
            return Err(damaged("its first block was changed"));
        }
        let format = first.strip_prefix(MAGIC).and_then(|number| number.trim().parse().ok()).unwrap_or(0);
        if format != FORMAT {
            return Err(Error::Newer { found: format, known: FORMAT });
        }
        serde_json::from_str(json).map_err(|error| damaged(&error.to_string()))
    }
}
