//! Lets in whoever has a session.
//!
//! Invariant: a change is made only when the request carries the mark of its session, which no other site's page can know.

use axum::{
    extract::Request,
    http::{HeaderMap, HeaderName, Method, StatusCode},
};
use futures_util::{FutureExt, future::BoxFuture};
use platform::http::{Principal, Problem, auth::Proof};

use super::{Presented, Token, cookie};
use crate::Access;

/// Carries the mark of a session with a change.
const MARK: HeaderName = HeaderName::from_static("x-csrf-token");

/// Checks cookies against the sessions there are.
#[derive(Clone)]
pub struct Sessions(Access);

impl Sessions {
    /// Those of that database.
    pub fn new(access: Access) -> Sessions {
        Sessions(access)
    }

    async fn find(&self, request: &mut Request) -> Result<Principal, Problem> {
        let token = cookie::token(request.headers()).ok_or_else(|| Problem::unauthorized().log("no such cookie"))?;
        let found = self.0.open(&token).await?;
        let open = found.ok_or_else(|| Problem::unauthorized().log("the session is over or unknown"))?;
        if !request.method().is_safe() {
            marked(request.headers(), &token)?;
        }
        let principal = open.principal().clone();
        request.extensions_mut().insert(Presented { open, token });
        Ok(principal)
    }
}

/// Fails unless the headers carry the mark of the session.
pub fn marked(headers: &HeaderMap, token: &Token) -> Result<(), Problem> {
    let given = headers.get(MARK).and_then(|mark| mark.to_str().ok()).unwrap_or_default();
    if token.is_marked(given) { Ok(()) } else { Err(Problem::new(StatusCode::FORBIDDEN, "csrf")) }
}

impl Proof for Sessions {
    fn is_offered(&self, headers: &HeaderMap) -> bool {
        cookie::is_there(headers)
    }

    fn recalls(&self, _method: &Method, headers: &HeaderMap) -> bool {
        cookie::token(headers).is_some_and(|token| self.0.recalls(&token))
    }

    fn prove<'r>(&'r self, request: &'r mut Request) -> BoxFuture<'r, Result<Principal, Problem>> {
        self.find(request).boxed()
    }
}
