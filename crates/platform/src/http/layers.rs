//! Everything that surrounds a role's routes.
//!
//! Invariant: every answer, whoever made it (a handler, the router, a panic, a limit), passes [`entry`] last, and so carries the
//! request's id, the security headers and a log line.

mod arrival;
mod compress;
mod cors;
mod entry;
mod guard;
mod headers;
mod trace;
mod turn;
mod uniform;

use std::{
    sync::{
        Arc,
        atomic::{AtomicU8, Ordering},
    },
    time::Duration,
};

use axum::{Router, middleware::from_fn_with_state};
use domain::{Clock, Ids};
use prometheus_client::registry::Registry;

use self::turn::Turns;
use super::{body::body_limit, client::Proxies, door::Door};
use crate::{
    config::{Hosts, Origins, Settings},
    health::Pulse,
    metrics::{HttpMetrics, look},
    texts::Locale,
};

/// Carries the level of service in every answer.
pub use headers::DEGRADATION;

/// How much of us works, from 1 (all of it) up. Shared by whoever knows and whoever tells.
#[derive(Debug, Clone)]
pub struct Degradation(Arc<AtomicU8>);

impl Default for Degradation {
    fn default() -> Degradation {
        Degradation(Arc::new(AtomicU8::new(1)))
    }
}

impl Degradation {
    /// The present level.
    pub fn level(&self) -> u8 {
        self.0.load(Ordering::Relaxed)
    }

    /// Sets the level.
    pub fn set(&self, level: u8) {
        self.0.store(level, Ordering::Relaxed);
    }
}

/// What surrounds the routes.
#[derive(Clone)]
pub struct Shell {
    clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
    /// Language of whoever does not ask for one.
    pub language: Locale,
    /// Names clients may call us by.
    pub hosts: Hosts,
    /// Origins whose pages may call the API.
    pub origins: Origins,
    /// Time a request may take.
    pub request_timeout: Duration,
    /// Whose word is taken on where a request comes from.
    pub proxies: Proxies,
    /// Limits who comes too often.
    pub door: Door,
    /// Bytes a body may have on routes that do not say otherwise.
    pub body_limit_bytes: usize,
    /// How much of us works.
    pub degradation: Degradation,
    /// Whether the database server answers; `None` where there is no server.
    pub database: Option<Pulse>,
    /// What knows by itself what to do while the server does not answer: method and path.
    pub patient: &'static [(&'static str, &'static str)],
    turns: Arc<Turns>,
    metrics: HttpMetrics,
}

impl Shell {
    /// As the settings say.
    pub fn new(settings: &Settings, clock: Arc<dyn Clock>, ids: Arc<dyn Ids>) -> Shell {
        Shell {
            clock,
            ids,
            language: settings.language,
            hosts: settings.allowed_hosts.clone(),
            origins: settings.door.cors_origins.clone(),
            request_timeout: settings.request_timeout,
            proxies: settings.door.proxies.clone(),
            door: Door::new(&settings.door),
            body_limit_bytes: settings.body_limit_bytes,
            degradation: Degradation::default(),
            database: None,
            patient: &[],
            turns: Arc::new(Turns::new(settings)),
            metrics: HttpMetrics::default(),
        }
    }

    /// Puts the requests on the page of figures, those being answered too, and the level.
    pub fn register(&self, registry: &mut Registry) {
        self.metrics.register(registry);
        let (turns, level) = (Arc::clone(&self.turns), self.degradation.clone());
        self.door.register(registry);
        look(registry, move |page| {
            turns.tell(page)?;
            let words = "How much works: 1 all, 2 without a helper, 3 without the database, 4 nothing can be written";
            page.gauge("gondola_degradation_level", words, u32::from(level.level()))
        });
    }

    /// A new name for a request that brought none.
    fn new_request_id(&self) -> Arc<str> {
        self.ids.next(self.clock.now()).simple().to_string().into()
    }

    /// A number for a trace that begins here.
    fn new_trace(&self) -> u128 {
        self.ids.next(self.clock.now()).as_u128()
    }
}

/// Surrounds the routes of a node. Apply it last, around everything.
pub fn shell(router: Router, shell: Shell) -> Router {
    // Each layer is handed a clone of its state with every request.
    let shell = Arc::new(shell);
    router
        .layer(body_limit(shell.body_limit_bytes))
        .layer(from_fn_with_state(Arc::clone(&shell), guard::guard))
        .layer(axum::middleware::from_fn(uniform::uniform))
        .layer(compress::layer())
        .layer(from_fn_with_state(shell, entry::entry))
}

#[cfg(test)]
mod tests;
