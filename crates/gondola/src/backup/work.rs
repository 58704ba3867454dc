//! Work on a thread of its own, which may wait for disks and other programs.
//!
//! Invariant: work that nobody waits for any more ends soon, so that a node that stops is not kept.

use std::{
    io::{self, Read},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use platform::lifecycle::Shutdown;

/// Tells whether somebody still waits.
#[derive(Debug, Clone)]
pub(super) struct Wanted(Arc<AtomicBool>);

impl Wanted {
    /// Whether it does.
    pub(super) fn is(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// A reader that fails once nobody does.
    pub(super) fn read<R: Read>(&self, input: R) -> WhileWanted<R> {
        WhileWanted { input, wanted: self.clone() }
    }
}

/// What [`Wanted::read`] gives.
pub(super) struct WhileWanted<R> {
    input: R,
    wanted: Wanted,
}

impl<R: Read> Read for WhileWanted<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.wanted.is() { self.input.read(into) } else { Err(io::Error::other("given up")) }
    }
}

struct Waiting(Arc<AtomicBool>);

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Relaxed);
    }
}

/// Does it, and waits for it.
pub(super) async fn apart<T: Send + 'static>(
    work: impl FnOnce(Wanted) -> anyhow::Result<T> + Send + 'static,
) -> anyhow::Result<T> {
    apart_until(&Shutdown::default(), work).await
}

/// Does it, and waits for its end, which comes soon once we are to stop: nothing of it goes on behind what is cleared away then.
pub(super) async fn apart_until<T: Send + 'static>(
    stop: &Shutdown,
    work: impl FnOnce(Wanted) -> anyhow::Result<T> + Send + 'static,
) -> anyhow::Result<T> {
    let wanted = Arc::new(AtomicBool::new(true));
    let waiting = Waiting(Arc::clone(&wanted));
    let mut work = tokio::task::spawn_blocking(move || work(Wanted(wanted)));
    tokio::select! {
        done = &mut work => return done?,
        () = stop.wait() => drop(waiting),
    }
    work.await?
}

#[cfg(test)]
mod tests {
    use std::{sync::mpsc, time::Duration};

    use super::*;

    #[tokio::test]
    async fn work_that_nobody_waits_for_ends() {
        let (tell, told) = mpsc::channel();
        let endless = apart(move |wanted| {
            let ended = io::copy(&mut wanted.read(io::repeat(0)), &mut io::sink()).is_err();
            tell.send(ended)?;
            Ok(())
        });
        assert!(tokio::time::timeout(Duration::from_millis(1), endless).await.is_err());
        assert_eq!(told.recv_timeout(Duration::from_secs(60)), Ok(true));
    }

    #[tokio::test]
    async fn work_that_is_stopped_is_over_when_that_is_told() {
        let stop = Shutdown::default();
        let over = Arc::new(AtomicBool::new(false));
        let (stops, tells) = (stop.clone(), Arc::clone(&over));
        let endless = apart_until(&stop, move |wanted| {
            stops.trigger();
            let ended = io::copy(&mut wanted.read(io::repeat(0)), &mut io::sink());
            tells.store(true, Ordering::Relaxed);
            Ok(ended?)
        });
        assert!(endless.await.is_err());
        assert!(over.load(Ordering::Relaxed));
    }

    #[tokio::test]
    async fn what_somebody_waits_for_is_done() {
        let copied = apart(|wanted| Ok(io::copy(&mut wanted.read(io::repeat(0).take(9)), &mut io::sink())?));
        assert_eq!(copied.await.unwrap(), 9);
    }
}
