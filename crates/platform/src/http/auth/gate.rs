//! Lets in who has a key.
//!
//! Invariant: closed unless a path is listed as open; a key from a cookie changes nothing on behalf of another site's page.

use std::{sync::Arc, time::Duration};

use axum::{
    Router,
    extract::{Request, State},
    http::{HeaderMap, HeaderName, Method, header},
    middleware::{Next, from_fn_with_state},
    response::{IntoResponse, Redirect, Response},
};

use super::{KeyCheck, Principal, cache::Verified};
use crate::{http::problem::Problem, secrets::KeyText};

/// How long the look-up of a key may take.
const PATIENCE: Duration = Duration::from_secs(5);
const API_KEY: HeaderName = HeaderName::from_static("x-api-key");

/// Who is let in, and where to without a key.
#[derive(Clone)]
pub struct Gate {
    check: Arc<dyn KeyCheck>,
    verified: Verified,
    open: Arc<[&'static str]>,
    cookie: Option<&'static str>,
    login_page: Option<&'static str>,
}

impl Gate {
    /// Asks `check` about keys. `open` lists the paths that need none; one ending in `/*` opens all below it.
    pub fn new(check: impl KeyCheck, open: &[&'static str]) -> Gate {
        Gate { check: Arc::new(check), verified: Verified::new(), open: open.into(), cookie: None, login_page: None }
    }

    /// Also takes a key from this cookie, for pages.
    #[must_use]
    pub fn accepting_cookie(mut self, name: &'static str) -> Gate {
        self.cookie = Some(name);
        self
    }

    /// Sends browsers without a key to this page instead of a 401.
    #[must_use]
    pub fn with_login_page(mut self, path: &'static str) -> Gate {
        self.login_page = Some(path);
        self
    }

    /// Forgets which keys were verified: call it when one is revoked.
    pub fn forget_all(&self) {
        self.verified.forget_all();
    }

    /// Whose key `text` is, for a login form.
    pub async fn verify(&self, text: &str) -> Result<Option<Principal>, Problem> {
        match KeyText::parse(text) {
            Some(key) => in_time(self.verified.verify(&*self.check, &key)).await,
            None => Ok(None),
        }
    }

    async fn identify(&self, method: &Method, headers: &HeaderMap) -> Result<Option<Principal>, Problem> {
        let Some(text) = self.credential(method, headers) else { return Ok(None) };
        self.verify(text).await
    }

    fn credential<'h>(&self, method: &Method, headers: &'h HeaderMap) -> Option<&'h str> {
        let mut given = headers.get_all(API_KEY).iter();
        match (given.next(), given.next()) {
            (Some(key), None) => key.to_str().ok(),
            (Some(_), Some(_)) => None,
            (None, _) if method.is_safe() || is_from_own_page(headers) => cookie(headers, self.cookie?),
            (None, _) => None,
        }
    }

    fn is_open(&self, path: &str) -> bool {
        self.open.iter().any(|open| match open.strip_suffix('*') {
            Some(prefix) => path.starts_with(prefix),
            None => path == *open,
        })
    }

    fn refuse(&self, request: &HeaderMap, method: &Method) -> Response {
        let accept = request.get(header::ACCEPT).and_then(|accept| accept.to_str().ok()).unwrap_or_default();
        let page = self
            .login_page
            .filter(|_| method == Method::GET && accept.contains("text/html") && !request.contains_key(API_KEY));
        page.map_or_else(|| Problem::unauthorized().into_response(), |page| Redirect::to(page).into_response())
    }
}

/// A key is found in no time, or the database does not answer.
async fn in_time<T>(look_up: impl Future<Output = Result<T, Problem>>) -> Result<T, Problem> {
    let late = |_| Problem::unavailable(PATIENCE).log("the look-up of a key took too long");
    tokio::time::timeout(PATIENCE, look_up).await.map_err(late)?
}

/// Whether a browser says that one of our own pages sent this.
fn is_from_own_page(headers: &HeaderMap) -> bool {
    let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    match text(HeaderName::from_static("sec-fetch-site")) {
        Some(site) => site == "same-origin",
        None => {
            text(header::ORIGIN).and_then(|origin| origin.split_once("://")).map(|(_, host)| host) == text(header::HOST)
        }
    }
}

fn cookie<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let lines = headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
    lines.flat_map(|line| line.split(';')).find_map(|pair| pair.trim().strip_prefix(name)?.strip_prefix('='))
}

/// Puts the gate before every route, unknown paths included.
pub fn guard(router: Router, gate: Gate) -> Router {
    router.layer(from_fn_with_state(gate, enter))
}

async fn enter(State(gate): State<Gate>, mut request: Request, next: Next) -> Response {
    // Not even a key that was given is looked at: what is open must answer when nothing else does.
    if gate.is_open(request.uri().path()) {
        return next.run(request).await;
    }
    let principal = match gate.identify(request.method(), request.headers()).await {
        Ok(Some(principal)) => principal,
        Ok(None) => return gate.refuse(request.headers(), request.method()),
        Err(problem) => return problem.into_response(),
    };
    request.extensions_mut().insert(principal.clone());
    let mut response = next.run(request).await;
    // The log line is written outside, where the request is gone.
    response.extensions_mut().insert(principal);
    response
}
