//! JSON answers.
//!
//! Invariant: what cannot be written is a problem, never half a document.

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;

use super::problem::Problem;

const MEDIA_TYPE: HeaderValue = HeaderValue::from_static("application/json");

/// A document with a status.
pub fn answer<T: Serialize>(status: StatusCode, document: &T) -> Response {
    match serde_json::to_vec(document) {
        Ok(body) => (status, [(header::CONTENT_TYPE, MEDIA_TYPE)], body).into_response(),
        Err(error) => Problem::internal(&error).into_response(),
    }
}

/// 200 with a document.
pub fn ok<T: Serialize>(document: &T) -> Response {
    answer(StatusCode::OK, document)
}

/// 201 with a document and where it is from now on.
pub fn created<T: Serialize>(location: &str, document: &T) -> Response {
    located(StatusCode::CREATED, location, document)
}

/// 202 with a document and where to watch what becomes of it.
pub fn accepted<T: Serialize>(location: &str, document: &T) -> Response {
    located(StatusCode::ACCEPTED, location, document)
}

fn located<T: Serialize>(status: StatusCode, location: &str, document: &T) -> Response {
    let mut response = answer(status, document);
    if let Ok(location) = HeaderValue::from_str(&path(location)) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    response
}

/// A path whose segments may hold any text, as it is written in a URL (RFC 3986).
fn path(text: &str) -> String {
    let mut path = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z'
            | b'A'..=b'Z'
            | b'0'..=b'9'
            | b'-'
            | b'.'
            | b'_'
            | b'~'
            | b'/'
            | b'%'
            | b'?'
            | b'='
            | b'&'
            | b':' => path.push(char::from(byte)),
            byte => path.push_str(&format!("%{byte:02X}")),
        }
    }
    path
}

/// One segment of a path, for [`created`] and links: also `/`, `%` and `?` are escaped.
pub fn segment(text: &str) -> String {
    path(&text.replace('%', "%25").replace('/', "%2F").replace('?', "%3F").replace('&', "%26"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_location_is_a_url_whatever_the_name_holds() {
        let response = created(&format!("/products/{}", segment("a/b ñ%?\n")), &1);
        assert_eq!(response.headers()[header::LOCATION], "/products/a%2Fb%20%C3%B1%25%3F%0A");
        assert_eq!((response.status(), &response.headers()[header::CONTENT_TYPE]), (StatusCode::CREATED, &MEDIA_TYPE));
    }
}
