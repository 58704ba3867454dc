//! What runs beside the requests.
//!
//! Invariant: every task has a name, and none ends unseen.

use std::{
    collections::BTreeMap,
    panic::AssertUnwindSafe,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use futures_util::FutureExt;
use tokio::task::JoinSet;

use super::panic_message;

/// Background tasks by name.
#[derive(Debug, Clone, Default)]
pub struct Tasks(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    running: JoinSet<()>,
    panics: BTreeMap<String, u64>,
}

impl Tasks {
    /// Runs `work`; its panic is contained here.
    pub fn spawn(&self, name: impl Into<String>, work: impl Future<Output = ()> + Send + 'static) {
        let (name, tasks) = (name.into(), self.clone());
        // Told from the start: who counts panics sees none become one.
        self.state().panics.entry(name.clone()).or_default();
        let watched = async move {
            if let Err(panic) = AssertUnwindSafe(work).catch_unwind().await {
                let reason = panic_message(&*panic);
                tracing::error!(task = name, reason, "a background task panicked");
                *tasks.state().panics.entry(name).or_default() += 1;
            }
        };
        let mut state = self.state();
        // Those that ended are let go of here, so that the set holds no more than what runs.
        while state.running.try_join_next().is_some() {}
        state.running.spawn(watched);
    }

    /// How many times each task panicked that ever ran.
    pub fn panics(&self) -> BTreeMap<String, u64> {
        self.state().panics.clone()
    }

    /// Waits for all to end by themselves; whoever has not by then is cut off. Whether all did.
    pub async fn finish(&self, within: Duration) -> bool {
        let mut running = std::mem::take(&mut self.state().running);
        let ended = tokio::time::timeout(within, async { while running.join_next().await.is_some() {} }).await.is_ok();
        if !ended {
            tracing::warn!(tasks = running.len(), "background tasks were cut off");
            running.shutdown().await;
        }
        ended
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panic_is_counted_and_hurts_no_neighbour() {
        let tasks = Tasks::default();
        let (tell, told) = tokio::sync::oneshot::channel();
        tasks.spawn("clumsy", async { panic!("slipped") });
        tasks.spawn("steady", async move { tell.send(7).unwrap() });
        assert_eq!(told.await, Ok(7));
        assert!(tasks.finish(Duration::from_secs(5)).await);
        assert_eq!(tasks.panics(), BTreeMap::from([("clumsy".to_owned(), 1), ("steady".to_owned(), 0)]));
    }

    #[tokio::test(start_paused = true)]
    async fn what_does_not_end_is_cut_off() {
        let tasks = Tasks::default();
        tasks.spawn("endless", std::future::pending());
        assert!(!tasks.finish(Duration::from_secs(25)).await);
    }
}
