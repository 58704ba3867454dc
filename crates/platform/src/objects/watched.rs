//! Work on files that may hang, as a disk of another machine does when its network is gone.
//!
//! Invariant: who waits is answered once nothing has moved for so long. What hangs keeps its room until it moves again, so that there is
//! never more of it than there are rooms; once nobody waits it does no more.

use std::{io, thread, time::Duration};

use tokio::sync::{oneshot, watch};

use crate::bulkhead::Room;

/// Told by work as it moves on.
pub(super) struct Steps(watch::Sender<()>);

impl Steps {
    /// Something was done. An error once nobody waits for the rest.
    pub(super) fn next(&self) -> io::Result<()> {
        self.0.send(()).map_err(|_| io::Error::other("nobody waits for it any more"))
    }
}

/// Why work has no outcome.
#[derive(Debug)]
pub(super) enum Lost {
    /// Nothing moved for so long.
    Hangs(Duration),
    /// It could not begin, or did not come to an end.
    Broken(io::Error),
}

/// Does it on a thread of its own and waits, as long as something moves within `patience`. The thread is none of the runtime's: what hangs in
/// it keeps neither other work nor the end of the program.
pub(super) async fn watched<T: Send + 'static>(
    room: Room,
    patience: Duration,
    work: impl FnOnce(&Steps) -> T + Send + 'static,
) -> Result<T, Lost> {
    let (steps, mut moves) = watch::channel(());
    let (tell, mut told) = oneshot::channel();
    let run = move || {
        let done = work(&Steps(steps));
        drop(room);
        // Nobody waits any more.
        let _ = tell.send(done);
    };
    thread::Builder::new().name("objects".to_owned()).spawn(run).map_err(Lost::Broken)?;
    let ended = |done: Result<T, _>| done.map_err(|_| Lost::Broken(io::Error::other("it broke off")));
    loop {
        let moved = tokio::select! {
            biased;
            done = &mut told => return ended(done),
            moved = tokio::time::timeout(patience, moves.changed()) => moved,
        };
        match moved {
            Ok(Ok(())) => {}
            // Its last step was done; its outcome follows.
            Ok(Err(_)) => return ended(told.await),
            Err(_) => return Err(Lost::Hangs(patience)),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;
    use crate::bulkhead::Bulkhead;

    const SOON: Duration = Duration::from_millis(20);

    #[tokio::test]
    async fn what_moves_is_waited_for_and_what_hangs_keeps_its_room_until_it_moves() {
        let rooms = Bulkhead::new("x", 1);
        let (release, held) = mpsc::channel::<()>();
        let (tell, told) = mpsc::channel();
        let hung = watched(rooms.enter().unwrap(), SOON, move |steps| {
            steps.next()?;
            let _ = held.recv();
            let going_on = steps.next();
            tell.send(going_on.is_ok()).map_err(io::Error::other)
        });
        assert!(matches!(hung.await, Err(Lost::Hangs(SOON))));
        assert!(rooms.enter().is_none(), "its room is its own");
        release.send(()).unwrap();
        assert_eq!(told.recv(), Ok(false), "nobody waits for what comes after");
        while rooms.taken() > 0 {
            tokio::task::yield_now().await;
        }
        let done = watched(rooms.enter().unwrap(), Duration::from_secs(60), |steps| {
            (0..1_000).try_for_each(|_| steps.next()).map(|()| 7)
        });
        assert_eq!(done.await.unwrap().unwrap(), 7);
    }

    #[tokio::test]
    async fn what_breaks_off_is_told() {
        let rooms = Bulkhead::new("x", 1);
        let broken = watched(rooms.enter().unwrap(), Duration::from_secs(60), |_| {
            std::panic::resume_unwind(Box::new(()));
        });
        assert!(matches!(broken.await, Err::<(), _>(Lost::Broken(_))));
        assert_eq!(rooms.taken(), 0);
    }
}
