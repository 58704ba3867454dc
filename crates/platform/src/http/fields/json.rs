//! JSON text to a tree in one pass, numbers kept as they were written.
//!
//! Invariant: accepts exactly the texts of RFC 8259 that nest no deeper than [`MAX_DEPTH`] and hold no more than [`MAX_VALUES`] values;
//! recursion and memory are bounded by them.
//! Duplicate names stay in the tree for the reader to refuse, because only it knows the field's path.

use std::borrow::Cow;

use super::Value;

/// Levels of lists and objects a document may nest.
pub const MAX_DEPTH: usize = 16;
/// Values a document may hold: several times what the largest bulk request has. Each costs tens of bytes, however few it was sent in.
pub const MAX_VALUES: usize = 500_000;

/// Why a text is not a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum JsonError {
    /// Not JSON, at this byte.
    Malformed(usize),
    /// More than [`MAX_DEPTH`] levels.
    TooDeep,
    /// More than [`MAX_VALUES`] values.
    TooMany,
}

/// Reads a whole document.
pub(crate) fn parse(text: &str) -> Result<Value<'_>, JsonError> {
    let mut parser = Parser { text, at: 0, values: 0 };
    parser.space();
    let value = parser.value(0)?;
    parser.space();
    if parser.at == text.len() { Ok(value) } else { Err(JsonError::Malformed(parser.at)) }
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
    values: usize,
}

