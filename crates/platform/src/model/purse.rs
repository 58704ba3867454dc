//! What was spent today, and whether there is enough left.
//!
//! Invariant: what a request may cost is held before it is made and written down durably, so that nothing that happens afterwards, a crash
//! among it, spends more than was set. All programs of one data folder spend out of one purse; without knowing what was spent nothing is.

use std::{
    fs::{DirBuilder, File, OpenOptions},
    io,
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use domain::Clock;

use super::{Cost, Limit, ModelFault, Prices, Usage};
use crate::snapshot;

/// What may be spent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Limits {
    /// What tokens cost.
    pub prices: Prices,
    /// Tokens of one request, its answer included.
    pub request_tokens: u64,
    /// Cost of one request.
    pub request_cost: Option<Cost>,
    /// Tokens of a day (UTC).
    pub day_tokens: Option<u64>,
    /// Cost of a day.
    pub day_cost: Option<Cost>,
}

/// What was spent on a day.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Spent {
    /// Days since 1970 (UTC).
    day: i64,
    /// Tokens of questions and answers.
    pub tokens: u64,
    /// What they cost.
    pub cost: Cost,
}

/// What is kept for a request that is being made.
#[derive(Debug, Clone, Copy)]
pub(super) struct Hold {
    day: i64,
    most: Usage,
}

/// What is spent out of.
pub(super) struct Purse {
    folder: PathBuf,
    limits: Limits,
    clock: Arc<dyn Clock>,
    /// As it was last seen, for whoever may not wait for a disk.
    seen: Mutex<Spent>,
}

impl Purse {
    pub(super) fn new(folder: &Path, limits: Limits, clock: Arc<dyn Clock>) -> Purse {
        Purse { folder: folder.join("model"), limits, clock, seen: Mutex::default() }
    }

    pub(super) const fn limits(&self) -> &Limits {
        &self.limits
    }

    /// What was spent today, as last seen here.
    pub(super) fn seen(&self) -> Spent {
        let seen = *self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.day == self.today() { seen } else { Spent::default() }
    }

    pub(super) fn spent(&self) -> Result<Spent, ModelFault> {
        let spent = self.read().map_err(|error| broken(&error))?;
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = spent;
        Ok(spent)
    }

    /// Keeps so much for a request, when there is enough left.
    pub(super) fn hold(&self, most: Usage) -> Result<Hold, ModelFault> {
        let cost = self.limits.prices.of(most);
        let passed = |limit: Limit| Err(ModelFault::OverLimit(limit));
        if most.tokens() > self.limits.request_tokens {
            return passed(Limit::RequestTokens(self.limits.request_tokens));
        }
        if let Some(limit) = self.limits.request_cost.filter(|limit| cost > *limit) {
            return passed(Limit::RequestCost(limit));
        }
        self.change(|spent| {
            let tokens = spent.tokens.saturating_add(most.tokens());
            if let Some(limit) = self.limits.day_tokens.filter(|limit| tokens > *limit) {
                return passed(Limit::DayTokens(limit));
            }
            let cost = spent.cost.plus(cost);
            if let Some(limit) = self.limits.day_cost.filter(|limit| cost > *limit) {
                return passed(Limit::DayCost(limit));
            }
            (spent.tokens, spent.cost) = (tokens, cost);
            Ok(Hold { day: spent.day, most })
        })
    }

    /// Gives back what was kept, but for what was used. Of a day that is over nothing is.
    pub(super) fn pay(&self, hold: Hold, used: Usage) -> Result<(), ModelFault> {
        let prices = self.limits.prices;
        self.change(|spent| {
            if spent.day == hold.day {
                spent.tokens = spent.tokens.saturating_sub(hold.most.tokens()).saturating_add(used.tokens());
                spent.cost = spent.cost.less(prices.of(hold.most)).plus(prices.of(used));
            }
            Ok(())
        })
    }

    fn change<T>(&self, what: impl FnOnce(&mut Spent) -> Result<T, ModelFault>) -> Result<T, ModelFault> {
        let _alone = self.alone().map_err(|error| broken(&error))?;
        let mut spent = self.read().map_err(|error| broken(&error))?;
        let done = what(&mut spent)?;
        let text = format!("{} {} {}", spent.day, spent.tokens, spent.cost.parts());
        snapshot::write(&self.file(), text.as_bytes()).map_err(|error| broken(&error))?;
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = spent;
        Ok(done)
    }

    /// Nobody else has it until this is dropped; what is done meanwhile is short.
    fn alone(&self) -> io::Result<File> {
        DirBuilder::new().recursive(true).mode(0o700).create(&self.folder)?;
        let path = self.folder.join("lock");
        let file = OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(path)?;
        file.lock()?;
        Ok(file)
    }

