//! Handing the page of figures to a collector.
//!
//! Invariant: as often as was said and once more at the end; a collector that is gone or slow costs figures and no request.

use std::{sync::Arc, time::Duration};

use domain::{Clock, Timestamp};
use prometheus_client::registry::Registry;
use prost::Message;

use super::{
    otlp::{self, Span},
    text,
};
use crate::{
    config::Settings,
    lifecycle::Shutdown,
    telemetry::{Collector, FIGURES, who},
};

/// Hands figures over.
pub struct Push {
    registry: Arc<Registry>,
    to: Collector,
    every: Duration,
    who: Vec<(&'static str, String)>,
    clock: Arc<dyn Clock>,
    started: Timestamp,
}

impl Push {
    /// As the settings say; `None` when they name no collector.
    pub fn new(registry: Arc<Registry>, settings: &Settings, version: &str, clock: Arc<dyn Clock>) -> Option<Push> {
        let (set, started) = (&settings.telemetry, clock.now());
        let to = set.metrics_endpoint.clone()?;
        let who = who(settings, version).into();
        Some(Push { registry, to, every: set.metrics_every, who, clock, started })
    }

    /// Until the node stops.
    pub async fn keep(self, shutdown: Shutdown) {
        loop {
            tokio::select! {
                () = tokio::time::sleep(self.every) => {}
                () = shutdown.wait() => {}
            }
            // What happened since the last time would otherwise never be told.
            let last = shutdown.is_stopping();
            if let Err(reason) = self.push().await {
                tracing::error!(reason, "the figures could not be put together");
            }
            if last {
                return;
            }
        }
    }

    /// Reads everything that is counted, which takes a while where there is much of it: not on the runtime.
    async fn push(&self) -> Result<(), String> {
        let (registry, to, who) = (Arc::clone(&self.registry), self.to.clone(), self.who.clone());
        let at = Span { start: nanos(self.started), now: nanos(self.clock.now()) };
        let handed = tokio::task::spawn_blocking(move || {
            let page = text::of(&registry).map_err(|error| error.to_string())?;
            let (request, series) = otlp::request(&page, &who, at)?;
            // Whether it was taken is counted and told where it is handed over.
            let _ = FIGURES.hand(&to, &request.encode_to_vec(), series);
            Ok(())
        });
        handed.await.map_err(|error| error.to_string())?
    }
}

/// Series handed to a collector, by what became of them.
pub fn pushed() -> [(&'static str, u64); 2] {
    FIGURES.counts()
}

fn nanos(at: Timestamp) -> u64 {
    u64::try_from(at.micros()).unwrap_or(0).saturating_mul(1_000)
}
