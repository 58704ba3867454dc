//! Whether what requests lean on still answers.
//!
//! Invariant: whoever waits for an answer hears of the silence at most once it began, however long it lasts; while it lasts nobody
//! begins to wait.

use std::sync::Arc;

use tokio::sync::watch;

/// Shared by whoever listens for a sign of life and whoever waits for answers.
#[derive(Debug, Clone)]
pub struct Pulse(Arc<watch::Sender<bool>>);

impl Default for Pulse {
    fn default() -> Pulse {
        Pulse(Arc::new(watch::Sender::new(true)))
    }
}

impl Pulse {
    /// Tells whether there was a sign of life. Gives whether that is news.
    pub fn set(&self, answers: bool) -> bool {
        self.0.send_if_modified(|before| std::mem::replace(before, answers) != answers)
    }

    /// Whether it answers, as far as is known.
    pub fn answers(&self) -> bool {
        *self.0.borrow()
    }

    /// Ends when it does not answer; at once when that is known already.
    pub async fn silence(&self) {
        // The sender lives in here, so the channel is never closed.
        let _ = self.0.subscribe().wait_for(|answers| !answers).await;
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    #[tokio::test]
    async fn silence_is_heard_by_who_waits_and_by_who_comes_later() {
        let pulse = Pulse::default();
        assert!(pulse.answers() && pulse.silence().now_or_never().is_none());
        let waiting = tokio::spawn({
            let pulse = pulse.clone();
            async move { pulse.silence().await }
        });
        assert!(pulse.set(false) && !pulse.set(false));
        waiting.await.unwrap();
        assert_eq!(pulse.silence().now_or_never(), Some(()));
        assert!(pulse.set(true) && pulse.silence().now_or_never().is_none());
    }
}
