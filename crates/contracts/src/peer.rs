//! Asking a role that runs elsewhere.
//!
//! Invariant: only what may be asked twice is asked; whoever waits waits for a bounded time, beside a bounded number of others, and not at
//! all for a role that is known to be away.

mod judged;

use std::{sync::Arc, time::Duration};

use access::service;
use axum::{
    body::Bytes,
    http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, header},
};
use domain::Stopwatch;
use platform::{
    breaker::{Breaker, Health},
    bulkhead::Bulkhead,
    http::Problem,
    outgoing::{Bounds, Destination, Fault, Outgoing},
    retry::{Again, Budget, Pace, chance, retry},
};
use prometheus_client::registry::Registry;

/// Calls that may wait for a role at once.
const MOST_WAITING: usize = 256;
/// How often a call is tried. Each try has that part of the time for all of them.
pub const TRIES: u32 = 3;
/// How long a check waits. Whoever looks at all components waits two seconds for each.
const CHECK_PATIENCE: Duration = Duration::from_millis(1500);
/// When to come back, where nobody said.
const SOON: Duration = Duration::from_secs(1);
const AWAY_FOR: Duration = Duration::from_secs(5);

/// What asking a role takes.
pub struct PeerParts {
    /// The role.
    pub role: &'static str,
    /// Where it is.
    pub place: Destination,
    /// The way out.
    pub outgoing: Outgoing,
    /// Proves who asks.
    pub pass: service::Pass,
    /// Whether it is worth asking.
    pub breaker: Breaker,
    /// Time for a call with all its tries.
    pub patience: Duration,
    /// Bytes an answer may have.
    pub most_bytes: usize,
}

/// A role elsewhere. Cheap to clone.
#[derive(Clone)]
pub struct Peer(Arc<Inner>);

struct Inner {
    parts: PeerParts,
    bulkhead: Bulkhead,
    budget: Budget,
}

/// A try that failed, and whether the next may not.
struct Failed {
    problem: Problem,
    again: Again,
}

impl Failed {
    fn for_good(problem: Problem) -> Failed {
        Failed { problem, again: Again::No }
    }
}

impl Peer {
    /// Of those parts.
    pub fn new(parts: PeerParts) -> Peer {
        crate::register_texts();
        let bulkhead = Bulkhead::new(parts.role, MOST_WAITING);
        Peer(Arc::new(Inner { parts, bulkhead, budget: Budget::default() }))
    }

    /// The breaker before it.
    pub fn breaker(&self) -> &Breaker {
        &self.0.parts.breaker
    }

    /// Puts the room before it on the page of figures.
    pub fn register(&self, registry: &mut Registry) {
        self.0.bulkhead.register(registry);
    }

    /// What it answers, when it does what was asked. What is asked must be the same when it is asked twice.
    pub async fn ask(&self, path: &'static str, body: Bytes) -> Result<Bytes, Problem> {
        let Some(_room) = self.0.bulkhead.enter() else {
            return Err(self.away(SOON).log("too many wait for it"));
        };
        let patience = self.0.parts.patience;
        let pace = Pace { tries: TRIES, deadline: patience, ..Pace::default() };
        let watch = Stopwatch::start();
        let work = || self.attempt(path, body.clone(), time_for_a_try(patience, watch.elapsed()));
        retry(pace, &self.0.budget, chance, |failed: &Failed| failed.again, work).await.map_err(|failed| failed.problem)
    }

    /// Asks it whether it can be asked, though it be believed away, and has its breaker know.
    pub async fn check(&self, path: &'static str) -> Result<Bytes, Problem> {
        let breaker = self.breaker();
        let answer = match self.send((&Method::GET, path), Bytes::new(), CHECK_PATIENCE).await? {
            Ok(answer) if answer.status().is_success() => answer.into_body(),
            Ok(answer) => {
                breaker.checked(Health::Ill);
                return Err(self.away(AWAY_FOR).log(format_args!("it answered {}", answer.status())));
            }
            Err(fault) => {
                breaker.checked(if fault == Fault::Silent { Health::Silent } else { Health::Ill });
                return Err(self.away(AWAY_FOR).log(&fault));
            }
        };
        breaker.proved();
        Ok(answer)
    }

    async fn attempt(&self, path: &'static str, body: Bytes, within: Duration) -> Result<Bytes, Failed> {
        let pass = match self.breaker().ask() {
            Ok(pass) => pass,
            Err(refused) => return Err(Failed::for_good(self.away(refused.wait).log(refused))),
        };
        match self.send((&Method::POST, path), body, within).await.map_err(Failed::for_good)? {
            Ok(answer) => match self.judged(answer) {
                Ok(body) => {
                    pass.worked();
                    Ok(body)
                }
                Err((failed, true)) => {
                    pass.worked();
                    Err(failed)
                }
                Err((failed, false)) => {
                    pass.failed(&failed.problem.logged());
                    Err(failed)
                }
            },
            Err(Fault::TooLarge { most }) => {
                pass.worked();
                Err(Failed::for_good(self.said_too_much(most)))
            }
            Err(fault) if fault.is_refusal() => Err(Failed::for_good(self.away(AWAY_FOR).log(fault))),
            Err(fault) => {
                pass.failed(&fault);
                Err(Failed { problem: self.away(AWAY_FOR).log(fault), again: Again::Soon })
            }
        }
    }

    /// Sends it with what proves who asks. The outer error is ours, and says nothing of the role.
    async fn send(
        &self,
        (method, path): (&Method, &'static str),
        body: Bytes,
        time: Duration,
    ) -> Result<Result<Response<Bytes>, Fault>, Problem> {
        let Inner { parts, .. } = &*self.0;
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        parts.pass.show(parts.role, (method.as_str(), path), &body, &mut headers).await?;
        let request = Request::builder().method(method).uri(format!("{}{path}", parts.place)).body(body);
        let mut request = request.map_err(|error| Problem::internal(&error))?;
        *request.headers_mut() = headers;
        Ok(parts.outgoing.send(request, Bounds { time, body_bytes: parts.most_bytes }).await)
    }

    fn away(&self, wait: Duration) -> Problem {
        let problem = Problem::new(StatusCode::SERVICE_UNAVAILABLE, "role_away").arg("role", self.0.parts.role);
        problem.retry_after(wait)
    }

    /// It did what was asked and told more of it than is read.
    fn said_too_much(&self, most_bytes: usize) -> Problem {
        let problem = Problem::new(StatusCode::BAD_GATEWAY, "answer_too_large").arg("role", self.0.parts.role);
        problem.log(format_args!("it answered more than {most_bytes} bytes"))
    }
}

/// Time for a try that begins so long after the first: its part, and no more than is left of all.
fn time_for_a_try(patience: Duration, elapsed: Duration) -> Duration {
    (patience / TRIES).min(patience.saturating_sub(elapsed))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_try_goes_on_past_the_time_for_all_of_them() {
        let time = |elapsed| time_for_a_try(Duration::from_secs(30), Duration::from_secs(elapsed));
        for (elapsed, expected) in [(0, 10), (10, 10), (20, 10), (25, 5), (29, 1), (30, 0), (31, 0)] {
            assert_eq!(time(elapsed), Duration::from_secs(expected), "after {elapsed}");
        }
    }
}
