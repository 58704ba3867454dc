//! What people may ask about what is kept of them, and how it is answered.
//!
//! Invariant: a request is answered once, and what was asked, by whom and what came of it stands in the audit log. What the law wants
//! kept (the ledger) stays under a code that names nobody.

mod answer;
mod ask;
pub mod breach;
mod disclose;
mod erase;
pub mod form;
pub mod retention;

use domain::Timestamp;

pub use answer::Answer;
pub(crate) use ask::write_down;
pub use disclose::Disclosed;

/// Requests told at once.
pub const MOST_REQUESTS: i64 = 500;
/// Characters of what is asked and of what is answered.
pub const MOST_WORDS: usize = 2000;

const DAY_SECONDS: i64 = 86_400;

/// What may be asked for: the rights of Ley 25.326 (Argentina) and of the GDPR (European Union).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Right {
    /// To be told what is kept (art. 14; GDPR 15).
    Access,
    /// To get it in a form that programs read (GDPR 20).
    Portability,
    /// To have it put right (art. 16; GDPR 16).
    Rectification,
    /// To have it taken out (art. 16; GDPR 17).
    Erasure,
    /// To have it kept and not used (art. 16.6; GDPR 18).
    Restriction,
    /// To say no to a use of it (art. 27.3; GDPR 21).
    Objection,
}

impl Right {
    /// All of them.
    pub const ALL: [Right; 6] =
        [Right::Access, Right::Portability, Right::Rectification, Right::Erasure, Right::Restriction, Right::Objection];

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Right::Access => "access",
            Right::Portability => "portability",
            Right::Rectification => "rectification",
            Right::Erasure => "erasure",
            Right::Restriction => "restriction",
            Right::Objection => "objection",
        }
    }

    /// The one of that name.
    pub fn named(name: &str) -> Option<Right> {
        Right::ALL.into_iter().find(|right| right.name() == name)
    }

    /// Until when what was asked then has to be answered: ten days for being told (Ley 25.326, art. 14.2), five working days for having
    /// something changed or taken out (art. 16.2), counted as seven days since a week of them holds two that are not; a month for what
    /// only the GDPR knows (art. 12.3), as thirty days.
    pub const fn due(self, asked: Timestamp) -> Timestamp {
        let days = match self {
            Right::Access => 10,
            Right::Rectification | Right::Erasure | Right::Restriction => 7,
            Right::Portability | Right::Objection => 30,
        };
        asked.plus_seconds(days * DAY_SECONDS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_right_is_found_by_its_name_and_is_due_when_the_law_says() {
        let asked = Timestamp::from_micros(0);
        let days = |right: Right| right.due(asked).micros() / 1_000_000 / DAY_SECONDS;
        assert_eq!(Right::ALL.map(days), [10, 30, 7, 7, 7, 30]);
        for right in Right::ALL {
            assert_eq!(Right::named(right.name()), Some(right));
        }
        assert_eq!(Right::named("everything"), None);
    }
}