    fn read(&self) -> io::Result<Spent> {
        let today = self.today();
        let Some(bytes) = snapshot::read(&self.file())? else { return Ok(Spent { day: today, ..Spent::default() }) };
        let spent = written(&bytes).ok_or_else(|| io::Error::from(io::ErrorKind::InvalidData))?;
        Ok(if spent.day == today { spent } else { Spent { day: today, ..Spent::default() } })
    }

    fn file(&self) -> PathBuf {
        self.folder.join("spent")
    }

    fn today(&self) -> i64 {
        self.clock.now().micros().div_euclid(86_400_000_000)
    }
}

fn written(bytes: &[u8]) -> Option<Spent> {
    let mut words = std::str::from_utf8(bytes).ok()?.split(' ');
    let (day, tokens, cost) = (words.next()?, words.next()?, words.next()?);
    Some(Spent { day: day.parse().ok()?, tokens: tokens.parse().ok()?, cost: Cost::of_parts(cost.parse().ok()?) })
}

fn broken(error: &io::Error) -> ModelFault {
    ModelFault::Purse(error.to_string())
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicI64, Ordering};

    use domain::Timestamp;

    use super::*;

    struct Hand(AtomicI64);

    impl Clock for Hand {
        fn now(&self) -> Timestamp {
            Timestamp::from_micros(self.0.load(Ordering::Relaxed) * 86_400_000_000)
        }
    }

    const USED: Usage = Usage { question: 60, answer: 40 };

    fn purse(folder: &Path, limits: Limits) -> (Purse, Arc<Hand>) {
        let clock = Arc::new(Hand(AtomicI64::new(20_000)));
        (Purse::new(folder, limits, Arc::clone(&clock) as Arc<dyn Clock>), clock)
    }

    fn limits() -> Limits {
        Limits {
            request_tokens: 100,
            day_tokens: Some(250),
            prices: Prices::of_millionths(1_000_000, 2_000_000),
            ..Limits::default()
        }
    }

    #[test]
    fn what_is_held_counts_until_it_is_paid_and_after_a_crash_too() {
        let folder = tempfile::tempdir().unwrap();
        let (first, _) = purse(folder.path(), limits());
        let hold = first.hold(USED).unwrap();
        // The second request is never paid for: its program dies.
        first.hold(USED).unwrap();
        let (again, clock) = purse(folder.path(), limits());
        assert_eq!(again.hold(USED).unwrap_err(), ModelFault::OverLimit(Limit::DayTokens(250)));
        again.pay(hold, Usage { question: 10, answer: 5 }).unwrap();
        assert_eq!((again.spent().unwrap().tokens, again.seen().cost.to_string().as_str()), (115, "0.00016"));
        assert!(again.hold(USED).is_ok());
        clock.0.store(20_001, Ordering::Relaxed);
        assert_eq!((again.seen(), again.spent().unwrap().tokens), (Spent::default(), 0), "another day");
        again.pay(hold, USED).unwrap();
        assert_eq!(again.spent().unwrap().tokens, 0, "what was held on a day that is over is not given back twice");
    }

    #[test]
    fn neither_a_request_nor_a_day_costs_more_than_was_set() {
        let folder = tempfile::tempdir().unwrap();
        let cost = |text: &str| Cost::parse(text);
        for (limits, passed) in [
            (Limits { request_tokens: 99, ..limits() }, Limit::RequestTokens(99)),
            (Limits { request_cost: cost("0.000139"), ..limits() }, Limit::RequestCost(cost("0.000139").unwrap())),
            (Limits { day_cost: cost("0.000139"), ..limits() }, Limit::DayCost(cost("0.000139").unwrap())),
            (Limits { day_tokens: Some(99), ..limits() }, Limit::DayTokens(99)),
        ] {
            assert_eq!(purse(folder.path(), limits).0.hold(USED).unwrap_err(), ModelFault::OverLimit(passed));
        }
        let exact = Limits { request_cost: cost("0.00014"), day_cost: cost("0.00014"), ..limits() };
        let (purse, _) = purse(folder.path(), exact);
        assert!(purse.hold(USED).is_ok() && purse.hold(USED).is_err());
    }

    #[test]
    fn many_at_once_spend_no_more_than_one_after_another() {
        let folder = tempfile::tempdir().unwrap();
        let hold = || purse(folder.path(), limits()).0.hold(USED).is_ok();
        let held = std::thread::scope(|scope| {
            let all: Vec<_> = (0..8).map(|_| scope.spawn(hold)).collect();
            all.into_iter().filter_map(|one| one.join().ok()).filter(|held| *held).count()
        });
        assert_eq!(held, 2);
    }

    #[test]
    fn without_knowing_what_was_spent_nothing_is() {
        let folder = tempfile::tempdir().unwrap();
        let (purse, _) = purse(folder.path(), limits());
        purse.hold(USED).unwrap();
        std::fs::write(purse.file(), "20000 0 0").unwrap();
        assert!(matches!(purse.hold(USED), Err(ModelFault::Purse(_))));
    }
}
