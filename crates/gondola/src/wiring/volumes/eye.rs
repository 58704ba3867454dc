//! Looking at a place that may hang, as a disk of another machine does when its network is gone.
//!
//! Invariant: there is one look at a place at a time, on a thread that is none of the runtime's: what hangs there keeps neither other work
//! nor the end of the program, and there is never more of it than there are places.

use std::{
    fmt,
    path::{Path, PathBuf},
    sync::Arc,
    thread,
    time::Duration,
};

use platform::machine::{AtRest, Volume};
use tokio::sync::watch;

type Sight = Arc<dyn Fn(&Path) -> Volume + Send + Sync>;

/// Looks at one place. Its clones share what is seen.
#[derive(Clone)]
pub(super) struct Eye {
    path: PathBuf,
    sight: Sight,
    seen: watch::Sender<Seen>,
}

/// What was seen last, and whether somebody looks.
#[derive(Debug, Clone, Default)]
struct Seen {
    volume: Option<Volume>,
    is_looking: bool,
}

/// What is known after a look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Looked {
    /// What the look told; when it hangs, what the one before told, and "unknown" when there was none.
    pub(super) volume: Volume,
    /// Whether it came to an end.
    pub(super) answers: bool,
}

impl fmt::Debug for Eye {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Eye").field("path", &self.path).finish_non_exhaustive()
    }
}

impl Eye {
    /// For the place at `path`, as the machine tells of it.
    pub(super) fn on(path: PathBuf) -> Eye {
        Eye::with(path, Arc::new(Volume::of))
    }

    fn with(path: PathBuf, sight: Sight) -> Eye {
        Eye { path, sight, seen: watch::Sender::default() }
    }

    /// Looks, or waits for the look that hangs, for no longer than `patience`.
    pub(super) async fn look(&self, patience: Duration) -> Looked {
        let mut told = self.seen.subscribe();
        if self.seen.send_if_modified(|seen| !std::mem::replace(&mut seen.is_looking, true)) {
            self.begin();
        }
        let answers = tokio::time::timeout(patience, told.wait_for(|seen| !seen.is_looking)).await.is_ok();
        let volume = self.seen.borrow().volume.clone();
        let unknown = || Volume { at_rest: AtRest::Unknown, on: self.path.display().to_string() };
        Looked { volume: volume.unwrap_or_else(unknown), answers }
    }

    fn begin(&self) {
        let (path, sight, seen) = (self.path.clone(), Arc::clone(&self.sight), self.seen.clone());
        let look = move || {
            let volume = sight(&path);
            seen.send_replace(Seen { volume: Some(volume), is_looking: false });
        };
        if let Err(error) = thread::Builder::new().name("volumes".to_owned()).spawn(look) {
            tracing::warn!(%error, "there is no thread to look at the disks with");
            self.seen.send_replace(Seen::default());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
        mpsc,
    };

    use super::*;

    const SOON: Duration = Duration::from_millis(20);
    const LONG: Duration = Duration::from_secs(60);

    fn on(on: &str) -> Volume {
        Volume { at_rest: AtRest::Encrypted, on: on.to_owned() }
    }

    #[tokio::test]
    async fn what_hangs_is_looked_at_once_and_what_was_seen_before_stays() {
        let (answer, answers) = mpsc::channel();
        let (answers, looks) = (Mutex::new(answers), Arc::new(AtomicUsize::new(0)));
        let counted = Arc::clone(&looks);
        let sight = move |_: &Path| {
            counted.fetch_add(1, Ordering::SeqCst);
            answers.lock().unwrap().recv().unwrap()
        };
        let eye = Eye::with("/backups".into(), Arc::new(sight));
        let unknown = Volume { at_rest: AtRest::Unknown, on: "/backups".to_owned() };
        for _ in 0..3 {
            assert_eq!(eye.look(SOON).await, Looked { volume: unknown.clone(), answers: false });
        }
        let other = eye.clone();
        let (looked, sent) = tokio::join!(other.look(LONG), async { answer.send(on("dm-0")) });
        assert_eq!((looked, sent), (Looked { volume: on("dm-0"), answers: true }, Ok(())), "the one that hung");
        // Another begins, which hangs.
        assert_eq!(eye.look(SOON).await, Looked { volume: on("dm-0"), answers: false });
        let (looked, sent) = tokio::join!(eye.look(LONG), async { answer.send(on("dm-1")) });
        assert_eq!((looked, sent), (Looked { volume: on("dm-1"), answers: true }, Ok(())));
        assert_eq!(looks.load(Ordering::SeqCst), 2, "one at a time");
    }
}
