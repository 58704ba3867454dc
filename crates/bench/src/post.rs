//! A closed loop of clients of the ledger's writer, without HTTP.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

use anyhow::Result;
use domain::{
    Clock, Stopwatch, SystemClock,
    ledger::{Draft, Outcome, PostingKind},
};
use store::{
    Db,
    ledger::{Writer, WriterOptions},
};

use crate::shop::{PRODUCTS, draft, line};

/// How one measurement posts.
#[derive(Clone, Copy)]
pub struct Shape {
    /// Clients, each of which waits for its answer.
    pub clients: u64,
    /// Postings a request.
    pub postings: u64,
    /// Lines a posting.
    pub lines: u64,
}

/// Identities of one run: time-ordered like those of real clients, and unlike those of any other run.
#[derive(Debug, Clone, Copy)]
pub struct Run(u64);

impl Run {
    /// Begins now.
    pub fn begin() -> Run {
        Run(SystemClock.now().micros().unsigned_abs())
    }

    /// The identity of that number.
    pub fn id(self, number: u64) -> u128 {
        u128::from(self.0) << 72 | u128::from(number)
    }
}

/// Movements per second through one writer.
pub async fn post(db: &Db, shape: Shape, seconds: u64) -> Result<f64> {
    let (writer, task) = Writer::start(db.clone(), Arc::new(SystemClock), WriterOptions::default());
    let done = Arc::new(AtomicU64::new(0));
    let run = Run::begin();
    let watch = Stopwatch::start();
    let clients = (0..shape.clients).map(|client| {
        let (writer, done) = (writer.clone(), Arc::clone(&done));
        tokio::spawn(async move {
            let mut round = 0;
            while watch.elapsed() < Duration::from_secs(seconds) {
                let outcomes = writer.post_waiting(request(run, shape, client, round)).await?;
                let posted = outcomes.iter().filter(|o| matches!(o, Outcome::Posted(_))).count() as u64;
                done.fetch_add(posted * shape.lines, Relaxed);
                round += 1;
            }
            store::Result::Ok(())
        })
    });
    for client in clients.collect::<Vec<_>>() {
        client.await??;
    }
    drop(writer);
    task.await?;
    Ok(done.load(Relaxed) as f64 / watch.elapsed().as_secs_f64())
}

fn request(run: Run, shape: Shape, client: u64, round: u64) -> Vec<Draft> {
    let posting = |p: u64| {
        let first = (client * 104_729 + round * 7_919 + p * 13) % PRODUCTS;
        let lines = (0..shape.lines).map(|l| line(first + l, 1)).collect();
        let number = (round * shape.clients + client) * shape.postings + p;
        draft(run.id(number), PostingKind::Sale, lines)
    };
    (0..shape.postings).map(posting).collect()
}
