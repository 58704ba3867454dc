//! Reads request bodies and query strings field by field, gathering every error.
//!
//! Invariant: each reading either gives a value or leaves an error at the field's path; a document with an error, a field nobody
//! asked for or a name given twice never becomes a value.
//!
//! ```
//! use platform::http::fields::{Fields, FromFields, positive_quantity, text};
//! struct Line { sku: String, quantity: domain::Quantity, lot: Option<String> }
//! impl FromFields for Line {
//!     fn from_fields(f: &mut Fields<'_>) -> Option<Line> {
//!         let sku = f.required("sku", text(1..=64));
//!         let quantity = f.required("quantity", positive_quantity);
//!         let lot = f.optional("lot", text(1..=64));
//!         Some(Line { sku: sku?, quantity: quantity?, lot })
//!     }
//! }
//! let lines = Fields::parse(br#"{"lines":[{"sku":"A","quantity":0.1}]}"#)
//!     .and_then(|body| body.read(|f| f.list("lines", 1..=5000, Line::from_fields)));
//! assert_eq!(lines.unwrap()[0].quantity.to_string(), "0.100");
//! ```

mod errors;
mod fault;
mod json;
mod nested;
mod query;
mod read;
mod value;

use std::borrow::Cow;

use errors::Errors;
pub use fault::Fault;
pub use json::MAX_DEPTH;
pub use read::*;
pub use value::Value;

use super::{
    context,
    problem::{FieldError, Problem},
};
use crate::attack::Place;

/// What can be read from the fields of an object or from a query string.
pub trait FromFields: Sized {
    /// Reads every field; `None` only when an error was left behind.
    fn from_fields(fields: &mut Fields<'_>) -> Option<Self>;
}

/// What a PATCH says of a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change<T> {
    /// Not mentioned.
    Keep,
    /// `null`.
    Clear,
    /// A new value.
    Set(T),
}

impl<T> Change<T> {
    /// The field after this change.
    pub fn apply(self, present: Option<T>) -> Option<T> {
        match self {
            Change::Keep => present,
            Change::Clear => None,
            Change::Set(value) => Some(value),
        }
    }
}

/// The members of one object, or the parameters of a query string, while they are being read.
#[derive(Debug)]
pub struct Fields<'a> {
    members: Vec<Member<'a>>,
    /// Where this object stands; empty for the whole body.
    path: String,
    errors: Errors,
    source: Source,
}

#[derive(Debug)]
struct Member<'a> {
    name: Cow<'a, str>,
    /// Taken out when it is read; what is left at the end nobody knows.
    value: Option<Value<'a>>,
}

/// Decides the words for a name that is unknown or given twice.
#[derive(Debug, Clone, Copy)]
enum Source {
    Body,
    Query,
}

impl<'a> Fields<'a> {
    /// The members of the object that `body` holds. 400 when it is not JSON, 422 when it is not an object.
    pub fn parse(body: &'a [u8]) -> Result<Fields<'a>, Problem> {
        match json::parse(text_of(body)?) {
            Ok(Value::Object(members)) => Ok(Fields::new(members, String::new(), Errors::default(), Source::Body)),
            Ok(_) => Err(Problem::invalid(vec![Fault::wrong_type("object").at("")])),
            Err(error) => Err(malformed(body, error)),
        }
    }

    /// The parameters of a query string, without its `?`. 400 when its escapes are not UTF-8.
    pub fn from_query(query: &'a str) -> Result<Fields<'a>, Problem> {
        let parameters = query::parameters(query)?;
        Ok(Fields::new(parameters, String::new(), Errors::default(), Source::Query))
    }

    fn new(members: Vec<(Cow<'a, str>, Value<'a>)>, path: String, errors: Errors, source: Source) -> Fields<'a> {
        let members = members.into_iter().map(|(name, value)| Member { name, value: Some(value) }).collect();
        let mut fields = Fields { members, path, errors, source };
        fields.refuse_repeated();
        fields
    }

    /// The value of a field that must be there. `None` when an error was left behind.
    pub fn required<T>(&mut self, name: &'static str, read: impl Fn(&Value<'_>) -> Read<T>) -> Option<T> {
        match self.take(name) {
            Some(Value::Null) | None => self.fail(name, Fault::new("required")),
            Some(value) => self.read_as(name, &value, read),
        }
    }

