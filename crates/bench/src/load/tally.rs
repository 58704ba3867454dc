//! What became of requests that came by a schedule.
//!
//! Invariant: every request of the schedule is counted once: done, refused as it should be, of another end, or never sent.

use std::{collections::BTreeMap, fmt, ops::Range, time::Duration};

use super::{connection::Answer, spread::Spread};

/// What may happen to a request.
#[derive(Debug, Clone)]
pub enum End {
    /// 2xx.
    Done,
    /// 429 or 503, with the time to come back.
    Refused,
    /// Anything else, by its name.
    Other(String),
}

impl End {
    /// Of an answer, or of what came in its place.
    pub fn of(answer: &anyhow::Result<Answer>) -> End {
        match answer {
            Ok(answer) if (200..300).contains(&answer.status) => End::Done,
            Ok(Answer { status: 429 | 503, retry_after: true, .. }) => End::Refused,
            Ok(answer) => End::Other(answer.status.to_string()),
            Err(error) => End::Other(format!("{error:#}")),
        }
    }
}

/// Requests that were due within some time.
#[derive(Debug, Clone, Default)]
pub struct Window {
    /// From when they were due to the end of their answer.
    pub done: Spread,
    /// Until they were told that they are refused.
    pub refused: Spread,
    /// How many ended otherwise.
    pub others: BTreeMap<String, u64>,
    /// Never sent, because too many waited already.
    pub unsent: u64,
    /// How late the generator itself was.
    pub late: Spread,
    /// Those done, by what they asked for.
    pub kinds: BTreeMap<&'static str, Spread>,
}

impl Window {
    fn join(&mut self, other: &Window) {
        self.done.join(&other.done);
        self.refused.join(&other.refused);
        self.late.join(&other.late);
        self.unsent += other.unsent;
        for (name, count) in &other.others {
            *self.others.entry(name.clone()).or_default() += count;
        }
        for (kind, spread) in &other.kinds {
            self.kinds.entry(kind).or_default().join(spread);
        }
    }

    /// How many were due.
    pub fn all(&self) -> u64 {
        self.done.count() + self.refused.count() + self.odd() + self.unsent
    }

    /// How many ended neither well nor refused as it should be.
    pub fn odd(&self) -> u64 {
        self.others.values().sum()
    }

    /// Done of a hundred that were due.
    pub fn success(&self) -> f64 {
        100.0 * self.done.count() as f64 / self.all().max(1) as f64
    }

    /// Whether the generator sent everything, and nearly all of it when it was due.
    pub fn is_on_time(&self) -> bool {
        self.unsent == 0 && self.late.at(990) <= ON_TIME
    }

    /// What the generator has to say of itself.
    pub fn schedule(&self) -> String {
        let late = format!("late p99 {}", brief(self.late.at(990)));
        match (self.is_on_time(), self.unsent) {
            (true, _) => format!("schedule kept, {late}"),
            (false, 0) => format!("SCHEDULE NOT KEPT: {late}"),
            (false, unsent) => format!("SCHEDULE NOT KEPT: {late}, {unsent} never sent"),
        }
    }
}

/// A generator that is later than this made the latencies it tells.
const ON_TIME: Duration = Duration::from_millis(10);

impl fmt::Display for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [p50, p95, p99] = [500, 950, 990].map(|permille| brief(self.done.at(permille)));
        write!(f, "{:.3} % done, p50 {p50} p95 {p95} p99 {p99}", self.success())?;
        if self.refused.count() > 0 {
            write!(f, "; {} refused, p95 {}", self.refused.count(), brief(self.refused.at(950)))?;
        }
        self.others.iter().try_for_each(|(name, count)| write!(f, "; {count} × {name}"))
    }
}

/// In milliseconds, as short as it tells enough.
pub fn brief(duration: Duration) -> String {
    format!("{:.1} ms", duration.as_secs_f64() * 1000.0)
}

/// Windows of the same length, one after another.
#[derive(Debug, Clone, Default)]
pub struct Tally(Vec<Window>);

impl Tally {
    /// The window of that number.
    pub fn window(&mut self, number: usize) -> &mut Window {
        if self.0.len() <= number {
            self.0.resize_with(number + 1, Window::default);
        }
        &mut self.0[number]
    }

    /// Some of them as one.
    pub fn over(&self, range: Range<usize>) -> Window {
        let mut all = Window::default();
        self.0.iter().take(range.end).skip(range.start).for_each(|window| all.join(window));
        all
    }

    /// All of them as one.
    pub fn whole(&self) -> Window {
        self.over(0..self.0.len())
    }

    /// Each of them.
    pub fn windows(&self) -> &[Window] {
        &self.0
    }
}
