//! One value of a request as it was written.
//!
//! Invariant: nothing is converted here; a reader decides what it takes.

use std::borrow::Cow;

/// A value of a JSON document or of a query string.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value<'a> {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number, as written.
    Number(&'a str),
    /// A string.
    Text(Cow<'a, str>),
    /// A parameter of a query string, which has no types: any reader may take it.
    Word(Cow<'a, str>),
    /// A list.
    List(Vec<Value<'a>>),
    /// An object, in the order written, perhaps with a name more than once.
    Object(Vec<(Cow<'a, str>, Value<'a>)>),
}

impl Value<'_> {
    /// The text of a string or parameter.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Value::Text(text) | Value::Word(text) => Some(text),
            _ => None,
        }
    }

    /// The digits of a number, or the text of a string or parameter that stands for one.
    pub fn as_digits(&self) -> Option<&str> {
        match self {
            Value::Number(digits) => Some(digits),
            other => other.as_text(),
        }
    }
}