    /// The value of a field that may be missing or null. Also `None` when an error was left behind.
    pub fn optional<T>(&mut self, name: &'static str, read: impl Fn(&Value<'_>) -> Read<T>) -> Option<T> {
        match self.take(name) {
            Some(Value::Null) | None => None,
            Some(value) => self.read_as(name, &value, read),
        }
    }

    /// What a PATCH says of a field. [`Change::Keep`] when an error was left behind.
    pub fn change<T>(&mut self, name: &'static str, read: impl Fn(&Value<'_>) -> Read<T>) -> Change<T> {
        match self.take(name) {
            None => Change::Keep,
            Some(Value::Null) => Change::Clear,
            Some(value) => self.read_as(name, &value, read).map_or(Change::Keep, Change::Set),
        }
    }

    /// What a PATCH says of a field that cannot be empty: `None` to keep it.
    pub fn replacement<T>(&mut self, name: &'static str, read: impl Fn(&Value<'_>) -> Read<T>) -> Option<T> {
        match self.take(name) {
            None => None,
            Some(Value::Null) => self.fail(name, Fault::new("required")),
            Some(value) => self.read_as(name, &value, read),
        }
    }

    /// Whether the field is there, unread and not null.
    pub fn has(&self, name: &str) -> bool {
        self.members.iter().any(|member| member.name == name && !matches!(member.value, None | Some(Value::Null)))
    }

    /// Whether nothing has been said, not even null.
    pub fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// Leaves an error at a field, for rules that span several. Always `None`, to be returned as the value.
    pub fn fail<T>(&mut self, name: &str, fault: Fault) -> Option<T> {
        let field = self.path_of(name);
        self.errors.add(fault.at(field));
        None
    }

    /// Reads the whole with `build`. 422 with every error when there is one.
    pub fn read<T>(mut self, build: impl FnOnce(&mut Fields<'a>) -> Option<T>) -> Result<T, Problem> {
        let value = build(&mut self);
        self.finish(|| value)
    }

    /// The errors so far, fields nobody asked for among them, for whoever has more to find and tells them together with those. Call it
    /// when everything is read.
    pub fn take_errors(&mut self) -> Vec<FieldError> {
        self.refuse_unknown();
        std::mem::take(&mut self.errors).into_list()
    }

    /// Ends the reading: 422 with every error when there is one, else what `build` makes.
    pub fn finish<T>(mut self, build: impl FnOnce() -> Option<T>) -> Result<T, Problem> {
        self.refuse_unknown();
        if !self.errors.is_empty() {
            return Err(Problem::invalid(self.errors.into_list()));
        }
        build().ok_or_else(|| Problem::bug("a reader gave no value and no error"))
    }

    fn take(&mut self, name: &str) -> Option<Value<'a>> {
        self.members.iter_mut().find(|member| member.name == name).and_then(|member| member.value.take())
    }

    fn read_as<T>(&mut self, name: &str, value: &Value<'_>, read: impl Fn(&Value<'_>) -> Read<T>) -> Option<T> {
        match read(value) {
            Ok(value) => Some(value),
            Err(fault) => {
                if let (Source::Body, Some(text)) = (self.source, value.as_text()) {
                    context::suspect(text, Place::Field);
                }
                self.fail(name, fault)
            }
        }
    }

    fn path_of(&self, name: &str) -> String {
        if self.path.is_empty() { shown(name) } else { format!("{}.{}", self.path, shown(name)) }
    }

    fn refuse_repeated(&mut self) {
        let code = match self.source {
            Source::Body => "duplicate_field",
            Source::Query => "repeated_parameter",
        };
        for index in errors::repeated(&self.members, |member| &member.name) {
            let name = self.members[index].name.clone();
            self.members[index].value = None;
            let _: Option<()> = self.fail(&name, Fault::new(code));
        }
    }

    fn refuse_unknown(&mut self) {
        let code = match self.source {
            Source::Body => "unknown_field",
            Source::Query => "unknown_parameter",
        };
        for member in std::mem::take(&mut self.members).iter().filter(|member| member.value.is_some()) {
            let _: Option<()> = self.fail(&member.name, Fault::new(code));
        }
    }
}

/// A client's own name for a field, fit to be shown: bounded, on one line, and never nothing, which would stand for the whole body.
fn shown(name: &str) -> String {
    if name.is_empty() {
        return "\"\"".to_owned();
    }
    name.chars().take(64).map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

fn text_of(body: &[u8]) -> Result<&str, Problem> {
    if body.iter().all(u8::is_ascii_whitespace) {
        return Err(Problem::malformed("empty_body"));
    }
    std::str::from_utf8(body).map_err(|error| Problem::malformed("invalid_utf8").arg("byte", error.valid_up_to()))
}

fn malformed(body: &[u8], error: json::JsonError) -> Problem {
    match error {
        json::JsonError::TooMany => Problem::malformed("too_many_values").arg("most", json::MAX_VALUES),
        json::JsonError::TooDeep => Problem::malformed("too_deep").arg("most", MAX_DEPTH),
        json::JsonError::Malformed(at) => {
            let before = &body[..at.min(body.len())];
            let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
            let column = before.iter().rev().take_while(|byte| **byte != b'\n').count() + 1;
            Problem::malformed("malformed_json").arg("line", line).arg("column", column)
        }
    }
}

impl From<FieldError> for Problem {
    fn from(error: FieldError) -> Problem {
        Problem::invalid(vec![error])
    }
}

#[cfg(test)]
mod tests;
