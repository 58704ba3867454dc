//! An open load: requests come by a schedule, whether or not those before were answered.
//!
//! Invariant: how long a request took is counted from when it was due, so that a server that makes others wait is seen to; and how late
//! the generator itself was is told beside it.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    time::Duration,
};

use anyhow::{Context, Result};
use domain::Stopwatch;
use tokio::{runtime::Handle, sync::Semaphore, time::timeout};

use super::{
    connection::{Answer, Connection, Request},
    tally::{End, Tally, Window},
};
use crate::dice::Dice;

/// Connections at once: more than requests the server takes at once.
const CONNECTIONS: usize = 2_048;
/// Requests that may wait for one; what comes beyond is not sent, and counted.
const WAITING: usize = 20_000;
/// After which nobody waits for an answer any more.
const PATIENCE: Duration = Duration::from_secs(40);

/// One request.
#[derive(Debug, Clone)]
pub struct Call {
    /// What it asks for, by name.
    pub what: &'static str,
    /// Who asks.
    pub key: Arc<str>,
    /// Path and query.
    pub path: String,
    /// The body of a POST, or nothing.
    pub body: String,
}

/// The n-th request.
pub type Calls = Arc<dyn Fn(u64) -> Call + Send + Sync>;

/// When requests come, in what windows they are counted, and what they are.
#[derive(Clone)]
pub struct Plan {
    /// How many come in a second; their gaps are those of customers who know nothing of each other.
    pub per_second: f64,
    /// When the first may come, from the start.
    pub from: Duration,
    /// When no more come.
    pub until: Duration,
    /// How long each window is.
    pub window: Duration,
    /// What comes.
    pub calls: Calls,
}

/// Runs a plan against a server, and waits for its last answer.
pub async fn run(address: &str, plan: Plan) -> Result<Tally> {
    let field = Arc::new(Field {
        watch: Stopwatch::start(),
        address: address.to_owned(),
        room: Semaphore::new(CONNECTIONS),
        on_their_way: AtomicUsize::new(0),
        idle: Mutex::default(),
        tally: Mutex::default(),
        plan,
    });
    let (sender, handle) = (Arc::clone(&field), Handle::current());
    // A thread of its own wakes to a tenth of a millisecond, the timers of tasks to one.
    tokio::task::spawn_blocking(move || send_all(&sender, &handle)).await?;
    // Each request holds it, and ends within its patience.
    while Arc::strong_count(&field) > 1 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let mut field = Arc::into_inner(field).context("a request is still on its way")?;
    Ok(std::mem::take(field.tally.get_mut().unwrap_or_else(PoisonError::into_inner)))
}

struct Field {
    watch: Stopwatch,
    address: String,
    room: Semaphore,
    on_their_way: AtomicUsize,
    idle: Mutex<Vec<Connection>>,
    tally: Mutex<Tally>,
    plan: Plan,
}

fn send_all(field: &Arc<Field>, handle: &Handle) {
    let mut dice = Dice::new(field.plan.per_second.to_bits());
    let mut due = field.plan.from;
    for number in 0.. {
        due += gap(&mut dice, field.plan.per_second);
        if due >= field.plan.until {
            return;
        }
        std::thread::sleep(due.saturating_sub(field.watch.elapsed()));
        let late = field.watch.elapsed().saturating_sub(due);
        let goes = field.on_their_way.load(Relaxed) < CONNECTIONS + WAITING;
        field.note(due, |window| {
            window.late.add(late);
            window.unsent += u64::from(!goes);
        });
        if goes {
            field.on_their_way.fetch_add(1, Relaxed);
            handle.spawn(one(Arc::clone(field), number, due));
        }
    }
}

/// Time to the next arrival: exponential.
fn gap(dice: &mut Dice, per_second: f64) -> Duration {
    const STEPS: u64 = 1 << 53;
    let chance = (dice.below(STEPS) + 1) as f64 / STEPS as f64;
    Duration::from_secs_f64(-chance.ln() / per_second)
}

async fn one(field: Arc<Field>, number: u64, due: Duration) {
    let call = (field.plan.calls)(number);
    let answer = timeout(PATIENCE, field.ask(&call)).await.unwrap_or_else(|_| Err(anyhow::anyhow!("no answer")));
    let took = field.watch.elapsed().saturating_sub(due);
    field.note(due, |window| match End::of(&answer) {
        End::Done => {
            window.done.add(took);
            window.kinds.entry(call.what).or_default().add(took);
        }
        End::Refused => window.refused.add(took),
        End::Other(name) => *window.others.entry(name).or_default() += 1,
    });
    field.on_their_way.fetch_sub(1, Relaxed);
}

impl Field {
    fn note(&self, due: Duration, add: impl FnOnce(&mut Window)) {
        let number = due.as_nanos() / self.plan.window.as_nanos().max(1);
        let mut tally = self.tally.lock().unwrap_or_else(PoisonError::into_inner);
        add(tally.window(usize::try_from(number).unwrap_or(usize::MAX)));
    }

    async fn ask(&self, call: &Call) -> Result<Answer> {
        let _room = self.room.acquire().await?;
        let mut connection = match self.kept() {
            Some(kept) => kept,
            None => Connection::open(&self.address).await?,
        };
        let answer = connection.ask(Request { key: &call.key, path: &call.path, body: &call.body }).await?;
        if !answer.closes {
            self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
        }
        Ok(answer)
    }

    /// The one that was used last, if it may be used again.
    fn kept(&self) -> Option<Connection> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = idle.pop()?;
        if kept.is_fresh() {
            return Some(kept);
        }
        // Those below it were used longer ago.
        idle.clear();
        None
    }
}
