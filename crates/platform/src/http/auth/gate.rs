//! Lets in whoever proves who they are.
//!
//! Invariant: closed unless a route is said to be open; of several credentials in headers none counts. Whoever shows a credential in
//! vain, or asks for what they may not, is told to the audit log.

use std::sync::Arc;

use axum::{
    Router,
    extract::{MatchedPath, Request, State},
    http::{HeaderMap, Method, StatusCode, header},
    middleware::{Next, from_fn_with_state},
    response::{IntoResponse, Redirect, Response},
};
use domain::Clock;

use super::{API_KEY, Keys, Principal, Proof, telling::Telling};
use crate::{
    audit::Audit,
    http::{body::refuse_body, context, problem::Problem},
};

/// Whether a route, by its method and the template of its path, is open to everybody.
type IsOpen = dyn Fn(&Method, &str) -> bool + Send + Sync;

/// Who is let in, and where to without a credential.
#[derive(Clone)]
pub struct Gate {
    keys: Keys,
    proofs: Arc<[Arc<dyn Proof>]>,
    is_open: Arc<IsOpen>,
    login_page: Option<&'static str>,
    telling: Option<Telling>,
}

impl Gate {
    /// Lets in who has a key, and everybody to the routes that `is_open` says.
    pub fn new(keys: Keys, is_open: impl Fn(&Method, &str) -> bool + Send + Sync + 'static) -> Gate {
        let proofs: Arc<[Arc<dyn Proof>]> = Arc::new([Arc::new(keys.clone())]);
        Gate { keys, proofs, is_open: Arc::new(is_open), login_page: None, telling: None }
    }

    /// Also lets in who proves it so; asked after those before it.
    #[must_use]
    pub fn also(mut self, proof: impl Proof) -> Gate {
        let added: Arc<dyn Proof> = Arc::new(proof);
        self.proofs = self.proofs.iter().cloned().chain([added]).collect();
        self
    }

    /// Also lets in who proves it so; asked before all others.
    #[must_use]
    pub fn asking_first(mut self, proof: impl Proof) -> Gate {
        let first: Arc<dyn Proof> = Arc::new(proof);
        self.proofs = [first].into_iter().chain(self.proofs.iter().cloned()).collect();
        self
    }

    /// Sends browsers without a key to this page instead of a 401.
    #[must_use]
    pub fn with_login_page(mut self, path: &'static str) -> Gate {
        self.login_page = Some(path);
        self
    }

    /// Tells the audit log of refusals.
    #[must_use]
    pub fn telling(mut self, audit: Audit, clock: Arc<dyn Clock>) -> Gate {
        self.telling = Some(Telling::new(audit, clock));
        self
    }

    /// Forgets which keys were verified: call it when one is revoked.
    pub fn forget_all(&self) {
        self.keys.forget_all();
    }

    /// Whether a request's credential was found good a moment ago, told without asking anybody.
    pub fn recognises(&self, method: &Method, headers: &HeaderMap) -> bool {
        self.proofs.iter().find(|proof| proof.is_offered(headers)).is_some_and(|proof| proof.recalls(method, headers))
    }

    /// Whose key is shown to a page that is open to everyone; one that opens nothing is told to the audit log as at any other route.
    pub async fn verify(&self, headers: &HeaderMap) -> Result<Option<Principal>, Problem> {
        match self.keys.find(headers).await {
            Err(problem) if problem.status() == StatusCode::UNAUTHORIZED => {
                self.tell_in_vain(headers, &problem);
                Ok(None)
            }
            found => found.map(Some),
        }
    }

    fn tell_in_vain(&self, headers: &HeaderMap, problem: &Problem) {
        if let Some(telling) = &self.telling {
            telling.refused(headers, problem);
        }
    }

    async fn identify(&self, request: &mut Request) -> Result<Principal, Problem> {
        let headers = request.headers();
        if headers.contains_key(API_KEY) && headers.contains_key(header::AUTHORIZATION) {
            return Err(Problem::unauthorized().log("credentials of two sorts"));
        }
        match self.proofs.iter().find(|proof| proof.is_offered(headers)) {
            Some(proof) => proof.prove(request).await,
            None => Err(Problem::unauthorized().log("no credential")),
        }
    }

    /// What is open answers also when nothing else does: not even a credential that was given is looked at.
    fn opens(&self, request: &Request) -> bool {
        let route = request.extensions().get::<MatchedPath>();
        route.is_some_and(|route| (self.is_open)(request.method(), route.as_str()))
    }

    async fn refuse(&self, request: Request, problem: Problem) -> Response {
        let page = self.page_for(request.method(), request.headers()).filter(|_| problem.status() == 401);
        let shown = self.proofs.iter().any(|proof| proof.is_offered(request.headers()));
        if shown && problem.status() == 401 {
            self.tell_in_vain(request.headers(), &problem);
        }
        refuse_body(request).await;
        page.map_or_else(|| problem.into_response(), |page| Redirect::to(page).into_response())
    }

    /// Whether whoever is not let in is a person with a browser, and where to send them.
    fn page_for(&self, method: &Method, headers: &HeaderMap) -> Option<&'static str> {
        let accept = headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok()).unwrap_or_default();
        let browses = method == Method::GET && accept.contains("text/html");
        let program = headers.contains_key(API_KEY) || headers.contains_key(header::AUTHORIZATION);
        self.login_page.filter(|_| browses && !program)
    }
}

/// Puts the gate before every route, unknown paths included.
pub fn guard(router: Router, gate: Gate) -> Router {
    router.layer(from_fn_with_state(gate, enter))
}

async fn enter(State(gate): State<Gate>, mut request: Request, next: Next) -> Response {
    if gate.opens(&request) {
        return next.run(request).await;
    }
    let principal = match gate.identify(&mut request).await {
        Ok(principal) => principal,
        Err(problem) => return gate.refuse(request, problem).await,
    };
    context::set_caller(&principal);
    request.extensions_mut().insert(principal.clone());
    let route = gate.telling.as_ref().map(|_| (request.method().clone(), request.extensions().get().cloned()));
    let mut response = next.run(request).await;
    if let (Some(telling), Some(route), StatusCode::FORBIDDEN) = (&gate.telling, &route, response.status()) {
        telling.denied(&principal, route);
    }
    // The log line is written outside, where the request is gone.
    response.extensions_mut().insert(principal);
    response
}
