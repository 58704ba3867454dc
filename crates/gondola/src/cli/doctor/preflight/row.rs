//! A line of the check before opening.
//!
//! Invariant: whatever does not pass says what to do, or what to look at and where.

use crate::cli::Words;

/// What a line is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Group {
    Security,
    Database,
    Performance,
    Operations,
    Compliance,
}

impl Group {
    pub(super) const ALL: [Group; 5] =
        [Group::Security, Group::Database, Group::Performance, Group::Operations, Group::Compliance];

    /// Its name in documents.
    pub(super) const fn code(self) -> &'static str {
        match self {
            Group::Security => "security",
            Group::Database => "database",
            Group::Performance => "performance",
            Group::Operations => "operations",
            Group::Compliance => "compliance",
        }
    }

    pub(super) fn name(self, words: Words) -> &'static str {
        match self {
            Group::Security => words.say("seguridad", "security"),
            Group::Database => words.say("base de datos", "database"),
            Group::Performance => words.say("rapidez", "performance"),
            Group::Operations => words.say("operación", "operations"),
            Group::Compliance => words.say("cumplimiento", "compliance"),
        }
    }
}

/// What came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    Pass,
    Fail,
    /// No machine can see it.
    ByHand,
}

impl Verdict {
    /// Its name in documents.
    pub(super) const fn code(self) -> &'static str {
        match self {
            Verdict::Pass => "pass",
            Verdict::Fail => "fail",
            Verdict::ByHand => "by_hand",
        }
    }

    pub(super) fn mark(self, words: Words) -> &'static str {
        match self {
            Verdict::Pass => "ok",
            Verdict::Fail => words.say("FALLA", "FAIL"),
            Verdict::ByHand => words.say("a mano", "by hand"),
        }
    }
}

/// What only people can see: its name (code, Spanish, English), and what to look at in both languages.
pub(super) type ByHand = ((&'static str, &'static str, &'static str), &'static str, &'static str);

/// What was found, and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Finding {
    pub(super) verdict: Verdict,
    pub(super) said: String,
}

/// It is as it has to be.
pub(super) fn pass(said: impl Into<String>) -> Finding {
    Finding { verdict: Verdict::Pass, said: said.into() }
}

/// It is not.
pub(super) fn fail(said: impl Into<String>) -> Finding {
    Finding { verdict: Verdict::Fail, said: said.into() }
}

/// Somebody has to look.
pub(super) fn by_hand(said: impl Into<String>) -> Finding {
    Finding { verdict: Verdict::ByHand, said: said.into() }
}

/// A line.
#[derive(Debug, Clone)]
pub(super) struct Row {
    pub(super) group: Group,
    pub(super) code: &'static str,
    pub(super) name: &'static str,
    pub(super) finding: Finding,
}
