//! Group commit: one task that commits whatever is waiting, and only then answers.
//!
//! Invariant: an answer is given after the commit that makes it true, never before. The queue is bounded: a full one is
//! [`Error::Busy`] at once. A batch that fails is tried again request by request, so that none spoils its neighbours.

use std::sync::Arc;

use domain::{
    Clock, Stopwatch,
    ledger::{Draft, Outcome},
};
use tokio::{
    sync::{mpsc, oneshot},
    task::JoinHandle,
};
use tracing::{Instrument, Span};

use super::{commit, known::Known, watch::Watch};
use crate::{Db, Error, Result, SPANS};

type Answer = Result<Vec<Outcome>>;

struct Request {
    drafts: Vec<Draft>,
    answer: oneshot::Sender<Answer>,
    /// What it is part of, for whoever traces.
    asked: Span,
}

impl Request {
    /// Movements it may make, at least one so that empty drafts count.
    fn weight(&self) -> usize {
        self.drafts.iter().map(|draft| draft.lines.len().max(1)).sum()
    }
}

/// Bounds of the writer.
#[derive(Debug, Clone, Copy)]
pub struct WriterOptions {
    /// Requests that may wait.
    pub queue: usize,
    /// Lines after which a batch is closed.
    pub batch_lines: usize,
}

impl Default for WriterOptions {
    fn default() -> WriterOptions {
        WriterOptions { queue: 4096, batch_lines: 2000 }
    }
}

/// Handle of the ledger's writer. Cheap to clone; the task ends when the last handle is gone.
#[derive(Debug, Clone)]
pub struct Writer {
    queue: mpsc::Sender<Request>,
    watch: Arc<dyn Watch>,
}

/// Looks at the writer without keeping it alive.
#[derive(Debug, Clone)]
pub struct Queue(mpsc::WeakSender<Request>);

/// How much waits for the writer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct QueueFigures {
    /// Requests that wait.
    pub depth: usize,
    /// Requests that may wait.
    pub capacity: usize,
}

impl Queue {
    /// How much waits; `None` when the task takes no requests any more.
    pub fn figures(&self) -> Option<QueueFigures> {
        let queue = self.0.upgrade().filter(|queue| !queue.is_closed())?;
        let capacity = queue.max_capacity();
        Some(QueueFigures { depth: capacity - queue.capacity(), capacity })
    }
}

/// What the task works with.
struct Desk {
    db: Db,
    clock: Arc<dyn Clock>,
    watch: Arc<dyn Watch>,
}

impl Writer {
    /// Starts the task. It ends, with everything committed, after the last handle is dropped.
    pub fn start(db: Db, clock: Arc<dyn Clock>, options: WriterOptions) -> (Writer, JoinHandle<()>) {
        Writer::start_watched(db, clock, options, Arc::new(()))
    }

    /// As [`Writer::start`], and tells `watch` what it does.
    pub fn start_watched(
        db: Db,
        clock: Arc<dyn Clock>,
        options: WriterOptions,
        watch: Arc<dyn Watch>,
    ) -> (Writer, JoinHandle<()>) {
        let (queue, requests) = mpsc::channel(options.queue.max(1));
        let desk = Desk { db, clock, watch: Arc::clone(&watch) };
        let task = tokio::spawn(run(desk, options, requests));
        (Writer { queue, watch }, task)
    }

    /// Whoever is told what it does.
    pub fn watch(&self) -> Arc<dyn Watch> {
        Arc::clone(&self.watch)
    }

    /// The queue, to look at.
    pub fn queue(&self) -> Queue {
        Queue(self.queue.downgrade())
    }

    /// Posts drafts in order, all in one commit; each is accepted or rejected by itself. [`Error::Busy`] when too many wait.
    pub async fn post(&self, drafts: Vec<Draft>) -> Answer {
        let (answer, answered) = oneshot::channel();
        self.queue.try_send(Request { drafts, answer, asked: Span::current() }).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => {
                self.watch.full();
                Error::Busy
            }
            mpsc::error::TrySendError::Closed(_) => Error::Stopped,
        })?;
        answered.await.map_err(|_| Error::Stopped)?
    }

    /// As [`Writer::post`], but waits for room in the queue: for imports, which are their own back-pressure.
    pub async fn post_waiting(&self, drafts: Vec<Draft>) -> Answer {
        let (answer, answered) = oneshot::channel();
        self.queue.send(Request { drafts, answer, asked: Span::current() }).await.map_err(|_| Error::Stopped)?;
        answered.await.map_err(|_| Error::Stopped)?
    }

    /// Whether the task still takes requests.
    pub fn is_running(&self) -> bool {
        !self.queue.is_closed()
    }
}

async fn run(desk: Desk, options: WriterOptions, mut requests: mpsc::Receiver<Request>) {
    let mut known = Known::watched(Arc::clone(&desk.watch));
    while let Some(first) = requests.recv().await {
        let mut lines = first.weight();
        let mut batch = vec![first];
        while lines < options.batch_lines {
            let Ok(next) = requests.try_recv() else { break };
            lines += next.weight();
            batch.push(next);
        }
        desk.settle(&mut known, batch).await;
    }
}

impl Desk {
    async fn settle(&self, known: &mut Known, batch: Vec<Request>) {
        match self.attempt(known, &batch).await {
            Ok(outcomes) => distribute(batch, outcomes),
            // Another process wrote the same ids or lots first, or a neighbour is at fault: alone, each gets its own answer.
            Err(error) if error.is_race() => {
                for request in batch {
                    let answer = self.alone(known, &request).await;
                    let _ = request.answer.send(answer);
                }
            }
            Err(error) => refuse(batch, &error),
        }
    }

    async fn attempt(&self, known: &mut Known, batch: &[Request]) -> Answer {
        let drafts: Vec<&Draft> = batch.iter().flat_map(|request| &request.drafts).collect();
        let took = Stopwatch::start();
        let committed = commit::commit_knowing(&self.db, known, &drafts, self.clock.now());
        let answer = committed.instrument(span(batch, drafts.len())).await;
        match &answer {
            Ok(outcomes) => self.watch.committed(&drafts, outcomes, took.elapsed()),
            Err(_) => self.watch.failed(),
        }
        answer
    }

    async fn alone(&self, known: &mut Known, request: &Request) -> Answer {
        let one = std::slice::from_ref(request);
        match self.attempt(known, one).await {
            Err(error) if error.is_race() => self.attempt(known, one).await,
            answer => answer,
        }
    }
}

/// The span of a commit, linked to those of the requests in it; none where none of them is traced.
fn span(batch: &[Request], postings: usize) -> Span {
    if batch.iter().all(|request| request.asked.is_disabled()) {
        return Span::none();
    }
    let requests = batch.len();
    let span = tracing::debug_span!(
        target: SPANS, parent: None, "batch", otel.name = "commit batch", gondola.batch.requests = requests,
        gondola.batch.postings = postings,
    );
    for request in batch {
        span.follows_from(&request.asked);
    }
    span
}

fn distribute(batch: Vec<Request>, outcomes: Vec<Outcome>) {
    let mut outcomes = outcomes.into_iter();
    for request in batch {
        let own = outcomes.by_ref().take(request.drafts.len()).collect();
        // A caller that went away has nothing to be told; what it asked for stands.
        let _ = request.answer.send(Ok(own));
    }
}

fn refuse(batch: Vec<Request>, error: &Error) {
    tracing::error!(
        error = error as &dyn std::error::Error,
        requests = batch.len(),
        "the ledger could not commit a batch"
    );
    for request in batch {
        let _ = request.answer.send(Err(error.clone()));
    }
}
