//! Why a request did not get its answer.
//!
//! Invariant: what we refused is told apart from what the other side failed.

use std::net::IpAddr;

use super::Range;
use crate::http::problem::chain;

/// Why a request did not get its answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// Nobody said that this may be asked.
    #[error("{0} is not among what may be asked")]
    NotListed(String),
    /// Its name leads only to addresses that may not be reached.
    #[error("{host} is at {address}, which is {}", range.words())]
    OutOfReach {
        /// The name.
        host: String,
        /// The address that it leads to.
        address: IpAddr,
        /// What sort of address that is.
        range: Range,
    },
    /// Its name leads nowhere.
    #[error("no address for {host}: {reason}")]
    Unresolved {
        /// The name.
        host: String,
        /// Why.
        reason: String,
    },
    /// It does not take connections.
    #[error("no connection to {address}: {reason}")]
    Unreachable {
        /// Where it should be.
        address: IpAddr,
        /// Why.
        reason: String,
    },
    /// No TLS could be agreed on.
    #[error("no TLS with {host}: {reason}")]
    Untrusted {
        /// The name.
        host: String,
        /// Why.
        reason: String,
    },
    /// It did not answer in time.
    #[error("no answer in time")]
    Silent,
    /// Its answer was larger than may be read.
    #[error("an answer of more than {most} bytes")]
    TooLarge {
        /// Bytes that may be read.
        most: usize,
    },
    /// The connection broke.
    #[error("the connection broke: {0}")]
    Broken(String),
}

impl Fault {
    /// What a client's error stands for: our own fault when it carries one.
    pub(super) fn of(error: &(dyn std::error::Error + 'static)) -> Fault {
        let causes = std::iter::successors(Some(error), |error| error.source());
        let own = causes.filter_map(|cause| cause.downcast_ref::<Fault>()).next();
        own.cloned().unwrap_or_else(|| Fault::Broken(chain(error)))
    }

    /// Its name where it is counted or traced.
    pub const fn name(&self) -> &'static str {
        match self {
            Fault::NotListed(_) => "not_listed",
            Fault::OutOfReach { .. } => "out_of_reach",
            Fault::Unresolved { .. } => "unresolved",
            Fault::Unreachable { .. } => "unreachable",
            Fault::Untrusted { .. } => "untrusted",
            Fault::Silent => "silent",
            Fault::TooLarge { .. } => "too_large",
            Fault::Broken(_) => "broken",
        }
    }

    /// Whether it was us who did not let it out.
    pub const fn is_refusal(&self) -> bool {
        matches!(self, Fault::NotListed(_) | Fault::OutOfReach { .. })
    }
}
