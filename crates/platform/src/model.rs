//! A language model over the network, asked as OpenAI's are (chat completions): a helper that may be missing, slow, wrong and dear.
//!
//! Invariant: what is asked costs no more than was set, a request and a day, also when it is never answered; whoever asks waits for a
//! bounded time, and is told what became of it. Neither the key, the question nor the answer stands in a log, a figure or a trace.

mod fault;
mod figures;
mod judged;
mod price;
mod purse;
mod reply;
#[cfg(test)]
mod tests;
mod wire;

use std::{
    path::Path,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use axum::{
    body::Bytes,
    http::{Method, Request},
};
use domain::{Clock, Stopwatch};
use prometheus_client::registry::Registry;
use store::SPANS;
use tracing::{Instrument, Span, field::Empty};

pub use fault::{Limit, ModelFault};
pub use price::{Cost, Prices};
pub(crate) use price::{millionths, shown};
pub use purse::{Limits, Spent};
pub use reply::Reply;
pub use wire::{Answer, Ending, Question, Usage};

use crate::{
    breaker::{Breaker, Health},
    bulkhead::Bulkhead,
    config,
    outgoing::{Bounds, Outgoing},
    retry::{Budget, Pace, chance, retry},
};
use figures::Figures;
use judged::Failed;
use purse::{Hold, Purse};

/// What a model is called in figures and documents.
pub const MODEL: &str = "model";
/// Questions that may wait at once.
const MOST_WAITING: usize = 8;
/// How often one is asked.
const TRIES: u32 = 3;
/// How long a check waits, and how often a model that is believed well is checked: it is somebody's to pay for.
const CHECK_PATIENCE: Duration = Duration::from_millis(1500);
const CHECKED_EVERY: Duration = Duration::from_secs(60);
/// Bytes that an answer may have, and the list of models that a check looks at.
const MOST_BYTES: usize = 1024 * 1024;

/// What asking a model takes.
pub struct ModelParts<'p> {
    /// Where it is.
    pub place: config::ModelPlace,
    /// Which one, and what it may cost.
    pub settings: config::Model,
    /// The way out, to its address.
    pub outgoing: Outgoing,
    /// Whether it is worth asking.
    pub breaker: Breaker,
    /// Where it is written down what was spent.
    pub folder: &'p Path,
    /// The time.
    pub clock: Arc<dyn Clock>,
}

/// A model elsewhere. Cheap to clone.
#[derive(Clone)]
pub struct Model(Arc<Inner>);

/// Whom a question goes to.
struct Target {
    place: config::ModelPlace,
    settings: config::Model,
}

struct Inner {
    target: Target,
    outgoing: Outgoing,
    breaker: Breaker,
    purse: Arc<Purse>,
    room: Bulkhead,
    budget: Budget,
    figures: Figures,
    watch: Stopwatch,
    checked: Mutex<Option<(Duration, Result<(), ModelFault>)>>,
}

impl Model {
    /// Of those parts. Asks nothing yet.
    pub fn new(parts: ModelParts<'_>) -> Model {
        let ModelParts { place, settings, outgoing, breaker, folder, clock } = parts;
        let purse = Arc::new(Purse::new(folder, settings.limits, clock));
        let (room, figures) = (Bulkhead::new(MODEL, MOST_WAITING), Figures::default());
        let (budget, watch, checked) = (Budget::default(), Stopwatch::start(), Mutex::default());
        let target = Target { place, settings };
        Model(Arc::new(Inner { target, outgoing, breaker, purse, room, budget, figures, watch, checked }))
    }

    /// The breaker before it.
    pub fn breaker(&self) -> &Breaker {
        &self.0.breaker
    }

    /// Puts it on the page of figures.
    pub fn register(&self, registry: &mut Registry) {
        self.0.room.register(registry);
        self.0.figures.register(registry, Arc::clone(&self.0.purse));
    }

    /// What was spent today (UTC), by every program of this data folder. Reads a file.
    pub async fn spent(&self) -> Result<Spent, ModelFault> {
        self.with_purse(Purse::spent).await
    }

    /// What it answers. It may be asked twice when it said that it did nothing.
    pub async fn ask(&self, question: &Question) -> Result<Answer, ModelFault> {
        let (watch, name) = (Stopwatch::start(), self.0.target.settings.name.as_str());
        let span = tracing::debug_span!(
            target: SPANS, "model", otel.name = format!("chat {name}"), otel.kind = "internal", gen_ai.operation.name = "chat",
            gen_ai.request.model = name, gen_ai.usage.input_tokens = Empty, gen_ai.usage.output_tokens = Empty,
            error.type = Empty, otel.status_code = Empty,
        );
        let answer = self.paid(question).instrument(span.clone()).await;
        told(&span, &answer);
        self.0.figures.note(&answer, watch.elapsed());
        answer
    }

