//! What a request passes before anything is done for it, and what is written on its answer for that.
//!
//! Invariant: a request is counted once: against its credential when that was found good, else against the address it came from. Every
//! answer of a counted request says how much is left, refusals included. Only who is known in memory may pass an empty bucket or a ban of
//! their address, so that a neighbour behind the same router cannot shut them out.

mod attempts;
mod headers;

use std::{
    net::{IpAddr, Ipv4Addr},
    sync::Arc,
    time::Duration,
};

use axum::{
    Router,
    extract::{Request, State},
    http::{HeaderMap, Method, StatusCode},
    middleware::{Next, from_fn_with_state},
    response::{IntoResponse, Response},
};

use domain::Clock;
use prometheus_client::registry::Registry;

use self::attempts::Attempts;
use super::{
    auth::Principal,
    body::refuse_body,
    context::{self, Context},
    problem::Problem,
};
use crate::{
    attack::{self, Attempt},
    audit::Audit,
    ban::Bans,
    config::Door as DoorSettings,
    limit::{Caller, Limits, Shared, Verdict},
    metrics::look,
    network::Network,
};

/// Where it is told whether we live and are ready: whoever watches asks often.
const FREE_PATHS: [&str; 2] = ["/health", "/ready"];

/// Whether a request's credential is one that was found good a moment ago, told without asking anybody.
pub type Recognise = dyn Fn(&Method, &HeaderMap) -> bool + Send + Sync;

/// The door of a node. Cheap to clone.
#[derive(Clone)]
pub struct Door {
    limits: Option<Limits>,
    bans: Option<Bans>,
    attempts: Option<Attempts>,
    free: Arc<[&'static str]>,
    recognise: Arc<Recognise>,
}

/// On an answer whose request has been counted.
#[derive(Debug, Clone, Copy)]
struct Counted;

/// On an answer to somebody who is kept out.
#[derive(Debug, Clone, Copy)]
struct KeptOut;

/// On a refusal of somebody whose credential was found good a moment ago, where the gate leaves asking for it to the page.
#[derive(Debug, Clone, Copy)]
struct Recognised;

/// A request, before anybody knows whose it is.
pub(super) struct Visit {
    caller: Caller,
    address: Option<IpAddr>,
    /// Whether its path is free for everyone, so that it counts only when it tries something.
    is_free: bool,
    /// What is tried by what was asked for.
    attempt: Option<Attempt>,
}

impl Door {
    /// As the settings say. The paths that tell whether we live and are ready are free.
    pub fn new(settings: &DoorSettings) -> Door {
        let (max, window) = (settings.ratelimit_max, settings.ratelimit_window);
        Door {
            limits: settings.ratelimit_enabled.then(|| Limits::new(max, window)),
            bans: None,
            attempts: None,
            free: FREE_PATHS.into(),
            recognise: Arc::new(|_, _| false),
        }
    }

    /// Shares the limits with other nodes.
    #[must_use]
    pub fn sharing(mut self, shared: Shared) -> Door {
        self.limits = self.limits.map(|limits| limits.sharing(shared));
        self
    }

    /// Turns away whoever is kept out, and tells of refusals.
    #[must_use]
    pub fn keeping_out(mut self, bans: Bans) -> Door {
        self.bans = Some(bans);
        self
    }

    /// Tells the audit log of what is tried by the text of requests.
    #[must_use]
    pub fn telling(mut self, audit: Audit, clock: Arc<dyn Clock>) -> Door {
        self.attempts = Some(Attempts::new(audit, clock));
        self
    }

