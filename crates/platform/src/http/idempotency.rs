//! A request sent twice takes effect once: `Idempotency-Key`.
//!
//! Invariant: an answer is kept in the transaction that did the work, so there is never one without the other. Only successes
//! are kept: what failed may be put right and sent again with the same key.

mod answer;
mod keyed;
mod unkeyed;

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use sha2::{Digest, Sha256};

pub use keyed::{Keyed, KeyedBody};
pub use unkeyed::Unkeyed;

use super::problem::Problem;

/// Names the request among those of its sender.
pub const KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// Says that an answer was given before.
pub const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");
/// How long an answer is kept.
pub const KEPT_MICROS: i64 = 24 * 3600 * 1_000_000;
const MOST_KEY_CHARS: usize = 200;

/// The key of a request, if it has one. 400 when it is not 1 to 200 visible ASCII characters or given twice.
fn key_of(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let mut given = headers.get_all(KEY).iter();
    let Some(key) = given.next() else { return Ok(None) };
    let fit = |key: &&str| (1..=MOST_KEY_CHARS).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic());
    let key = key.to_str().ok().filter(fit).filter(|_| given.next().is_none());
    key.map(|key| Some(key.to_owned()))
        .ok_or_else(|| Problem::malformed("invalid_idempotency_key").arg("most", MOST_KEY_CHARS))
}

/// Tells one request from another: method, path with its query, and body.
fn digest(method: &str, path: &str, body: &[u8]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for part in [method.as_bytes(), path.as_bytes(), body] {
        // The length keeps the end of one part from being taken for the beginning of the next.
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hash.finalize().into()
}

fn replayed() -> (HeaderName, HeaderValue) {
    (REPLAYED, HeaderValue::from_static("true"))
}

#[cfg(test)]
mod tests;
