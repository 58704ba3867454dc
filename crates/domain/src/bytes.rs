//! Values as bytes that are hashed.
//!
//! Invariant: no two lists of values give the same bytes. Integers are 8 bytes big-endian two's complement, texts and lists begin
//! with their length as such an integer, identities are their 16 bytes, an absent value is the byte 0 and a present one the byte
//! 1 followed by the value. What was once hashed with it can only be checked while this stays.

use uuid::Uuid;

/// Bytes being written.
#[derive(Default)]
pub(crate) struct Bytes(pub(crate) Vec<u8>);

impl Bytes {
    pub(crate) fn int(&mut self, value: i64) -> &mut Bytes {
        self.0.extend_from_slice(&value.to_be_bytes());
        self
    }

    pub(crate) fn length(&mut self, length: usize) -> &mut Bytes {
        self.int(i64::try_from(length).unwrap_or(i64::MAX))
    }

    pub(crate) fn text(&mut self, text: &str) -> &mut Bytes {
        self.length(text.len()).0.extend_from_slice(text.as_bytes());
        self
    }

    pub(crate) fn uuid(&mut self, id: Uuid) -> &mut Bytes {
        self.0.extend_from_slice(id.as_bytes());
        self
    }

    pub(crate) fn option<T>(&mut self, value: Option<T>, write: impl FnOnce(&mut Bytes, T)) -> &mut Bytes {
        self.0.push(u8::from(value.is_some()));
        if let Some(value) = value {
            write(self, value);
        }
        self
    }
}
