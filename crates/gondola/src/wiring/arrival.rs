//! Serving before the database server is there.
//!
//! Invariant: until the tables were found to be this program's nobody asks for any of them but who looks; what is wrong with them then ends
//! the program with the words it would have ended with at its start.

use std::{sync::Arc, time::Duration};

use access::password::Typed;
use platform::{breaker::Breaker, config::Settings, vault::Vault};
use store::Db;
use tokio::sync::watch;

use super::{Node, pause};
use crate::cli::{bring_up, is_absence};

/// How long after one look the next is taken.
pub(super) const EVERY: Duration = Duration::from_secs(1);

/// How far the database has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd)]
enum Stage {
    Away,
    /// It may be asked.
    There,
    /// What is kept encrypted in it can be opened, as far as there is a key: what waits for it may begin.
    Open,
}

/// Whether the database was found as it should be. Cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct Arrival(Arc<watch::Sender<Stage>>);

impl Arrival {
    pub(super) fn new(has_come: bool) -> Arrival {
        Arrival(Arc::new(watch::Sender::new(if has_come { Stage::Open } else { Stage::Away })))
    }

    pub(super) fn has_come(&self) -> bool {
        *self.0.borrow() >= Stage::There
    }

    /// Ends when it has come and is open.
    pub(super) async fn wait(&self) {
        // Whoever waits holds the sender too, so it cannot go away.
        let _ = self.0.subscribe().wait_for(|stage| *stage == Stage::Open).await;
    }
}

/// What the database is met with when it comes.
pub(super) struct Meeting {
    /// Asked without leave.
    pub(super) db: Db,
    pub(super) vault: Vault,
    pub(super) breaker: Breaker,
    pub(super) arrival: Arrival,
}

impl Node {
    /// Waits for a database server that was not there at the start, and makes the node whole. Gives the password of the owner who was made
    /// because there was nobody. An error is one that the start would have ended with.
    pub(crate) async fn wait_for_database(&self, settings: &Settings) -> anyhow::Result<Option<Typed>> {
        while !self.shutdown.is_stopping() {
            // A server that falls silent in the middle keeps nobody from stopping.
            let met = tokio::select! {
                met = self.meet(settings) => met,
                () = self.shutdown.wait() => break,
            };
            match met {
                Err(error) if is_absence(&error) => pause(&self.shutdown, EVERY).await,
                met => return met,
            }
        }
        Ok(None)
    }

    async fn meet(&self, settings: &Settings) -> anyhow::Result<Option<Typed>> {
        let Meeting { db, vault, breaker, arrival } = &self.meeting;
        if !arrival.has_come() {
            bring_up(db, settings).await?;
            breaker.reset();
            arrival.0.send_replace(Stage::There);
            tracing::warn!("the database server is there: serving with it from here on");
        }
        vault.unlock(&settings.encryption, self.clock.as_ref()).await?;
        arrival.0.send_replace(Stage::Open);
        self.first_owner().await.map_err(|problem| match problem.status().as_u16() {
            503 => store::Error::Resting { wait: EVERY }.into(),
            _ => anyhow::Error::msg(problem.to_string()),
        })
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    #[test]
    fn what_waits_for_the_database_begins_once_what_is_encrypted_in_it_can_be_opened() {
        let arrival = Arrival::new(false);
        let seen = || (arrival.has_come(), arrival.wait().now_or_never().is_some());
        assert_eq!(seen(), (false, false));
        for (stage, expected) in [(Stage::There, (true, false)), (Stage::Open, (true, true))] {
            arrival.0.send_replace(stage);
            assert_eq!(seen(), expected, "{stage:?}");
        }
        let there = Arrival::new(true);
        assert!(there.has_come() && there.wait().now_or_never().is_some());
    }
}