    /// Also leaves these uncounted; one ending in `/*` is everything below it.
    #[must_use]
    pub fn freeing(mut self, paths: &[&'static str]) -> Door {
        self.free = self.free.iter().chain(paths).copied().collect();
        self
    }

    /// Asks `known` about a credential before refusing a whole address.
    #[must_use]
    pub fn recognising(mut self, known: impl Fn(&Method, &HeaderMap) -> bool + Send + Sync + 'static) -> Door {
        self.recognise = Arc::new(known);
        self
    }

    /// The limits, unless they are switched off.
    pub fn limits(&self) -> Option<&Limits> {
        self.limits.as_ref()
    }

    /// Puts the refusals on the page of figures.
    pub fn register(&self, registry: &mut Registry) {
        let (limits, bans, attempts) = (self.limits.clone(), self.bans.clone(), self.attempts.clone());
        look(registry, move |page| {
            let refused = limits.as_ref().map(Limits::refused).unwrap_or_default();
            let rows = [([("caller", "known")], refused.known), ([("caller", "unknown")], refused.unknown)];
            page.counters("gondola_ratelimit_refusals", "Requests that came too often", rows)?;
            let shared = limits.as_ref().and_then(Limits::shared).is_some_and(Shared::is_up);
            page.gauge(
                "gondola_ratelimit_shared",
                "Whether limits are shared with other nodes now",
                u32::from(shared),
            )?;
            if let Some(attempts) = &attempts {
                attempts.tell(page)?;
            }
            let Some(bans) = &bans else { return Ok(()) };
            let (in_force, turned_away) = bans.figures();
            page.gauge("gondola_bans", "Callers who are kept out", u64::try_from(in_force).unwrap_or(u64::MAX))?;
            page.counter("gondola_bans_refusals", "Requests of callers who are kept out", turned_away)
        });
    }

    /// The visit that a request is; `None` when there is nothing to do for any.
    pub(super) fn visit(&self, request: &Request) -> Option<Visit> {
        if self.limits.is_none() && self.bans.is_none() && self.attempts.is_none() {
            return None;
        }
        let address = request.extensions().get::<Context>().and_then(|context| context.client);
        let network = Network::of_caller(address.unwrap_or(Ipv4Addr::UNSPECIFIED.into()));
        let is_free = listed(&self.free, request.uri().path());
        Some(Visit { caller: Caller::From(network), address, is_free, attempt: None })
    }

    /// Before a credential is looked at: who is kept out, or has used up the bucket of their address, costs us nothing further.
    pub(super) fn refusal(&self, visit: &Visit, request: &Request) -> Option<Response> {
        if visit.is_free {
            return None;
        }
        let empty = || self.limits.as_ref().and_then(|limits| limits.refusal(&visit.caller));
        let response = match self.ban(visit) {
            Some(left) => keep_out(left),
            None => refuse(empty()?),
        };
        if (self.recognise)(request.method(), request.headers()) {
            return None;
        }
        self.note(visit, None, &response);
        Some(response)
    }

    /// How long whoever comes from that address is still kept out, if they are.
    fn ban(&self, visit: &Visit) -> Option<Duration> {
        self.bans.as_ref().and_then(|bans| bans.left(&visit.caller, visit.address))
    }

    /// Judges what was asked for: after [`Door::refusal`], and with a turn taken, so that whoever sends a great deal of it is refused at
    /// the price of anybody else. What is free is answered to everyone, but judged only for whoever would be let in elsewhere.
    pub(super) fn judge(&self, visit: &mut Visit, request: &Request) {
        let is_told = self.bans.is_some() || self.attempts.is_some();
        let is_used_up = || self.limits.as_ref().is_some_and(|limits| limits.is_used_up(&visit.caller));
        if is_told && !(visit.is_free && (self.ban(visit).is_some() || is_used_up())) {
            visit.attempt = attack::in_address(request.uri());
        }
    }

    /// After the answer: one that nobody has counted yet (no good credential, or no such path) counts against the address.
    pub(super) async fn settle(&self, visit: &Visit, response: Response) -> Response {
        if visit.is_free && visit.attempt.is_none() {
            return response;
        }
        let counted = response.extensions().get::<Counted>().is_some();
        let response = match self.limits.as_ref().filter(|_| !counted) {
            Some(limits) => answer(limits.take(&visit.caller, None).await, || response),
            None => response,
        };
        let attempt = visit.attempt.or_else(context::attempt);
        if let (Some(attempts), Some(attempt)) = (&self.attempts, attempt) {
            attempts.note(attempt, whose(&response).as_ref(), response.status());
        }
        self.note(visit, attempt, &response);
        response
    }

    /// Tells of a refusal whom it was for.
    fn note(&self, visit: &Visit, attempt: Option<Attempt>, response: &Response) {
        let Some(bans) = &self.bans else { return };
        if response.extensions().get::<KeptOut>().is_some() {
            return bans.turned_away();
        }
        let (status, principal) = (response.status().as_u16(), whose(response));
        let is_known = principal.is_some() || response.extensions().get::<Recognised>().is_some();
        let strikes = match status {
            401 | 429 if !is_known => true,
            403 | 413 => true,
            // Who is known and comes too often is told to wait; being kept out would stop a till that only forgot to. What is not there
            // or does not fit is about the data.
            404 | 422 | 429 if is_known => false,
            // What somebody known asks for and gets is theirs to ask, whatever it looks like.
            status => attempt.is_some() && (!is_known || (400..=499).contains(&status)),
        };
        if strikes {
            bans.strike(&principal.as_ref().map_or_else(|| visit.caller.clone(), known), visit.address, status);
        }
    }

    /// Who was let in, and their own quota; `None` for what is free.
    fn guest(&self, request: &Request) -> Option<(Caller, Option<u32>)> {
        let visit = self.visit(request).filter(|visit| !visit.is_free)?;
        let principal = request.extensions().get::<Principal>();
        Some((principal.map_or(visit.caller, known), principal.and_then(|principal| principal.quota_per_minute)))
    }

    /// What an answer to whoever was let in costs, or their refusal.
    async fn admit(&self, caller: &Caller, quota_per_minute: Option<u32>) -> Result<Option<Verdict>, Response> {
        if let Some(left) = self.bans.as_ref().and_then(|bans| bans.left(caller, None)) {
            return Err(keep_out(left));
        }
        let Some(limits) = &self.limits else { return Ok(None) };
        let verdict = limits.take(caller, quota_per_minute).await;
        if verdict.wait.is_some() { Err(refuse(verdict)) } else { Ok(Some(verdict)) }
    }
}

/// Whether a list names the path: itself, or by a pattern ending in `/*` everything below it.
fn listed(list: &[&str], path: &str) -> bool {
    list.iter().any(|listed| match listed.strip_suffix('*') {
        Some(prefix) => path.starts_with(prefix),
        None => path == *listed,
    })
}

/// Whose request was answered so: whom the gate let in, or whom a page that is open to everyone found. Whoever is told that they have not
/// proved who they are is nobody there, whatever session they have besides.
fn whose(response: &Response) -> Option<Principal> {
    let found = || context::caller().filter(|_| response.status() != StatusCode::UNAUTHORIZED);
    response.extensions().get::<Principal>().cloned().or_else(found)
}

fn known(principal: &Principal) -> Caller {
    Caller::Known(Arc::clone(&principal.key_id))
}

fn answer(verdict: Verdict, response: impl FnOnce() -> Response) -> Response {
    if verdict.wait.is_some() {
        return refuse(verdict);
    }
    let mut response = response();
    headers::add(response.headers_mut(), verdict);
    response.extensions_mut().insert(Counted);
    response
}

fn refuse(verdict: Verdict) -> Response {
    let wait = verdict.wait.unwrap_or_default();
    let mut response = Problem::new(StatusCode::TOO_MANY_REQUESTS, "rate_limited")
        .arg("limit", verdict.limit)
        .arg("window", verdict.window.as_secs())
        .arg("seconds", headers::whole_seconds(wait))
        .retry_after(wait)
        .into_response();
    headers::add(response.headers_mut(), verdict);
    response.extensions_mut().insert(Counted);
    response
}

fn keep_out(left: Duration) -> Response {
    let seconds = headers::whole_seconds(left);
    let problem = Problem::new(StatusCode::FORBIDDEN, "kept_out").arg("seconds", seconds).retry_after(left);
    let mut response = problem.into_response();
    response.extensions_mut().insert(Counted);
    response.extensions_mut().insert(KeptOut);
    response
}

/// Counts the requests of `router` against whoever they were found to come from. Apply it inside the gate.
pub fn counted(router: Router, door: &Door) -> Router {
    router.layer(from_fn_with_state(door.clone(), count))
}

async fn count(State(door): State<Door>, request: Request, next: Next) -> Response {
    let Some((caller, quota)) = door.guest(&request) else { return next.run(request).await };
    match door.admit(&caller, quota).await {
        Ok(Some(verdict)) => {
            let response = next.run(request).await;
            answer(verdict, || response)
        }
        Ok(None) => next.run(request).await,
        Err(mut refusal) => {
            if (door.recognise)(request.method(), request.headers()) {
                refusal.extensions_mut().insert(Recognised);
            }
            refuse_body(request).await;
            refusal
        }
    }
}

#[cfg(test)]
mod tests;
