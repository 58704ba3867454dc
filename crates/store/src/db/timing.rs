//! How long statements take, and a span for each where somebody traces.
//!
//! Invariant: what a statement is called says what it does and to which table, never a value; there are no more names than statements in
//! the code. Noting one that was seen before takes no lock that another holds for long.

mod words;

use std::{
    collections::{BTreeMap, HashMap},
    future::Future,
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use domain::Stopwatch;
use sqlx::SqlStr;
use tracing::{Instrument, field::Empty};

use self::words::{name, shape};
use crate::SPANS;

/// Upper bounds in microseconds: from a look-up by a key to where a request is given up.
const BOUNDS_US: [u64; 8] = [250, 1_000, 5_000, 25_000, 100_000, 500_000, 2_500_000, 10_000_000];
const BUCKETS: usize = BOUNDS_US.len() + 1;
/// Statements told apart. There are fewer in the code; past it they count together.
const MOST: usize = 2_048;
const OTHERS: &str = "others";

/// How long one kind of statement took, all of them together.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StatementFigures {
    /// What it does and to which table: `select product`.
    pub name: String,
    /// Microseconds in all.
    pub sum_us: u64,
    buckets: [u64; BUCKETS],
}

impl StatementFigures {
    /// How many there were.
    pub fn count(&self) -> u64 {
        self.buckets.iter().sum()
    }

    /// Upper bounds in seconds, the last one without an end, and how many fell between each and the one before.
    pub fn buckets(&self) -> Vec<(f64, u64)> {
        let bounds = BOUNDS_US.iter().map(|us| Duration::from_micros(*us).as_secs_f64()).chain([f64::INFINITY]);
        bounds.zip(self.buckets).collect()
    }

    fn add(&mut self, timed: &Timed) {
        self.sum_us += timed.sum_us.load(Ordering::Relaxed);
        for (own, other) in self.buckets.iter_mut().zip(&timed.buckets) {
            *own += other.load(Ordering::Relaxed);
        }
    }
}

/// One statement.
#[derive(Debug)]
pub(super) struct Timed {
    name: String,
    system: &'static str,
    slow: Option<Duration>,
    // Keeps the place of the text taken, by which the statement is known.
    text: Option<SqlStr>,
    buckets: [AtomicU64; BUCKETS],
    sum_us: AtomicU64,
}

/// The statements of some connections.
#[derive(Debug)]
pub(super) struct Timings {
    by_place: RwLock<HashMap<(usize, usize), Arc<Timed>>>,
    others: Arc<Timed>,
    system: &'static str,
    slow: Option<Duration>,
}

impl Timings {
    /// None yet, of a database that others call so (OpenTelemetry's `db.system.name`). One that takes `slow` or longer is told of.
    pub(super) fn new(system: &'static str, slow: Option<Duration>) -> Timings {
        let others = Arc::new(Timed::new(OTHERS.to_owned(), (system, slow), None));
        Timings { by_place: RwLock::default(), others, system, slow }
    }

    /// Where this statement's time is noted.
    pub(super) fn of(&self, text: &SqlStr) -> Arc<Timed> {
        let place = (text.as_str().as_ptr().addr(), text.as_str().len());
        let known = self.by_place.read().unwrap_or_else(PoisonError::into_inner).get(&place).map(Arc::clone);
        known.unwrap_or_else(|| self.begin(place, text))
    }

    fn begin(&self, place: (usize, usize), text: &SqlStr) -> Arc<Timed> {
        let mut known = self.by_place.write().unwrap_or_else(PoisonError::into_inner);
        let kept = text.clone();
        // A text that is copied instead of shared will leave its place to another.
        if known.len() >= MOST || kept.as_str().as_ptr().addr() != place.0 {
            return Arc::clone(&self.others);
        }
        let begun = || Arc::new(Timed::new(name(text.as_str()), (self.system, self.slow), Some(kept)));
        Arc::clone(known.entry(place).or_insert_with(begun))
    }

    /// Adds what was noted, by name.
    pub(super) fn add_to(&self, all: &mut BTreeMap<String, StatementFigures>) {
        let known = self.by_place.read().unwrap_or_else(PoisonError::into_inner);
        for timed in known.values().chain([&self.others]).filter(|timed| timed.is_used()) {
            let figures = all.entry(timed.name.clone()).or_default();
            figures.name.clone_from(&timed.name);
            figures.add(timed);
        }
    }
}

