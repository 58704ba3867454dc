//! Which log lines are written, changed while the program runs.
//!
//! Invariant: what is not a level changes nothing; the level of the settings is back at the next start.

use std::sync::{OnceLock, PoisonError, RwLock};

use tracing::Subscriber;
use tracing_subscriber::{EnvFilter, reload};

/// Changes the filter in force.
type Change = Box<dyn Fn(EnvFilter) -> bool + Send + Sync>;

static CHANGE: OnceLock<Change> = OnceLock::new();
static IN_FORCE: RwLock<String> = RwLock::new(String::new());

/// The filter of those directives. Spans are for traces, never lines.
pub(super) fn filter(level: &str) -> EnvFilter {
    let filter = EnvFilter::try_new(level).unwrap_or_else(|_| EnvFilter::new("info"));
    match format!("{}=off", store::SPANS).parse() {
        Ok(no_spans) => filter.add_directive(no_spans),
        Err(_) => filter,
    }
}

/// The same, to be changed later.
pub(super) fn changeable<S: Subscriber>(level: &str) -> reload::Layer<EnvFilter, S> {
    let (layer, handle) = reload::Layer::new(filter(level));
    let change = move |filter| handle.reload(filter).is_ok();
    if CHANGE.set(Box::new(change)).is_ok() {
        level.clone_into(&mut IN_FORCE.write().unwrap_or_else(PoisonError::into_inner));
    }
    layer
}

/// The level in force: one word, or words by module.
pub fn level() -> String {
    IN_FORCE.read().unwrap_or_else(PoisonError::into_inner).clone()
}

/// Writes lines of this level from now on; `false`, and nothing changes, when it is none.
pub fn set_level(level: &str) -> bool {
    let Some(level) = crate::config::log_level(level) else { return false };
    let changed = CHANGE.get().is_some_and(|change| change(filter(&level)));
    if changed {
        *IN_FORCE.write().unwrap_or_else(PoisonError::into_inner) = level;
    }
    changed
}