    /// Asks within what may be spent, and pays for it.
    async fn paid(&self, question: &Question) -> Result<Answer, ModelFault> {
        let Some(_room) = self.0.room.enter() else { return Err(ModelFault::Busy) };
        // Known before anything is written down; the try itself asks again.
        if let Some(wait) = self.0.breaker.view().wait {
            return Err(ModelFault::Away { wait });
        }
        // What cannot be asked costs nothing, and holds nothing back from others.
        let asked = wire::asking(&self.0.target, question)?;
        let most = question.most(self.0.target.settings.answer_tokens);
        let hold = self.with_purse(move |purse| purse.hold(most)).await?;
        let pace = Pace { tries: TRIES, deadline: self.0.target.settings.patience, ..Pace::default() };
        let watch = Stopwatch::start();
        let work = || self.attempt(&asked, self.0.target.settings.patience.saturating_sub(watch.elapsed()));
        let answer = retry(pace, &self.0.budget, chance, |failed: &Failed| failed.again, work).await;
        let used = match &answer {
            Ok(answer) => answer.usage.unwrap_or(most),
            Err(failed) if failed.paid => most,
            Err(_) => Usage::default(),
        };
        self.pay(hold, used).await;
        let mut answer = answer.map_err(|failed| failed.fault)?;
        answer.cost = self.0.target.settings.limits.prices.of(used);
        Ok(answer)
    }

    /// What cannot be written down stays held: more than it was, and never less.
    async fn pay(&self, hold: Hold, used: Usage) {
        self.0.figures.used(used, self.0.target.settings.limits.prices.of(used));
        if let Err(fault) = self.with_purse(move |purse| purse.pay(hold, used)).await {
            tracing::error!(error = &fault as &dyn std::error::Error, "what a model cost could not be written down");
        }
    }

    async fn with_purse<T: Send + 'static>(
        &self,
        what: impl FnOnce(&Purse) -> Result<T, ModelFault> + Send + 'static,
    ) -> Result<T, ModelFault> {
        let purse = Arc::clone(&self.0.purse);
        let done = tokio::task::spawn_blocking(move || what(&purse)).await;
        done.unwrap_or_else(|error| Err(ModelFault::Purse(error.to_string())))
    }

    async fn attempt(&self, asked: &Request<Bytes>, within: Duration) -> Result<Answer, Failed> {
        let Inner { target, outgoing, breaker, .. } = &*self.0;
        let pass = breaker.ask().map_err(|refused| Failed::for_good(ModelFault::Away { wait: refused.wait }))?;
        let answered = outgoing.send(asked.clone(), Bounds { time: within, body_bytes: MOST_BYTES }).await;
        judged::settled(pass, answered, target)
    }

    /// Whether it can be asked, as found a while ago or now; costs nothing, and has its breaker know.
    pub async fn check(&self) -> Result<(), ModelFault> {
        let now = self.0.watch.elapsed();
        if let Some((at, found)) = &*self.0.checked.lock().unwrap_or_else(PoisonError::into_inner)
            && self.0.breaker.would_let_through()
            && found.is_ok()
            && now.saturating_sub(*at) < CHECKED_EVERY
        {
            return Ok(());
        }
        let found = self.looked_at().await;
        *self.0.checked.lock().unwrap_or_else(PoisonError::into_inner) = Some((now, found.clone()));
        found
    }

    async fn looked_at(&self) -> Result<(), ModelFault> {
        let Inner { target, outgoing, breaker, .. } = &*self.0;
        let asked = wire::request(target, (&Method::GET, "/models"), Vec::new())?;
        let answered = outgoing.send(asked, Bounds { time: CHECK_PATIENCE, body_bytes: MOST_BYTES }).await;
        let found = judged::seen(answered, target);
        match &found {
            Ok(()) => breaker.proved(),
            Err(ModelFault::Unreachable(fault)) if !fault.is_refusal() => {
                let silent = *fault == crate::outgoing::Fault::Silent;
                breaker.checked(if silent { Health::Silent } else { Health::Ill });
            }
            Err(ModelFault::Failed { .. }) => breaker.checked(Health::Ill),
            Err(_) => {}
        }
        found
    }
}

fn told(span: &Span, answer: &Result<Answer, ModelFault>) {
    match answer {
        Ok(answer) => {
            let usage = answer.usage.unwrap_or_default();
            span.record("gen_ai.usage.input_tokens", usage.question);
            span.record("gen_ai.usage.output_tokens", usage.answer);
        }
        Err(fault) => {
            span.record("error.type", fault.name());
            span.record("otel.status_code", "ERROR");
        }
    }
}
