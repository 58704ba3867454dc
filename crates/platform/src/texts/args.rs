//! What is filled into a text.
//!
//! Invariant: numbers are integers, so that plural rules see them exactly; decimals travel as text.

use domain::{Day, Money, Quantity, Timestamp};

/// One value filled into a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Arg {
    /// Shown as it is.
    Text(String),
    /// Shown as it is, and chooses the plural form.
    Number(i64),
}

/// Named values filled into a text.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Args(Vec<(&'static str, Arg)>);

impl Args {
    /// None.
    pub const fn new() -> Args {
        Args(Vec::new())
    }

    /// With one more.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<Arg>) -> Args {
        self.set(name, value);
        self
    }

    /// Adds one.
    pub fn set(&mut self, name: &'static str, value: impl Into<Arg>) {
        self.0.push((name, value.into()));
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Each with its name.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &Arg)> {
        self.0.iter().map(|(name, value)| (*name, value))
    }
}

impl From<&str> for Arg {
    fn from(text: &str) -> Arg {
        Arg::Text(text.to_owned())
    }
}

impl From<String> for Arg {
    fn from(text: String) -> Arg {
        Arg::Text(text)
    }
}

impl From<&String> for Arg {
    fn from(text: &String) -> Arg {
        Arg::Text(text.clone())
    }
}

macro_rules! numbers {
    ($($kind:ty),*) => { $(
        impl From<$kind> for Arg {
            fn from(number: $kind) -> Arg {
                Arg::Number(i64::try_from(number).unwrap_or(i64::MAX))
            }
        }
    )* };
}

numbers!(i64, u64, usize, i32, u32, u16);

macro_rules! shown {
    ($($kind:ty),*) => { $(
        impl From<$kind> for Arg {
            fn from(value: $kind) -> Arg {
                Arg::Text(value.to_string())
            }
        }
    )* };
}

shown!(Quantity, Money, Day, Timestamp, uuid::Uuid);
