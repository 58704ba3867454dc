//! Signs of life of a database server.
//!
//! Invariant: asked over a connection of its own, so that neither long statements nor a pool that is used up look like silence; an
//! answer that comes too late is none.

use std::{str::FromStr, time::Duration};

use sqlx::{ConnectOptions, Connection, PgConnection, postgres::PgConnectOptions};
use tokio::time::timeout;

use crate::{Error, Options, Result};

/// What a server gives when it is asked whether it is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sign {
    /// An answer.
    Well,
    /// A refusal.
    Refuses,
    /// Nothing.
    Silent,
}

/// Asks a server whether it is there.
#[derive(Debug)]
pub struct Pulse {
    options: PgConnectOptions,
    connection: Option<PgConnection>,
    patience: Duration,
}

impl Pulse {
    /// Of the server at that address; `None` for a file, which is always there. It may take [`Options::server_wait`] to answer.
    pub fn of(options: &Options) -> Result<Option<Pulse>> {
        if options.url.starts_with("sqlite:") {
            return Ok(None);
        }
        let connect =
            PgConnectOptions::from_str(&options.url).map_err(|_| Error::Address("postgres://…".to_owned()))?;
        let connect = connect.application_name("gondola pulse").statement_cache_capacity(0).disable_statement_logging();
        Ok(Some(Pulse { options: connect, connection: None, patience: options.server_wait }))
    }

    /// Whether it answers. A server that refuses to talk is not silent: whoever asks it something is told at once, and need not be warned.
    pub async fn beat(&mut self) -> Sign {
        // Whatever it was asked before may be answered yet; a connection that was given up is not asked again.
        let connection = self.connection.take();
        match timeout(self.patience, asked(connection, &self.options)).await {
            Ok(Ok(connection)) => {
                self.connection = Some(connection);
                Sign::Well
            }
            Ok(Err(_)) => Sign::Refuses,
            Err(_) => Sign::Silent,
        }
    }
}

async fn asked(
    connection: Option<PgConnection>,
    options: &PgConnectOptions,
) -> std::result::Result<PgConnection, sqlx::Error> {
    if let Some(mut connection) = connection
        && connection.ping().await.is_ok()
    {
        return Ok(connection);
    }
    options.connect().await
}