impl Timed {
    fn new(name: String, (system, slow): (&'static str, Option<Duration>), text: Option<SqlStr>) -> Timed {
        Timed { name, system, slow, text, buckets: Default::default(), sum_us: AtomicU64::new(0) }
    }

    fn is_used(&self) -> bool {
        self.buckets.iter().any(|bucket| bucket.load(Ordering::Relaxed) > 0)
    }

    /// Runs the statement.
    pub(super) async fn run<T, E>(&self, asked: impl Future<Output = Result<T, E>>) -> Result<T, E> {
        let span = tracing::debug_span!(
            target: SPANS, "sql", otel.name = self.name, otel.kind = "client", db.system.name = self.system,
            db.query.summary = self.name, otel.status_code = Empty,
        );
        let watch = Stopwatch::start();
        let given = asked.instrument(span.clone()).await;
        let took = watch.elapsed();
        self.note(took);
        if self.slow.is_some_and(|slow| took >= slow) {
            self.tell(took);
        }
        if given.is_err() {
            span.record("otel.status_code", "ERROR");
        }
        given
    }

    /// Says that it was slow: its text is one of the code, and what was bound to it is not at hand.
    fn tell(&self, took: Duration) {
        let shape = self.text.as_ref().map_or_else(String::new, |text| shape(text.as_str()));
        let duration_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
        tracing::warn!(statement = self.name, duration_ms, shape, "slow statement");
    }

    fn note(&self, took: Duration) {
        let us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        let bucket = BOUNDS_US.iter().position(|bound| us <= *bound).unwrap_or(BOUNDS_US.len());
        self.buckets[bucket].fetch_add(1, Ordering::Relaxed);
        self.sum_us.fetch_add(us, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_same_statement_counts_as_one_and_each_name_once() {
        let timings = Timings::new("sqlite", None);
        let (one, other) =
            (SqlStr::from_static("SELECT id FROM product"), SqlStr::from_static("SELECT sku FROM product"));
        for text in [&one, &one, &other] {
            timings.of(text).run(async { Ok::<_, ()>(()) }).await.unwrap();
        }
        assert!(timings.of(&one).run(async { Err::<(), _>(()) }).await.is_err());
        timings.of(&SqlStr::from_static("SELECT 1"));
        let mut all = BTreeMap::new();
        timings.add_to(&mut all);
        assert_eq!(all.len(), 1, "what never ran is not told");
        assert_eq!(all["select product"].count(), 4, "failures took time as well");
        assert_eq!(all["select product"].buckets().last(), Some(&(f64::INFINITY, 0)));
    }

    /// Keeps what is told, as a collector of logs would.
    struct Told(Arc<std::sync::Mutex<Vec<String>>>);

    impl tracing::Subscriber for Told {
        fn enabled(&self, _: &tracing::Metadata<'_>) -> bool {
            true
        }
        fn new_span(&self, _: &tracing::span::Attributes<'_>) -> tracing::span::Id {
            tracing::span::Id::from_u64(1)
        }
        fn record(&self, _: &tracing::span::Id, _: &tracing::span::Record<'_>) {}
        fn record_follows_from(&self, _: &tracing::span::Id, _: &tracing::span::Id) {}
        fn event(&self, event: &tracing::Event<'_>) {
            struct Words(String);
            impl tracing::field::Visit for Words {
                fn record_debug(&mut self, field: &tracing::field::Field, value: &dyn std::fmt::Debug) {
                    self.0 += &format!("{field}={value:?} ");
                }
            }
            let mut words = Words(event.metadata().level().to_string() + " ");
            event.record(&mut words);
            self.0.lock().unwrap().push(words.0);
        }
        fn enter(&self, _: &tracing::span::Id) {}
        fn exit(&self, _: &tracing::span::Id) {}
    }

    #[tokio::test]
    async fn a_slow_statement_is_told_by_name_and_shape_and_a_quick_one_is_not() {
        let told = Arc::default();
        let guard = tracing::subscriber::set_default(Told(Arc::clone(&told)));
        let text = SqlStr::from_static("SELECT id\n       FROM product WHERE sku = $1");
        for slow in [None, Some(Duration::from_secs(3_600)), Some(Duration::ZERO)] {
            Timings::new("sqlite", slow).of(&text).run(async { Ok::<_, ()>(()) }).await.unwrap();
        }
        drop(guard);
        let told = told.lock().unwrap();
        assert_eq!(told.len(), 1, "{told:?}");
        for part in [
            "WARN",
            "slow statement",
            r#"statement="select product""#,
            r#"shape="SELECT id FROM product WHERE sku = $1""#,
        ] {
            assert!(told[0].contains(part), "{part}: {told:?}");
        }
    }

    #[test]
    fn however_many_texts_there_are_no_more_are_kept() {
        let timings = Timings::new("sqlite", None);
        for n in 0..2 * MOST {
            let text: Arc<str> = format!("SELECT {n}").into();
            let text = sqlx::SqlSafeStr::into_sql_str(sqlx::AssertSqlSafe(text));
            timings.of(&text).note(Duration::from_micros(n as u64));
        }
        assert_eq!(timings.by_place.read().unwrap().len(), MOST);
        let copied = sqlx::SqlSafeStr::into_sql_str(sqlx::AssertSqlSafe("SELECT 1".to_owned()));
        assert_eq!(timings.of(&copied).name, OTHERS);
        let mut all = BTreeMap::new();
        timings.add_to(&mut all);
        assert_eq!(all.values().map(StatementFigures::count).sum::<u64>(), 2 * MOST as u64);
    }
}
