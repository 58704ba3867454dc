//! Makes problems of the bare refusals that the router and the library's extractors give.
//!
//! Invariant: no error leaves us as plain text; an answer that is already a document or a page is left alone.

use axum::{
    extract::Request,
    http::{HeaderValue, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};

use crate::http::{
    body::{BodyLimit, DEFAULT_LIMIT_BYTES},
    problem::Problem,
};

pub(super) async fn uniform(request: Request, next: Next) -> Response {
    let limit = request.extensions().get::<BodyLimit>().map_or(DEFAULT_LIMIT_BYTES, |limit| limit.0);
    let bare = next.run(request).await;
    if !is_bare(&bare) {
        return bare;
    }
    let (said, _) = bare.into_parts();
    let mut response = problem_of(said.status, limit).into_response();
    // What else was said stays: which methods are right, what is left of a quota, whose request it was.
    for (name, value) in &said.headers {
        if name != header::CONTENT_TYPE && name != header::CONTENT_LENGTH {
            response.headers_mut().entry(name).or_insert_with(|| value.clone());
        }
    }
    let problem = std::mem::replace(response.extensions_mut(), said.extensions);
    response.extensions_mut().extend(problem);
    response
}

fn is_bare(response: &Response) -> bool {
    let refused = response.status().is_client_error() || response.status().is_server_error();
    let kind = response.headers().get(header::CONTENT_TYPE).map(HeaderValue::as_bytes);
    refused && kind.is_none_or(|kind| kind.starts_with(b"text/plain"))
}

fn problem_of(status: StatusCode, limit: usize) -> Problem {
    match status {
        StatusCode::NOT_FOUND => Problem::new(status, "no_such_path"),
        StatusCode::METHOD_NOT_ALLOWED => Problem::new(status, "method_not_allowed"),
        StatusCode::PAYLOAD_TOO_LARGE => Problem::too_large(limit),
        StatusCode::UNAUTHORIZED => Problem::unauthorized(),
        StatusCode::FORBIDDEN => Problem::forbidden(),
        status if status.is_client_error() => Problem::new(status, "bad_request"),
        status => Problem::new(status, "internal").log("an answer without a problem"),
    }
}
