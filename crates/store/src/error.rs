//! What can go wrong with a database, in the words a caller can act on.
//!
//! Invariant: a driver's error is classified here and nowhere else.

use std::{sync::Arc, time::Duration};

use thiserror::Error;

/// The result of a store function.
pub type Result<T> = std::result::Result<T, Error>;

/// What went wrong.
#[derive(Debug, Clone, Error)]
pub enum Error {
    /// A rule of the schema was broken: the name of the constraint, or the columns SQLite names instead.
    #[error("constraint {0}")]
    Constraint(String),
    /// Another transaction changed the same rows first; trying again may succeed.
    #[error("the transaction lost a race")]
    Conflict(#[source] Arc<sqlx::Error>),
    /// What a statement was to change is not as it was read.
    #[error("it moved meanwhile")]
    Moved(#[source] Arc<sqlx::Error>),
    /// The file is held by another program for too long.
    #[error("the database is locked by another program")]
    Locked(#[source] Arc<sqlx::Error>),
    /// What was asked took longer than the server lets it, or waited too long for what another transaction holds.
    #[error("the database did not get to it in time")]
    Late(#[source] Arc<sqlx::Error>),
    /// No room left on the device.
    #[error("the disk is full")]
    DiskFull(#[source] Arc<sqlx::Error>),
    /// The file or its folder cannot be written.
    #[error("the database is read-only")]
    ReadOnly(#[source] Arc<sqlx::Error>),
    /// The database's user may not do that.
    #[error("the user of the database may not do that")]
    NotAllowed(#[source] Arc<sqlx::Error>),
    /// The file is not a database, or is damaged.
    #[error("the database file is damaged")]
    Damaged(#[source] Arc<sqlx::Error>),
    /// The server or file cannot be reached.
    #[error("the database cannot be reached")]
    Unavailable(#[source] Arc<sqlx::Error>),
    /// It was down a moment ago, so it was not asked.
    #[error("the database is believed to be down; it is tried again in {wait:?}")]
    Resting {
        /// How long until it is tried again.
        wait: Duration,
    },
    /// The file is not there, and was not to be made.
    #[error("there is no file {0}")]
    Missing(String),
    /// The address is not one of ours.
    #[error("not a database address: {0} (sqlite:///path or postgres://…)")]
    Address(String),
    /// Written by a newer program.
    #[error("the database is at version {found}, this program knows up to {known}")]
    TooNew {
        /// Version of the database.
        found: i64,
        /// Newest version this program knows.
        known: i64,
    },
    /// Older than this program, and nobody allowed it to be changed.
    #[error("the database is at version {found}, this program needs {needed}")]
    TooOld {
        /// Version of the database.
        found: i64,
        /// Version this program needs.
        needed: i64,
    },
    /// A migration failed or its record does not match.
    #[error("migration failed")]
    Migration(#[source] Arc<sqlx::migrate::MigrateError>),
    /// A row holds what our own rules forbid.
    #[error("{table}: {detail}")]
    Broken {
        /// Table the row is in.
        table: &'static str,
        /// What is wrong with it.
        detail: String,
    },
    /// The queue before the ledger is full.
    #[error("too many postings are waiting")]
    Busy,
    /// The ledger writer has stopped.
    #[error("the ledger writer has stopped")]
    Stopped,
    /// The machine gives no random bytes.
    #[error("no randomness")]
    NoRandomness,
    /// Anything else.
    #[error("database error")]
    Other(#[source] Arc<sqlx::Error>),
}

impl Error {
    /// Whether the same work may be tried again at once.
    pub fn is_race(&self) -> bool {
        matches!(self, Error::Conflict(_) | Error::Constraint(_))
    }

    /// Whether the server is not there for now: down, cut off, starting, or with no room. One that is there and refuses the user, the
    /// password or the name of the database is another matter.
    pub fn is_absence(&self) -> bool {
        match self {
            Error::Resting { .. } => true,
            Error::Unavailable(_) if self.is_untrusted() => false,
            Error::Unavailable(cause) => match &**cause {
                sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut | sqlx::Error::WorkerCrashed => true,
                // Closed before a word was said, as by a balancer with nobody behind it: the driver takes that for an answer of zero.
                sqlx::Error::Protocol(said) => said.contains("from SSLRequest: 0x00"),
                sqlx::Error::Database(inner) => {
                    let state = inner.code().unwrap_or_default();
                    ["08", "57P", "53"].iter().any(|class| state.starts_with(class))
                }
                _ => false,
            },
            _ => false,
        }
    }

    /// Whether a server is there, and no connection to it is encrypted as the address asks: it shows another certificate or none, or the
    /// authority that is to be trusted cannot be read.
    pub fn is_untrusted(&self) -> bool {
        let Error::Unavailable(cause) = self else { return false };
        match &**cause {
            sqlx::Error::Tls(_) => true,
            // So the driver passes on what TLS says of what came.
            sqlx::Error::Io(error) => error.kind() == std::io::ErrorKind::InvalidData,
            _ => false,
        }
    }

    /// Whether nothing is wrong with the request, only with the database for now.
    pub fn is_outage(&self) -> bool {
        matches!(
            self,
            Error::Unavailable(_)
                | Error::Resting { .. }
                | Error::Locked(_)
                | Error::Late(_)
                | Error::DiskFull(_)
                | Error::ReadOnly(_)
                | Error::Stopped
                | Error::Busy
        )
    }
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Error {
        let error = Arc::new(error);
        match &*error {
            sqlx::Error::Database(inner) => {
                let classified = classify(inner.code().as_deref(), inner.constraint(), inner.message());
                classified(Arc::clone(&error))
            }
            sqlx::Error::Io(_)
            | sqlx::Error::Tls(_)
            | sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::WorkerCrashed
            | sqlx::Error::Protocol(_) => Error::Unavailable(error),
            _ => Error::Other(error),
        }
    }
}

impl From<sqlx::migrate::MigrateError> for Error {
    fn from(error: sqlx::migrate::MigrateError) -> Error {
        match error {
            sqlx::migrate::MigrateError::Execute(inner) => Error::from(inner),
            other => Error::Migration(Arc::new(other)),
        }
    }
}

type Classified = Box<dyn FnOnce(Arc<sqlx::Error>) -> Error>;

/// SQLite gives extended result codes in decimal, PostgreSQL gives SQLSTATE.
fn classify(code: Option<&str>, constraint: Option<&str>, message: &str) -> Classified {
    let primary = code.and_then(|c| if c.len() == 5 { None } else { c.parse::<u32>().ok() }).map(|c| c & 0xff);
    match (primary, code) {
        (Some(19), _) => {
            let columns = message.rsplit(": ").next().unwrap_or(message).to_owned();
            Box::new(move |_| Error::Constraint(columns))
        }
        (Some(5 | 6), _) => Box::new(Error::Locked),
        (Some(13), _) | (_, Some("53100")) => Box::new(Error::DiskFull),
        (Some(8), _) | (_, Some("25006")) => Box::new(Error::ReadOnly),
        (Some(11 | 26), _) | (_, Some("XX001" | "XX002")) => Box::new(Error::Damaged),
        (_, Some("57014" | "55P03")) => Box::new(Error::Late),
        (_, Some("42501")) => Box::new(Error::NotAllowed),
        (Some(10 | 14), _) => Box::new(Error::Unavailable),
        (_, Some("40001" | "40P01")) => Box::new(Error::Conflict),
        // Nothing of ours divides but the statement that proves that nothing moved.
        (_, Some("22012")) => Box::new(Error::Moved),
        (_, Some(state)) if state.starts_with("23") => {
            let name = constraint.unwrap_or(message).to_owned();
            Box::new(move |_| Error::Constraint(name))
        }
        (_, Some(state))
            if state.starts_with("08")
                || state.starts_with("57P")
                || state.starts_with("53")
                || state == "3D000"
                || state.starts_with("28") =>
        {
            Box::new(Error::Unavailable)
        }
        _ => Box::new(Error::Other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_took_too_long_is_an_outage_and_no_broken_rule() {
        for state in ["57014", "55P03"] {
            let error = classify(Some(state), None, "")(Arc::new(sqlx::Error::PoolClosed));
            assert!(matches!(error, Error::Late(_)) && error.is_outage() && !error.is_race(), "{state}: {error:?}");
            assert!(!error.is_absence(), "the server is there");
        }
    }
}
