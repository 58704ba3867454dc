//! Who makes, changes and ends keys and accounts.
//!
//! Invariant: whoever has the command line of the machine has everything, as has the program itself; whoever came in has what their role and sites give.

use domain::audit::Action;
use platform::{
    audit::{self, Draft},
    http::Principal,
};

/// Who does something to a key or an account.
#[derive(Debug, Clone, Copy)]
pub enum Doer<'d> {
    /// Somebody who came in.
    Caller(&'d Principal),
    /// Whoever has the command line of the machine.
    CommandLine,
    /// The program itself, because a time is over.
    Upkeep,
}

impl Doer<'_> {
    /// What is written down as who did it.
    pub(crate) fn signature(&self) -> &str {
        match self {
            Doer::Caller(principal) => principal.signature(),
            Doer::CommandLine => "cli",
            Doer::Upkeep => "upkeep",
        }
    }

    /// An event of theirs.
    pub(crate) fn event(&self, action: Action) -> Draft {
        match self {
            Doer::Caller(principal) => audit::by(principal, action),
            Doer::CommandLine | Doer::Upkeep => audit::by_system(self.signature(), action),
        }
    }
}
