//! An answer as the older system gave it.
//!
//! Invariant: whatever happened there is something to say; that it is not the model's says its status.

use serde::Serialize;

use super::{Answer, ModelFault};

/// What the older system said when its model did not answer.
const FALLBACK: &str = "Sistema temporalmente degradado";

/// `{"response": …, "status": "ok" | "fallback"}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reply {
    response: String,
    status: &'static str,
}

impl Reply {
    /// Of what was answered, or was not.
    pub fn of(answer: &Result<Answer, ModelFault>) -> Reply {
        match answer {
            Ok(answer) => Reply { response: answer.text.clone(), status: "ok" },
            Err(_) => Reply { response: FALLBACK.to_owned(), status: "fallback" },
        }
    }
}
