//! The one task that writes events to the database.
//!
//! Invariant: events are written in the order they were told, many in one commit; a database that is away is asked again until it
//! answers or an orderly stop runs out of time. Refusals that repeat are counted ([`Repeats`]).

use std::{sync::Arc, time::Duration};

use domain::audit::Event;
use store::Db;
use tokio::{
    sync::{mpsc, watch},
    task::JoinHandle,
    time::{Instant, sleep, sleep_until, timeout_at},
};

use super::{Audit, figures::Figures, repeats::Repeats};

/// Events written in one commit.
const GROUP: usize = 256;
/// The first pause before a database that is away is asked again; each is twice the one before it.
const PAUSE: Duration = Duration::from_millis(100);
/// The longest of these pauses.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// The task, to be ended in order.
#[derive(Debug)]
pub struct Keeper {
    stop: watch::Sender<Option<Instant>>,
    /// Whether everything was written.
    task: JoinHandle<bool>,
}

impl Audit {
    /// Starts the task that writes to that database. `queue` events may wait.
    pub fn start(db: Db, queue: usize) -> (Audit, Keeper) {
        let (sender, receiver) = mpsc::channel(queue.max(1));
        let (stop, stopping) = watch::channel(None);
        let (figures, repeats) = (Arc::new(Figures::default()), Repeats::default());
        let desk = Desk { db, receiver, stopping, figures: Arc::clone(&figures), repeats, gave_up: false };
        (Audit { queue: sender, figures }, Keeper { stop, task: tokio::spawn(desk.run()) })
    }
}

impl Keeper {
    /// Writes what waits and ends. Whether all of it was written in time; what was not stands in the program's log.
    pub async fn finish(self, within: Duration) -> bool {
        self.stop.send_replace(Some(Instant::now() + within));
        self.task.await.unwrap_or(false)
    }
}

struct Desk {
    db: Db,
    receiver: mpsc::Receiver<Event>,
    stopping: watch::Receiver<Option<Instant>>,
    figures: Arc<Figures>,
    repeats: Repeats,
    gave_up: bool,
}

impl Desk {
    async fn run(mut self) -> bool {
        let mut told = Vec::with_capacity(GROUP);
        loop {
            let stopping = self.stopping.borrow().is_some();
            if stopping {
                self.receiver.close();
            }
            let due = self.repeats.next();
            let count = tokio::select! {
                count = self.receiver.recv_many(&mut told, GROUP) => Some(count),
                // Whoever could tell us to stop may be gone; then we end when nobody is left to tell us anything.
                Ok(()) = self.stopping.changed(), if !stopping => continue,
                () = sleep_until(due.unwrap_or_else(Instant::now)), if due.is_some() => None,
            };
            let ended = count == Some(0);
            let mut group = self.admit(&mut told, ended);
            self.keep(&mut group).await;
            if ended {
                return !self.gave_up;
            }
        }
    }

    /// What is to be written of what was told.
    fn admit(&mut self, told: &mut Vec<Event>, ended: bool) -> Vec<Event> {
        let now = Instant::now();
        let mut group = self.repeats.due(now);
        group.extend(told.drain(..).filter_map(|event| self.repeats.admit(event, now)));
        if ended {
            group.extend(self.repeats.all());
        }
        group
    }

    /// Writes a group, however long it takes.
    async fn keep(&mut self, group: &mut Vec<Event>) {
        let mut pause = PAUSE;
        while !group.is_empty() {
            let error = match self.in_time(write(&self.db, group)).await {
                Some(Ok(())) => {
                    self.figures.kept(group.len());
                    group.clear();
                    return;
                }
                Some(Err(error)) => error,
                None => return self.give_up(group, "the program stopped before the audit log could be written"),
            };
            self.figures.failed();
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                events = group.len(),
                "cannot write the audit log"
            );
            if !error.is_outage() && !error.is_race() {
                self.one_by_one(group).await;
                return;
            }
            self.rest(pause).await;
            // A database that is not even asked fails at once, so that no time runs out while it is.
            if self.is_over() {
                return self.give_up(group, "the program stopped before the audit log could be written");
            }
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    /// One event that cannot be kept must not hold up the others.
    async fn one_by_one(&self, group: &mut Vec<Event>) {
        for event in group.drain(..) {
            match write(&self.db, std::slice::from_ref(&event)).await {
                Ok(()) => self.figures.kept(1),
                Err(error) => self.figures.to_log(&event, &error.to_string()),
            }
        }
    }

    fn give_up(&mut self, group: &mut Vec<Event>, why: &str) {
        self.gave_up = true;
        group.drain(..).for_each(|event| self.figures.to_log(&event, why));
    }

    /// `None` when we are stopping and the time for it is over.
    async fn in_time<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        let mut stopping = self.stopping.clone();
        tokio::pin!(work);
        let deadline = tokio::select! {
            done = &mut work => return Some(done),
            deadline = deadline(&mut stopping) => deadline,
        };
        timeout_at(deadline, work).await.ok()
    }

    /// Whether we are stopping and the time for it is over.
    fn is_over(&self) -> bool {
        self.stopping.borrow().is_some_and(|deadline| Instant::now() >= deadline)
    }

    /// Ends after the pause, or when the time to stop is over.
    async fn rest(&self, pause: Duration) {
        let mut stopping = self.stopping.clone();
        tokio::select! {
            () = sleep(pause) => {}
            () = async { sleep_until(deadline(&mut stopping).await).await } => {}
        }
    }
}

/// Until when there is time, once we are stopping.
async fn deadline(stopping: &mut watch::Receiver<Option<Instant>>) -> Instant {
    let told = stopping.wait_for(Option::is_some).await.ok().and_then(|deadline| *deadline);
    match told {
        Some(deadline) => deadline,
        // Whoever could tell us to stop is gone without doing so.
        None => std::future::pending().await,
    }
}

async fn write(db: &Db, events: &[Event]) -> store::Result<()> {
    let mut tx = db.write().await?;
    store::audit::append_all(&mut tx, events).await?;
    tx.commit().await
}
