//! What a reader says of a value it does not take.
//!
//! Invariant: knows the code and what to fill into its text, not where the value stands.

use crate::{
    http::problem::FieldError,
    texts::{Arg, Args},
};

/// Why a value was not taken; its text is `field-CODE`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    code: &'static str,
    args: Args,
}

impl Fault {
    /// A fault of this code.
    pub const fn new(code: &'static str) -> Fault {
        Fault { code, args: Args::new() }
    }

    /// Of another JSON type than `expected`, whose text is the key `type-EXPECTED`.
    pub fn wrong_type(expected: &'static str) -> Fault {
        Fault::new("wrong_type").arg("expected", expected)
    }

    /// Fills `name` into its text.
    #[must_use]
    pub fn arg(mut self, name: &'static str, value: impl Into<Arg>) -> Fault {
        self.args.set(name, value);
        self
    }

    /// Its stable code.
    pub const fn code(&self) -> &'static str {
        self.code
    }

    /// The fault at its place.
    pub fn at(self, field: impl Into<String>) -> FieldError {
        FieldError { field: field.into(), code: self.code, args: self.args }
    }
}
