//! More about an event, as JSON with a bound.
//!
//! Invariant: what comes out is a JSON object of at most [`MOST_BYTES`]; what did not fit is named with its size and digest; a value
//! under a name that sounds like a secret is never written.

use serde::Serialize;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

/// Bytes the details of an event may have.
pub const MOST_BYTES: usize = 8192;
/// A value longer than this gives way first.
const LONG_BYTES: usize = 200;
/// Names whose values are nobody's business.
const SECRET: &[&str] =
    &["password", "passphrase", "secret", "token", "otp", "recovery_code", "cookie", "authorization"];

/// Named values, and what they were before.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Details(Map<String, Value>);

impl Details {
    /// Says that `name` is `value`.
    pub fn set(&mut self, name: &str, value: impl Serialize) {
        let value = written(name, value);
        self.0.insert(name.to_owned(), value);
    }

    /// Says that `name` was changed, if it was.
    pub fn change(&mut self, name: &str, before: impl Serialize, after: impl Serialize) {
        let (before, after) = (plain(before), plain(after));
        if before == after {
            return;
        }
        let change = json!({ "before": guarded(name, before), "after": guarded(name, after) });
        let changes = self.0.entry("changes").or_insert_with(|| json!({}));
        if let Some(changes) = changes.as_object_mut() {
            changes.insert(name.to_owned(), change);
        }
    }

    /// Says what was changed between two states of one thing.
    pub fn changes(&mut self, before: impl Serialize, after: impl Serialize) {
        let fields = |state: Value| if let Value::Object(fields) = state { fields } else { Map::new() };
        let (mut before, mut after) = (fields(plain(before)), fields(plain(after)));
        let mut names: Vec<String> = before.keys().chain(after.keys()).cloned().collect();
        names.sort();
        names.dedup();
        for name in names {
            self.change(&name, before.remove(&name), after.remove(&name));
        }
    }

    /// Whether nothing is said.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The JSON text; empty when nothing is said.
    pub(super) fn text(mut self) -> String {
        if self.0.is_empty() {
            return String::new();
        }
        let text = Value::Object(self.0.clone()).to_string();
        if text.len() <= MOST_BYTES {
            return text;
        }
        self.0.values_mut().for_each(shorten);
        let text = Value::Object(self.0).to_string();
        if text.len() <= MOST_BYTES { text } else { cut(&text).to_string() }
    }
}

fn plain(value: impl Serialize) -> Value {
    serde_json::to_value(value).unwrap_or_else(|error| Value::from(format!("not written: {error}")))
}

fn written(name: &str, value: impl Serialize) -> Value {
    guarded(name, plain(value))
}

/// A safety net, not a licence: nobody should try.
fn guarded(name: &str, value: Value) -> Value {
    let secret = SECRET.iter().any(|word| name == *word || name.ends_with(&format!("_{word}")));
    if secret && !value.is_boolean() && !value.is_null() { Value::from("***") } else { value }
}

/// Long texts and lists make way, the shape stays.
fn shorten(value: &mut Value) {
    match value {
        Value::Object(fields) => fields.values_mut().for_each(shorten),
        Value::String(text) if text.len() > LONG_BYTES => *value = cut(text),
        Value::Array(_) => {
            let text = value.to_string();
            if text.len() > LONG_BYTES {
                *value = cut(&text);
            }
        }
        _ => {}
    }
}

fn cut(text: &str) -> Value {
    let digest = Sha256::digest(text.as_bytes());
    json!({ "left_out_bytes": text.len(), "sha256": domain::ledger::canonical::hex(&digest) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_what_changed_and_nothing_else() {
        let mut details = Details::default();
        details.changes(
            json!({"name": "Pan", "minimum": "1", "brand": null}),
            json!({"name": "Pan lactal", "minimum": "1"}),
        );
        assert_eq!(details.text(), r#"{"changes":{"name":{"after":"Pan lactal","before":"Pan"}}}"#);
        assert_eq!(Details::default().text(), "");
    }

    #[test]
    fn what_is_too_long_is_named_by_size_and_digest() {
        let mut details = Details::default();
        details.set("file", "ventas.csv");
        details.set("note", "x".repeat(20_000));
        let text = details.text();
        assert!(
            text.len() < MOST_BYTES && text.contains("\"file\":\"ventas.csv\"") && text.contains("20000"),
            "{text}"
        );
        let mut many = Details::default();
        (0..2000).for_each(|field| many.set(&format!("field_{field}"), field));
        assert!(many.text().contains("left_out_bytes"));
    }

    #[test]
    fn a_secret_is_not_written_even_when_somebody_tries() {
        let mut details = Details::default();
        details.set("password", "hunter2");
        details.change("webhook_secret", "hunter2", "hunter3");
        details.set("totp", true);
        let text = details.text();
        assert!(!text.contains("hunter"), "{text}");
    }
}
