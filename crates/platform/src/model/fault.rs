//! Why a model did not answer.
//!
//! Invariant: holds nothing of the key; what the provider says is cut short.

use std::time::Duration;

use super::Cost;
use crate::outgoing::Fault;

/// What would have been passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// Tokens of one request.
    RequestTokens(u64),
    /// Cost of one request.
    RequestCost(Cost),
    /// Tokens of a day.
    DayTokens(u64),
    /// Cost of a day.
    DayCost(Cost),
}

/// Why a model did not answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ModelFault {
    /// Too many ask already.
    #[error("too many wait for the model")]
    Busy,
    /// It is believed to be down.
    #[error("the model is believed to be down; it is tried again in {wait:?}")]
    Away {
        /// How long until then.
        wait: Duration,
    },
    /// It would cost more than was set.
    #[error("more than the model may cost: {0:?}")]
    OverLimit(Limit),
    /// It does not do what is asked of it.
    #[error("the model refused with {status}: {said}")]
    Refused {
        /// The status of its answer.
        status: u16,
        /// What it says, cut short.
        said: String,
    },
    /// It is asked too often.
    #[error("the model is asked too often")]
    Throttled {
        /// When to come back, where it said so.
        wait: Option<Duration>,
    },
    /// It failed.
    #[error("the model failed with {status}")]
    Failed {
        /// The status of its answer.
        status: u16,
    },
    /// It did not answer.
    #[error("the model did not answer: {0}")]
    Unreachable(Fault),
    /// Nothing was asked: no request can be made of it.
    #[error("the model cannot be asked that: {0}")]
    Unfit(String),
    /// What came is no answer.
    #[error("what came is no answer of a model: {0}")]
    Odd(String),
    /// It is not known what was spent.
    #[error("what was spent on the model cannot be read or written: {0}")]
    Purse(String),
}

impl ModelFault {
    /// Every name.
    pub(super) const NAMES: [&'static str; 10] =
        ["busy", "away", "over_limit", "refused", "throttled", "failed", "unreachable", "unfit", "odd", "purse"];

    /// Its name in figures.
    pub const fn name(&self) -> &'static str {
        match self {
            ModelFault::Busy => "busy",
            ModelFault::Away { .. } => "away",
            ModelFault::OverLimit(_) => "over_limit",
            ModelFault::Refused { .. } => "refused",
            ModelFault::Throttled { .. } => "throttled",
            ModelFault::Failed { .. } => "failed",
            ModelFault::Unreachable(_) => "unreachable",
            ModelFault::Unfit(_) => "unfit",
            ModelFault::Odd(_) => "odd",
            ModelFault::Purse(_) => "purse",
        }
    }
}