impl<'a> Parser<'a> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn malformed<T>(&self) -> Result<T, JsonError> {
        Err(JsonError::Malformed(self.at))
    }

    fn space(&mut self) {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.peek() {
            self.at += 1;
        }
    }

    fn expect(&mut self, byte: u8) -> Result<(), JsonError> {
        if self.peek() != Some(byte) {
            return self.malformed();
        }
        self.at += 1;
        Ok(())
    }

    fn value(&mut self, depth: usize) -> Result<Value<'a>, JsonError> {
        self.values += 1;
        if self.values > MAX_VALUES {
            return Err(JsonError::TooMany);
        }
        match self.peek() {
            Some(b'{') => self.object(depth),
            Some(b'[') => self.list(depth),
            Some(b'"') => Ok(Value::Text(self.string()?)),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(b't') => self.word("true", Value::Bool(true)),
            Some(b'f') => self.word("false", Value::Bool(false)),
            Some(b'n') => self.word("null", Value::Null),
            _ => self.malformed(),
        }
    }

    fn word(&mut self, word: &str, value: Value<'a>) -> Result<Value<'a>, JsonError> {
        if !self.text.as_bytes()[self.at..].starts_with(word.as_bytes()) {
            return self.malformed();
        }
        self.at += word.len();
        Ok(value)
    }

    fn object(&mut self, depth: usize) -> Result<Value<'a>, JsonError> {
        let mut members = Vec::new();
        self.sequence(depth, b'}', |parser| {
            if parser.peek() != Some(b'"') {
                return parser.malformed();
            }
            let name = parser.string()?;
            parser.space();
            parser.expect(b':')?;
            parser.space();
            members.push((name, parser.value(depth + 1)?));
            Ok(())
        })?;
        Ok(Value::Object(members))
    }

    fn list(&mut self, depth: usize) -> Result<Value<'a>, JsonError> {
        let mut items = Vec::new();
        self.sequence(depth, b']', |parser| {
            items.push(parser.value(depth + 1)?);
            Ok(())
        })?;
        Ok(Value::List(items))
    }

    /// What stands between an opening bracket and `close`, parted by commas.
    fn sequence(
        &mut self,
        depth: usize,
        close: u8,
        mut item: impl FnMut(&mut Self) -> Result<(), JsonError>,
    ) -> Result<(), JsonError> {
        if depth >= MAX_DEPTH {
            return Err(JsonError::TooDeep);
        }
        self.at += 1;
        self.space();
        if self.peek() == Some(close) {
            self.at += 1;
            return Ok(());
        }
        loop {
            item(self)?;
            self.space();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(byte) if byte == close => break,
                _ => return self.malformed(),
            }
            self.space();
        }
        self.at += 1;
        Ok(())
    }

    fn string(&mut self) -> Result<Cow<'a, str>, JsonError> {
        let start = self.at;
        let mut escaped = false;
        self.at += 1;
        loop {
            let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
            self.at += rest.iter().position(|byte| matches!(byte, b'"' | b'\\' | 0..0x20)).unwrap_or(rest.len());
            match self.peek() {
                Some(b'"') => break,
                Some(b'\\') => {
                    escaped = true;
                    self.at += 2;
                }
                _ => return self.malformed(),
            }
        }
        self.at += 1;
        let quoted = &self.text[start..self.at];
        if !escaped {
            return Ok(Cow::Borrowed(&quoted[1..quoted.len() - 1]));
        }
        serde_json::from_str::<String>(quoted).map(Cow::Owned).map_err(|_| JsonError::Malformed(start))
    }

    fn number(&mut self) -> Result<Value<'a>, JsonError> {
        let start = self.at;
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        if self.peek() == Some(b'0') {
            self.at += 1;
        } else {
            self.digits()?;
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if let Some(b'e' | b'E') = self.peek() {
            self.at += 1;
            if let Some(b'+' | b'-') = self.peek() {
                self.at += 1;
            }
            self.digits()?;
        }
        Ok(Value::Number(&self.text[start..self.at]))
    }

    fn digits(&mut self) -> Result<(), JsonError> {
        let start = self.at;
        while let Some(b'0'..=b'9') = self.peek() {
            self.at += 1;
        }
        if self.at == start { self.malformed() } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What serde_json makes of the same text, but for numbers, which it may round.
    fn same(ours: &Value<'_>, theirs: &serde_json::Value) -> bool {
        match (ours, theirs) {
            (Value::Null, serde_json::Value::Null) => true,
            (Value::Bool(a), serde_json::Value::Bool(b)) => a == b,
            (Value::Number(_), serde_json::Value::Number(_)) => true,
            (Value::Text(a), serde_json::Value::String(b)) => a == b,
            (Value::List(a), serde_json::Value::Array(b)) => {
                a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
            }
            (Value::Object(a), serde_json::Value::Object(b)) => {
                // The last of two equal names wins over there.
                b.iter().all(|(name, b)| a.iter().rev().find(|(n, _)| n == name).is_some_and(|(_, a)| same(a, b)))
            }
            _ => false,
        }
    }

    fn agrees(text: &str) {
        let theirs = serde_json::from_str::<serde_json::Value>(text);
        match (parse(text), &theirs) {
            (Ok(ours), Ok(theirs)) => assert!(same(&ours, theirs), "{text}"),
            (Err(JsonError::TooDeep), _) | (Err(_), Err(_)) => {}
            // It refuses numbers that no float holds; we keep their text.
            (Ok(_), Err(error)) => assert!(error.to_string().contains("number out of range"), "{text}: {error}"),
            (Err(error), Ok(_)) => panic!("{text}: {error:?}"),
        }
    }

    #[test]
    fn takes_and_refuses_what_the_standard_does() {
        for text in [
            "{}",
            "[]",
            "null",
            "tru",
            "01",
            "-",
            "-0",
            "1.",
            ".5",
            "1e",
            "1e+",
            "1E-2",
            "1e999",
            "\"",
            "\"\\",
            "\"\\\"",
            "\"\\u00e9\"",
            "\"\\ud800\"",
            "\"\\ud83d\\ude00\"",
            "\"\t\"",
            "[1,]",
            "[,1]",
            "{\"a\":1,}",
            "{\"a\" : [ {\"b\":null} ] }",
            "{a:1}",
            "[1 2]",
            "1 1",
            "NaN",
            "Infinity",
            "",
            " ",
            "{\"a\":1,\"a\":2}",
            "\u{feff}{}",
            "\"\\x\"",
            "[\"\\u0000\"]",
        ] {
            agrees(text);
        }
    }

    #[test]
    fn keeps_numbers_as_written() {
        assert_eq!(parse("0.10"), Ok(Value::Number("0.10")));
    }

    #[test]
    fn nests_so_deep_and_no_deeper() {
        let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert!(parse(&nested(MAX_DEPTH)).is_ok());
        assert_eq!(parse(&nested(MAX_DEPTH + 1)), Err(JsonError::TooDeep));
        assert_eq!(parse(&"[".repeat(1_000_000)), Err(JsonError::TooDeep));
    }

    #[test]
    fn holds_so_many_values_and_no_more() {
        let list = |count: usize| format!("[{}0]", "0,".repeat(count - 2));
        assert!(parse(&list(MAX_VALUES)).is_ok());
        assert_eq!(parse(&list(MAX_VALUES + 1)), Err(JsonError::TooMany));
        let empty = format!("[{}{{}}]", "{},".repeat(MAX_VALUES));
        assert_eq!(parse(&empty), Err(JsonError::TooMany));
    }

    proptest! {
        #[test]
        fn never_panics_and_agrees_with_the_other_reader(text in "\\PC*") {
            agrees(&text);
        }

        #[test]
        fn agrees_on_texts_that_look_like_json(text in "[\\[\\]{}:, \"\\\\a1.e\\-+tu0n]{0,40}") {
            agrees(&text);
        }
    }
}
