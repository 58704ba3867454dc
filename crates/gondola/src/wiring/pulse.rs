//! Listens whether the database server is there at all.
//!
//! Invariant: a server that has fallen silent is known to be within its patience and one interval, and one that is back likewise.

use std::time::Duration;

use platform::{
    breaker::{Breaker, Health},
    config::Settings,
    health::Pulse,
};
use store::pulse::Sign;

use super::{Ground, pause};
use crate::cli::database_options;

/// How long after one sign of life the next is asked for.
const EVERY: Duration = Duration::from_secs(1);

/// Begins to listen; `None` for a database that is a file.
pub(super) fn listen(ground: &Ground, settings: &Settings, breaker: Breaker) -> anyhow::Result<Option<Pulse>> {
    let Some(mut server) = store::pulse::Pulse::of(&database_options(settings))? else { return Ok(None) };
    let (pulse, shutdown) = (Pulse::default(), ground.shutdown.clone());
    let told = pulse.clone();
    ground.tasks.spawn("pulse of the database", async move {
        while !shutdown.is_stopping() {
            let sign = server.beat().await;
            breaker.checked(health(sign));
            let answers = sign != Sign::Silent;
            match told.set(answers) {
                true if answers => tracing::info!("the database server answers again"),
                true => tracing::error!("the database server does not answer"),
                false => {}
            }
            pause(&shutdown, EVERY).await;
        }
    });
    Ok(Some(pulse))
}

/// Whoever asks a server that is silent waits for nothing, so its breaker opens at once.
const fn health(sign: Sign) -> Health {
    match sign {
        Sign::Well => Health::Well,
        Sign::Refuses => Health::Ill,
        Sign::Silent => Health::Silent,
    }
}
