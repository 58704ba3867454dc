//! What the targets share.
//!
//! Invariant: a target's property fails by a panic; what it is given never ends up outside the process.

use std::sync::LazyLock;

use http::{HeaderMap, HeaderName, HeaderValue};
use platform::{http::Problem, texts::Locale};

static TEXTS: LazyLock<()> = LazyLock::new(warehouse::api::texts::register);

/// A refusal is one a client can act on: its fault (4xx), told in both languages, and every error says where.
pub fn assert_told(problem: &Problem) {
    LazyLock::force(&TEXTS);
    assert!(problem.status().is_client_error(), "{problem}");
    for locale in Locale::ALL {
        let document = problem.document_in(locale);
        assert_ne!(document.title, format!("problem-{}", problem.code()), "no text");
        for error in &document.errors {
            assert_ne!(error.message, format!("field-{}", error.code), "no text");
        }
    }
    for error in problem.errors() {
        let of_the_whole = matches!(error.code, "wrong_type" | "more_errors" | "nothing_to_change");
        assert!(of_the_whole || !error.field.is_empty(), "{} has no field", error.code);
        assert!(error.field.chars().all(|c| !c.is_control()), "{:?} cannot be shown", error.field);
    }
}

/// The headers and the body of an answer over HTTP: lines `name: value`, an empty line, the body. Lines that are no header are left out.
pub fn answer(bytes: &[u8]) -> (HeaderMap, &[u8]) {
    let end = bytes.windows(2).position(|pair| pair == b"\n\n").unwrap_or(bytes.len());
    let body = bytes.get(end + 2..).unwrap_or_default();
    let header = |line: &[u8]| {
        let colon = line.iter().position(|byte| *byte == b':')?;
        let (name, value) = (line[..colon].trim_ascii(), line[colon + 1..].trim_ascii());
        Some((HeaderName::from_bytes(name).ok()?, HeaderValue::from_bytes(value).ok()?))
    };
    (bytes[..end].split(|byte| *byte == b'\n').take(64).filter_map(header).collect(), body)
}

/// A few numbers from bytes, the extremes often among them.
pub struct Dice<'a> {
    bytes: std::slice::Iter<'a, u8>,
}

impl<'a> Dice<'a> {
    /// Over these bytes; zeros after their end.
    pub fn new(bytes: &'a [u8]) -> Dice<'a> {
        Dice { bytes: bytes.iter() }
    }

    /// Whether the bytes are used up.
    pub fn is_done(&self) -> bool {
        self.bytes.as_slice().is_empty()
    }

    /// A byte.
    pub fn byte(&mut self) -> u8 {
        self.bytes.next().copied().unwrap_or(0)
    }

    /// A number below `limit`, which is above zero.
    pub fn below(&mut self, limit: usize) -> usize {
        usize::from(self.byte()) % limit
    }

    /// A number of any size, small ones and the ends of the range among the likeliest.
    pub fn number(&mut self) -> i64 {
        match self.byte() {
            0 => i64::MAX,
            1 => i64::MIN,
            2 => domain::decimal::LIMIT,
            3 => domain::Quantity::MAX.milli(),
            4..=15 => (0..8).fold(0, |number, _| number << 8 | i64::from(self.byte())),
            16..=127 => i64::from(self.byte()) * 1000,
            _ => i64::from(self.byte()) - 16,
        }
    }
}
