//! What somebody has to do before anything else.

use axum::http::StatusCode;
use platform::http::Problem;

/// What a session waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Duty {
    /// A code of the second factor.
    Code,
    /// A password of their own in place of one that somebody else chose.
    Password,
    /// A second factor, which their role must have.
    Factor,
}

impl Duty {
    /// Its name in documents.
    pub const fn name(self) -> &'static str {
        match self {
            Duty::Code => "code",
            Duty::Password => "password",
            Duty::Factor => "second_factor",
        }
    }

    /// Why nothing else is answered.
    pub fn problem(self) -> Problem {
        let code = match self {
            Duty::Code => return Problem::unauthorized().log("the code of the second factor was not given yet"),
            Duty::Password => "password_change_needed",
            Duty::Factor => "second_factor_needed",
        };
        Problem::new(StatusCode::FORBIDDEN, code)
    }
}
