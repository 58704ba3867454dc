//! Keeps to the table of permissions, for every route at once.
//!
//! Invariant: a handler is reached only when its route has a row and the caller has what the row asks; a row that is missing closes.

use axum::{
    Router,
    extract::{MatchedPath, Request},
    http::{HeaderValue, Method, header},
    middleware::{Next, from_fn},
    response::{IntoResponse, Response},
};
use platform::http::{Principal, Problem, auth::CallerKind, body::refuse_body};

use crate::{
    permission::Permit,
    session::{Duty, Presented},
    table::{self, Rule},
};

/// Puts the table before every route. The gate, which says who calls, goes around it.
pub fn enforce(router: Router) -> Router {
    router.layer(from_fn(enter))
}

async fn enter(request: Request, next: Next) -> Response {
    match check(&request) {
        Ok(()) => next.run(request).await,
        Err(problem) => {
            refuse_body(request).await;
            problem.into_response()
        }
    }
}

fn check(request: &Request) -> Result<(), Problem> {
    // Where nothing is, the router says so.
    let Some(path) = request.extensions().get::<MatchedPath>().map(MatchedPath::as_str) else { return Ok(()) };
    match table::rule(request.method(), path) {
        Some(Rule::Open) => Ok(()),
        Some(Rule::Known) => known(request).map(drop),
        Some(Rule::Session) => {
            known(request)?;
            request.extensions().get::<Presented>().map(drop).ok_or_else(Presented::missing)
        }
        Some(Rule::Needs(permission)) => {
            let allowed = known(request)?.require(permission);
            // Whoever has something to do first is told that, rather than that they may not.
            allowed.map_err(|refusal| waiting(request).map_or(refusal, Duty::problem))
        }
        Some(Rule::Peer) => peer(known(request)?),
        None => Err(unlisted(request.method(), path)),
    }
}

fn known(request: &Request) -> Result<&Principal, Problem> {
    request.extensions().get::<Principal>().ok_or_else(Problem::unauthorized)
}

fn peer(principal: &Principal) -> Result<(), Problem> {
    match principal.kind {
        CallerKind::Service => Ok(()),
        _ => Err(Problem::forbidden().log("for other roles of ours alone")),
    }
}

fn waiting(request: &Request) -> Option<Duty> {
    request.extensions().get::<Presented>().and_then(|presented| presented.open.duty)
}

/// The router has the path. When the table has it too, what is wrong is the method.
fn unlisted(method: &Method, path: &str) -> Problem {
    let Some(methods) = table::methods(path) else {
        return Problem::forbidden().log(format_args!("{method} {path} has no row in the table of permissions"));
    };
    let names = methods.iter().map(|(method, _)| if method == Method::GET { "GET,HEAD" } else { method.as_str() });
    let allow = HeaderValue::from_str(&names.collect::<Vec<_>>().join(","));
    let problem = Problem::new(axum::http::StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed");
    allow.into_iter().fold(problem, |problem, allow| problem.header(header::ALLOW, allow))
}

#[cfg(test)]
mod tests {
    use axum::{
        Extension,
        body::Body,
        routing::{delete, get},
    };
    use domain::Role;
    use platform::http::auth::Scopes;
    use tower::ServiceExt;

    use super::*;

    async fn answer(request: (&str, &str), principal: Option<Principal>) -> Response {
        let ok = || async { "ok" };
        let routes = Router::new()
            .route("/health", get(ok))
            .route("/api/v1/postings", get(ok).post(ok).merge(delete(ok)))
            .route("/api/v1/me", get(ok))
            .route("/api/v1/me/sessions", get(ok))
            .route("/internal/v1/stock", get(ok))
            .route("/api/v1/unheard-of", get(ok));
        let mut app = enforce(routes);
        if let Some(principal) = principal {
            app = app.layer(Extension(principal));
        }
        let request = Request::builder().method(request.0).uri(request.1).body(Body::empty()).unwrap();
        app.oneshot(request).await.unwrap()
    }

    #[tokio::test]
    async fn the_table_decides() {
        let caller = |role| Some(Principal::new(CallerKind::Key, "k", "k", role));
        for (request, principal, expected) in [
            (("GET", "/health"), None, 200),
            (("GET", "/api/v1/postings"), None, 401),
            (("GET", "/api/v1/postings"), caller(Role::Auditor), 200),
            (("HEAD", "/api/v1/postings"), caller(Role::Auditor), 200),
            (("POST", "/api/v1/postings"), caller(Role::Auditor), 403),
            (("POST", "/api/v1/postings"), caller(Role::Cashier), 200),
            (("GET", "/nowhere"), caller(Role::Owner), 404),
            (("GET", "/api/v1/unheard-of"), caller(Role::Owner), 403),
            (("GET", "/api/v1/me"), None, 401),
            (("GET", "/api/v1/me"), caller(Role::Service), 200),
            (("GET", "/api/v1/me/sessions"), None, 401),
            (("GET", "/api/v1/me/sessions"), caller(Role::Owner), 403),
            (("GET", "/internal/v1/stock"), caller(Role::Owner), 403),
            (("GET", "/internal/v1/stock"), caller(Role::Service), 403),
            (("GET", "/internal/v1/stock"), Some(Principal::new(CallerKind::Service, "s", "s", Role::Service)), 200),
        ] {
            assert_eq!(answer(request, principal).await.status(), expected, "{request:?}");
        }
        let mut limited = Principal::new(CallerKind::Key, "k", "k", Role::Owner);
        limited.scopes = Scopes::NONE;
        assert_eq!(answer(("GET", "/api/v1/postings"), Some(limited)).await.status(), 403);
    }

    #[tokio::test]
    async fn a_method_without_a_row_is_not_served_even_where_there_is_a_handler() {
        let owner = Principal::new(CallerKind::Key, "k", "k", Role::Owner);
        let answer = answer(("DELETE", "/api/v1/postings"), Some(owner)).await;
        assert_eq!(
            (answer.status().as_u16(), &answer.headers()[header::ALLOW]),
            (405, &HeaderValue::from_static("GET,HEAD,POST"))
        );
    }
}
