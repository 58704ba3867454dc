//! Refuses the query parameters of routes that take none.
//!
//! Invariant: what a route takes is what its description says; no handler has to remember that it takes nothing.

use std::{collections::HashMap, sync::Arc};

use axum::{
    Router,
    extract::{MatchedPath, Request},
    http::Method,
    middleware::{Next, from_fn},
    response::{IntoResponse, Response},
};
use utoipa::openapi::{
    OpenApi, RefOr,
    path::{Operation, Parameter, ParameterIn, PathItem},
};

use super::{body::refuse_body, fields::Fields, problem::Problem};

/// Of operations that probes and scrapers ask, which like to add something to get past caches.
const OF_PROBES: &str = "meta";

/// The methods that take no parameters, by the template of their path.
pub struct Closed(HashMap<String, Vec<Method>>);

impl Closed {
    /// Of the routes of the document, and of the document itself, which is at `at`.
    pub fn of(document: &OpenApi, at: &str) -> Closed {
        let described = document.paths.paths.iter().map(|(path, item)| (path.clone(), without_parameters(item)));
        Closed(described.chain([(at.to_owned(), vec![Method::GET])]).collect())
    }

    /// Has those routes refuse all query parameters by name.
    pub fn guard(self, router: Router) -> Router {
        let closed = Arc::new(self);
        router.layer(from_fn(move |request, next| enter(Arc::clone(&closed), request, next)))
    }
}

async fn enter(closed: Arc<Closed>, request: Request, next: Next) -> Response {
    match check(&closed, &request) {
        Ok(()) => next.run(request).await,
        Err(problem) => {
            refuse_body(request).await;
            problem.into_response()
        }
    }
}

fn check(closed: &Closed, request: &Request) -> Result<(), Problem> {
    let Some(query) = request.uri().query() else { return Ok(()) };
    let Some(path) = request.extensions().get::<MatchedPath>() else { return Ok(()) };
    let method = if request.method() == Method::HEAD { &Method::GET } else { request.method() };
    if closed.0.get(path.as_str()).is_some_and(|methods| methods.contains(method)) {
        Fields::from_query(query)?.read(|_| Some(()))?;
    }
    Ok(())
}

fn without_parameters(item: &PathItem) -> Vec<Method> {
    let PathItem { get, put, post, delete, patch, .. } = item;
    let all = [
        (Method::GET, get),
        (Method::PUT, put),
        (Method::POST, post),
        (Method::DELETE, delete),
        (Method::PATCH, patch),
    ];
    let described = all.into_iter().filter_map(|(method, operation)| Some((method, operation.as_ref()?)));
    described.filter(|(_, operation)| takes_none(operation)).map(|(method, _)| method).collect()
}

fn takes_none(operation: &Operation) -> bool {
    let probed = operation.tags.iter().flatten().any(|tag| tag == OF_PROBES);
    let mut parameters = operation.parameters.iter().flatten();
    // What is described elsewhere is left to its handler.
    let of_query = |parameter: &RefOr<Parameter>| match parameter {
        RefOr::T(parameter) => parameter.parameter_in == ParameterIn::Query,
        RefOr::Ref(_) => true,
    };
    !probed && !parameters.any(of_query)
}

#[cfg(test)]
mod tests {
    use axum::{body::Body, routing::get};
    use serde_json::json;
    use tower::ServiceExt;

    use super::*;

    async fn status(method: &str, address: &str) -> u16 {
        let operation = |tag: &str, parameters: serde_json::Value| json!({"tags": [tag], "responses": {}, "parameters": parameters});
        let limit = json!([{"name": "limit", "in": "query", "required": false}]);
        let id = json!([{"name": "id", "in": "path", "required": true}]);
        let document = json!({"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": {
            "/things": {"get": operation("things", limit), "post": operation("things", json!([]))},
            "/things/{id}": {"get": operation("things", id)},
            "/health": {"get": operation("meta", json!([]))},
        }});
        let ok = || async { "ok" };
        let router = Router::new()
            .route("/things", get(ok).post(ok))
            .route("/things/{id}", get(ok))
            .route("/health", get(ok))
            .route("/page", get(ok))
            .route("/document", get(ok));
        let app = Closed::of(&serde_json::from_value(document).unwrap(), "/document").guard(router);
        let request = Request::builder().method(method).uri(address).body(Body::empty()).unwrap();
        app.oneshot(request).await.unwrap().status().as_u16()
    }

    #[tokio::test]
    async fn what_takes_none_refuses_all() {
        for (method, address, expected) in [
            ("GET", "/things?no_such=1", 200),
            ("POST", "/things?no_such=1", 422),
            ("POST", "/things", 200),
            ("GET", "/things/7", 200),
            ("GET", "/things/7?", 200),
            ("GET", "/things/7?no_such", 422),
            ("HEAD", "/things/7?no_such=1", 422),
            ("GET", "/things/7?%zz", 400),
            ("GET", "/health?no_such=1", 200),
            ("GET", "/page?no_such=1", 200),
            ("GET", "/document?no_such=1", 422),
            ("GET", "/nowhere?no_such=1", 404),
        ] {
            assert_eq!(status(method, address).await, expected, "{method} {address}");
        }
    }
}
