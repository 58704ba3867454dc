//! The fault of one field.
//!
//! Invariant: the code is stable and its text is `field-CODE`.

use crate::texts::{Arg, Args, Locale, text};

/// What is wrong with one field of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldError {
    /// Where: `postings[3].lines[0].quantity`, or the name of a parameter. Empty for the body as a whole.
    pub field: String,
    /// The stable code.
    pub code: &'static str,
    /// Filled into its text.
    pub args: Args,
}

impl FieldError {
    /// A fault whose text is `field-CODE`.
    pub fn new(field: impl Into<String>, code: &'static str) -> FieldError {
        FieldError { field: field.into(), code, args: Args::new() }
    }

    /// Fills `name` into its text.
    #[must_use]
    pub fn arg(mut self, name: &'static str, value: impl Into<Arg>) -> FieldError {
        self.args.set(name, value);
        self
    }

    /// What a person reads.
    pub fn message(&self, locale: Locale) -> String {
        text(locale, &format!("field-{}", self.code), &self.args)
    }
}
