//! A query string that may hold nothing.

use platform::http::fields::{Fields, FromFields};

/// No parameters: whatever is given is unknown, and said to be so.
#[derive(Debug, Clone, Copy)]
pub struct Nothing;

impl FromFields for Nothing {
    fn from_fields(_: &mut Fields<'_>) -> Option<Nothing> {
        Some(Nothing)
    }
}
