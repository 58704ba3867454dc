//! A mistake in the settings, in words.
//!
//! Invariant: names its origin, the setting and what is accepted; shows no value of a setting that holds a secret.

use std::fmt;

use super::{KEYS, Origin, keys};
use crate::{
    nearest::nearest,
    texts::{Args, Locale, text},
};

/// What is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Wrong {
    /// No such setting.
    Name,
    /// A table, a date or another kind no setting has.
    Kind,
    /// Not a value it accepts.
    Value(String),
    /// Of use only together with another, which is not set.
    Without(&'static str),
    /// The file cannot be read.
    Unreadable(String),
    /// Another setting says the same already.
    Together(&'static str),
    /// The file is not TOML.
    Syntax { line: usize, message: String },
}

/// One mistake in the settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    origin: Origin,
    key: String,
    wrong: Wrong,
}

impl Mistake {
    pub(super) fn new(origin: &Origin, key: &str, wrong: Wrong) -> Mistake {
        // The secret is dropped here, so that not even `Debug` can show it.
        let wrong = match wrong {
            Wrong::Value(_) if keys::is_secret(key) => Wrong::Value("***".to_owned()),
            wrong => wrong,
        };
        Mistake { origin: origin.clone(), key: key.to_owned(), wrong }
    }

    /// Where: `FILE: key`, the variable or the flag.
    pub fn place(&self) -> String {
        match &self.origin {
            Origin::File(path) if !self.key.is_empty() => format!("{}: {}", path.display(), self.key),
            origin => origin.to_string(),
        }
    }

    /// Where, what, and what is accepted.
    pub fn message(&self, locale: Locale) -> String {
        let accepted = || keys::find(&self.key).map(|key| text(locale, key.accepts, &Args::new())).unwrap_or_default();
        let args = Args::new().with("place", self.place());
        match &self.wrong {
            Wrong::Name => self.unknown(locale, args),
            Wrong::Kind => text(locale, "config-wrong-kind", &args.with("accepted", accepted())),
            Wrong::Value(value) => {
                text(locale, "config-wrong-value", &args.with("value", value).with("accepted", accepted()))
            }
            Wrong::Together(other) => text(locale, "config-together", &args.with("other", *other)),
            Wrong::Without(other) => text(locale, "config-without", &args.with("other", *other)),
            Wrong::Unreadable(reason) => text(locale, "config-unreadable", &args.with("reason", reason)),
            Wrong::Syntax { line, message } => {
                text(locale, "config-not-toml", &args.with("line", *line).with("reason", message.replace('\n', " ")))
            }
        }
    }

    fn unknown(&self, locale: Locale, args: Args) -> String {
        match nearest(&self.key, KEYS.iter().map(|key| key.name)) {
            Some(near) => {
                let near = if matches!(self.origin, Origin::Variable(_)) {
                    keys::variable_name(near)
                } else {
                    near.to_owned()
                };
                text(locale, "config-unknown-near", &args.with("near", near))
            }
            None => text(locale, "config-unknown", &args),
        }
    }
}

/// Every mistake in the settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistakes(pub Vec<Mistake>);

impl Mistakes {
    /// One line for each.
    pub fn message(&self, locale: Locale) -> String {
        let lines: Vec<String> = self.0.iter().map(|mistake| mistake.message(locale)).collect();
        lines.join("\n")
    }
}

impl fmt::Display for Mistakes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message(Locale::default()))
    }
}

impl std::error::Error for Mistakes {}
