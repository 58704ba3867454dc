//! What is known of the request being answered, wherever in its handling one stands.
//!
//! Invariant: set once by the outermost layer; outside a request it is the default language and no id.

use std::{
    future::Future,
    net::IpAddr,
    sync::{Arc, OnceLock},
};

use domain::audit::Origin;

use super::auth::Principal;
use crate::{
    attack::{self, Attempt, Place},
    telemetry::TraceIds,
    texts::Locale,
};

tokio::task_local! {
    static CONTEXT: Context;
}

/// The request being answered. Also put into the request's extensions.
#[derive(Debug, Clone, Default)]
pub struct Context {
    /// Language of the answer.
    pub locale: Locale,
    /// Names the request in answers and logs.
    pub request_id: Arc<str>,
    /// The address of whoever asks, as far as it is known for sure; `None` for what did not come over a connection.
    pub client: Option<IpAddr>,
    /// What the caller's program calls itself.
    pub agent: Arc<str>,
    /// Whether it came over TLS, to us or to a trusted proxy.
    pub secure: bool,
    /// Method and path, without the query.
    pub request: Arc<str>,
    /// What becomes known while it is answered.
    pub noted: Arc<Noted>,
    /// How much of us works, from 1 (all of it) up; 0 where nobody knows.
    pub level: u8,
    /// Which trace it is part of, when it is part of one.
    pub trace: Option<TraceIds>,
}

/// What becomes known of a request while it is answered.
#[derive(Debug, Default)]
pub struct Noted {
    /// Who asks, once the gate or a page knows.
    caller: OnceLock<Principal>,
    /// What was tried by a text of it.
    attempt: OnceLock<Attempt>,
}

/// Runs `work` as part of the request `context`. Tasks spawned inside do not inherit it.
pub async fn scope<F: Future>(context: Context, work: F) -> F::Output {
    CONTEXT.scope(context, work).await
}

/// The request being answered; outside one, none in particular.
pub fn current() -> Context {
    CONTEXT.try_with(Clone::clone).unwrap_or_default()
}

/// Language of the answer being made.
pub fn locale() -> Locale {
    CONTEXT.try_with(|context| context.locale).unwrap_or_default()
}

/// The address of whoever asked for what is being done; `None` outside a request.
pub fn client() -> Option<IpAddr> {
    CONTEXT.try_with(|context| context.client).unwrap_or_default()
}

/// How much of us works, from 1 (all of it) up; 0 outside a request.
pub fn level() -> u8 {
    CONTEXT.try_with(|context| context.level).unwrap_or_default()
}

/// Which trace the request being answered is part of; none outside one.
pub(crate) fn trace() -> Option<TraceIds> {
    CONTEXT.try_with(|context| context.trace).unwrap_or_default()
}

/// Names the request being answered; empty outside one.
pub fn request_id() -> Arc<str> {
    CONTEXT.try_with(|context| Arc::clone(&context.request_id)).unwrap_or_else(|_| Arc::from(""))
}

/// Method and path of the request being answered; `None` outside one.
pub(crate) fn request() -> Option<Arc<str>> {
    CONTEXT.try_with(|context| Arc::clone(&context.request)).ok()
}

/// Whose request is being answered; `None` before the gate or a page knows, and outside a request.
pub(crate) fn caller() -> Option<Principal> {
    CONTEXT.try_with(|context| context.noted.caller.get().cloned()).ok().flatten()
}

/// Notes whose request is being answered: the gate's to say, and a page's that asks by itself who is there. The first one stays.
pub fn set_caller(principal: &Principal) {
    let _ = CONTEXT.try_with(|context| context.noted.caller.set(principal.clone()));
}

/// Looks whether a text that is not believed tries something ([`attack`]), and notes it. The first one stays.
pub fn suspect(text: &str, place: Place) {
    if let Some(attempt) = attack::in_text(text, place) {
        let _ = CONTEXT.try_with(|context| context.noted.attempt.set(attempt));
    }
}

/// What was tried by a text of the request being answered.
pub(crate) fn attempt() -> Option<Attempt> {
    CONTEXT.try_with(|context| context.noted.attempt.get().copied()).ok().flatten()
}

/// Where the request being answered came from, as an event tells it; nothing is known outside one.
pub(crate) fn origin() -> Origin {
    let Context { request_id, client, agent, .. } = current();
    let address = client.map(|address| address.to_string()).unwrap_or_default();
    Origin { address, agent: agent.to_string(), request_id: request_id.to_string() }
}
