//! TLS for what we listen on and for what we ask: rustls with ring, versions 1.2 and 1.3 alone.
//!
//! Invariant: a connection is answered with a certificate and key that belong together and were whole when they were read; files that are
//! not are never used, and what was read before them stays.

pub mod authority;
mod client;
mod facts;
mod live;
mod material;
pub mod renewal;

use std::path::PathBuf;

pub use client::{Authorities, Trust, asking, trusting_only};
pub use facts::Facts;
pub use live::{Tls, TlsFigures};
pub use tokio_rustls::TlsConnector;

/// What clients have to prove.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ClientAuth {
    /// Nothing: certificates are not asked for.
    #[default]
    Off,
    /// A certificate of the authority, when they show one.
    Optional,
    /// A certificate of the authority.
    Required,
}

impl ClientAuth {
    /// All of them.
    pub const ALL: [ClientAuth; 3] = [ClientAuth::Off, ClientAuth::Optional, ClientAuth::Required];

    /// Its name in settings.
    pub const fn name(self) -> &'static str {
        match self {
            ClientAuth::Off => "off",
            ClientAuth::Optional => "optional",
            ClientAuth::Required => "required",
        }
    }
}

/// The files TLS is spoken with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Files {
    /// The certificate, followed by those that lead to its authority (PEM).
    pub certificate: PathBuf,
    /// Its private key (PEM).
    pub key: PathBuf,
    /// The authorities whose certificates clients show (PEM).
    pub client_ca: Option<PathBuf>,
    /// What clients have to prove.
    pub client_auth: ClientAuth,
    /// Whether we replace the certificate ourselves before it ends, by one of the authority beside it.
    pub renews: bool,
}

/// Why TLS cannot be spoken.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file is not there or may not be read.
    #[error("cannot read {}", path.display())]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A file holds something else.
    #[error("there is no {what} in {}", path.display())]
    Missing {
        /// Which.
        path: PathBuf,
        /// What it should hold.
        what: &'static str,
    },
    /// The key is not that of the certificate, or either is of a kind that is not spoken.
    #[error("the certificate and the key cannot be used")]
    Unfit(#[source] tokio_rustls::rustls::Error),
    /// The authorities of clients cannot be used.
    #[error("the authorities of client certificates cannot be used: {0}")]
    Authority(String),
    /// Client certificates are asked for, and nothing says whose.
    #[error("client certificates are asked for but no authority is named")]
    NoAuthority,
}

#[cfg(test)]
mod tests;
