//! What was asked of a model, counted.
//!
//! Invariant: every outcome has its counter from the start; nothing is told of what was asked.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use prometheus_client::{metrics::histogram::Histogram, registry::Registry};

use super::{Answer, Cost, ModelFault, Usage, purse::Purse};
use crate::metrics::look;

const ANSWERED: &str = "answered";
const OUTCOMES: usize = ModelFault::NAMES.len() + 1;
/// Seconds: from a short answer nearby to the longest that is waited for.
const BOUNDS: [f64; 10] = [0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0];

/// What was counted. Cheap to clone.
#[derive(Clone)]
pub(super) struct Figures(Arc<Inner>);

struct Inner {
    /// Those answered first, then by the name of what happened.
    outcomes: [AtomicU64; OUTCOMES],
    question_tokens: AtomicU64,
    answer_tokens: AtomicU64,
    cost: Mutex<Cost>,
    took: Histogram,
}

impl Default for Figures {
    fn default() -> Figures {
        Figures(Arc::new(Inner {
            outcomes: Default::default(),
            question_tokens: AtomicU64::new(0),
            answer_tokens: AtomicU64::new(0),
            cost: Mutex::default(),
            took: Histogram::new(BOUNDS),
        }))
    }
}

impl Figures {
    pub(super) fn note(&self, answer: &Result<Answer, ModelFault>, took: Duration) {
        let name = answer.as_ref().err().map(ModelFault::name);
        let place = name.and_then(|name| ModelFault::NAMES.iter().position(|known| *known == name));
        if let Some(counter) = self.0.outcomes.get(place.map_or(0, |place| place + 1)) {
            counter.fetch_add(1, Ordering::Relaxed);
        }
        self.0.took.observe(took.as_secs_f64());
    }

    pub(super) fn used(&self, used: Usage, cost: Cost) {
        self.0.question_tokens.fetch_add(used.question, Ordering::Relaxed);
        self.0.answer_tokens.fetch_add(used.answer, Ordering::Relaxed);
        let mut sum = self.0.cost.lock().unwrap_or_else(PoisonError::into_inner);
        *sum = sum.plus(cost);
    }

    pub(super) fn register(&self, registry: &mut Registry, purse: Arc<Purse>) {
        let took = "Time until a model answered or did not";
        registry.register("gondola_model_duration_seconds", took, self.0.took.clone());
        let own = Arc::clone(&self.0);
        look(registry, move |page| {
            let counts = own.outcomes.iter().map(|counter| counter.load(Ordering::Relaxed));
            let names = [ANSWERED].into_iter().chain(ModelFault::NAMES);
            let rows = names.zip(counts).map(|(outcome, n)| ([("outcome", outcome)], n));
            page.counters("gondola_model_requests", "Questions to the model, by what became of them", rows)?;
            let tokens = [("question", &own.question_tokens), ("answer", &own.answer_tokens)];
            let rows = tokens.map(|(of, counter)| ([("of", of)], counter.load(Ordering::Relaxed)));
            page.counters("gondola_model_tokens", "Tokens paid for", rows)?;
            let cost = *own.cost.lock().unwrap_or_else(PoisonError::into_inner);
            page.counter("gondola_model_cost", "What they cost, in the currency of the prices", cost.about())?;
            let (today, limits) = (purse.seen(), purse.limits());
            page.gauge("gondola_model_tokens_today", "Tokens of this day (UTC), with what is held", today.tokens)?;
            page.known_gauge("gondola_model_tokens_limit", "Tokens a day may have", limits.day_tokens)?;
            let cost = today.cost.about();
            page.gauge("gondola_model_cost_today", "What this day cost, with what is held", cost)?;
            page.known_gauge("gondola_model_cost_limit", "What a day may cost", limits.day_cost.map(Cost::about))
        });
    }
}
