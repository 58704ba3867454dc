//! Why a value was not encrypted or decrypted.

use std::time::Duration;

use axum::http::StatusCode;
use thiserror::Error;

use crate::http::Problem;

/// What went wrong. None of these holds anything of a key or a value.
#[derive(Debug, Clone, Error)]
pub enum Error {
    /// No master key is set, and this needs one.
    #[error("no encryption key is set")]
    NoKey,
    /// No master key is set, and the database holds values that need one.
    #[error("the database holds encrypted values of the master key {masters}, and no encryption key is set")]
    Missing {
        /// Names of the master keys that would do.
        masters: String,
    },
    /// The master key set is not the database's.
    #[error("the encryption key set is {given}; the database's is {masters}")]
    WrongMaster {
        /// Name of the one set.
        given: String,
        /// Names of those that would do.
        masters: String,
    },
    /// A value names a key that is not in the database, or that this master key does not open.
    #[error("there is no key {0}")]
    UnknownKey(u32),
    /// The master key is being changed; only when that has ended can there be a new key.
    #[error("the master key is being changed; end that first (gondola key rotate master --finish)")]
    MasterChanging,
    /// The value was changed, cut, put in another place, or is no value of ours.
    #[error("the encrypted value is damaged or not in its place")]
    Damaged,
    /// More than the cipher takes at once (64 GiB).
    #[error("the value is too large to be encrypted")]
    TooLarge,
    /// The passphrase could not be turned into a key.
    #[error("the key could not be derived from the passphrase")]
    Derivation,
    /// The machine gives no random bytes.
    #[error("no randomness")]
    Randomness,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] store::Error),
}

impl Error {
    pub(super) fn missing(masters: Vec<String>) -> Error {
        Error::Missing { masters: names(masters) }
    }

    pub(super) fn wrong(given: &str, masters: Vec<String>) -> Error {
        Error::WrongMaster { given: given.to_owned(), masters: names(masters) }
    }
}

fn names(mut masters: Vec<String>) -> String {
    masters.sort();
    masters.dedup();
    masters.join(", ")
}

impl From<Error> for Problem {
    fn from(error: Error) -> Problem {
        match error {
            Error::Store(error) => error.into(),
            Error::NoKey => Problem::new(StatusCode::SERVICE_UNAVAILABLE, "no_encryption_key")
                .retry_after(Duration::from_secs(3600))
                .caused_by(&error),
            error => Problem::internal(&error),
        }
    }
}
