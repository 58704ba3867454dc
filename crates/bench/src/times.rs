//! How long the same thing took, again and again.

use std::{fmt, time::Duration};

use anyhow::{Result, ensure};
use domain::Stopwatch;

/// Durations, shortest first.
#[derive(Debug, Clone)]
pub struct Times(Vec<Duration>);

impl Times {
    /// Sorts them; none is an error.
    pub fn of(mut times: Vec<Duration>) -> Result<Times> {
        ensure!(!times.is_empty(), "nothing was measured");
        times.sort_unstable();
        Ok(Times(times))
    }

    /// Does something so many times, one after another, given its number.
    pub async fn measure<F>(count: u64, mut one: impl FnMut(u64) -> F) -> Result<Times>
    where
        F: Future<Output = Result<()>>,
    {
        let mut times = Vec::new();
        for number in 0..count {
            let watch = Stopwatch::start();
            one(number).await?;
            times.push(watch.elapsed());
        }
        Times::of(times)
    }

    /// So many of a hundred took no longer.
    pub fn at(&self, percent: usize) -> Duration {
        self.0[(self.0.len() - 1) * percent / 100]
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.0.len()
    }
}

impl fmt::Display for Times {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "median {}, p95 {}", ms(self.at(50)), ms(self.at(95)))
    }
}

/// In milliseconds.
pub fn ms(duration: Duration) -> String {
    let ms = duration.as_secs_f64() * 1000.0;
    if ms < 10.0 { format!("{ms:.2} ms") } else { format!("{ms:.1} ms") }
}
