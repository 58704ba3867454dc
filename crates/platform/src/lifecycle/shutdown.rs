//! The wish to stop, as everyone can see it.
//!
//! Invariant: it is never taken back.

use std::sync::Arc;

use tokio::{
    signal::unix::{SignalKind, signal},
    sync::watch,
};

/// Tells everyone that we are stopping.
#[derive(Debug, Clone)]
pub struct Shutdown(Arc<watch::Sender<bool>>);

impl Default for Shutdown {
    fn default() -> Shutdown {
        Shutdown(Arc::new(watch::Sender::new(false)))
    }
}

impl Shutdown {
    /// Stops.
    pub fn trigger(&self) {
        self.0.send_replace(true);
    }

    /// Whether we are stopping.
    pub fn is_stopping(&self) -> bool {
        *self.0.borrow()
    }

    /// Ends when we are to stop.
    pub async fn wait(&self) {
        // The sender lives as long as `self`, so this cannot fail.
        let _ = self.0.subscribe().wait_for(|stopping| *stopping).await;
    }

    /// Stops on SIGTERM or SIGINT. Fails when the signals cannot be had.
    pub fn on_signals(&self) -> std::io::Result<()> {
        let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
        let shutdown = self.clone();
        tokio::spawn(async move {
            let name = tokio::select! {
                _ = terminate.recv() => "SIGTERM",
                _ = interrupt.recv() => "SIGINT",
                () = shutdown.wait() => return,
            };
            tracing::info!(signal = name, "stopping");
            shutdown.trigger();
        });
        Ok(())
    }
}
