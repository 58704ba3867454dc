//! Versions of a resource in requests and answers (RFC 9110, section 13).
//!
//! Invariant: a change is made only to the version its sender has seen.

use axum::{
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;

use super::{json, problem::Problem};

/// The tag of a version.
pub fn etag(version: i64) -> HeaderValue {
    // Digits in quotes always are a header value.
    HeaderValue::from_str(&format!("\"v{version}\"")).unwrap_or(HeaderValue::from_static("\"v\""))
}

/// 412 when the request names another version in `If-Match`, 428 when it names none.
pub fn require_if_match(headers: &HeaderMap, version: i64) -> Result<(), Problem> {
    if names(headers, &header::IF_MATCH, &etag(version)) {
        Ok(())
    } else if headers.contains_key(header::IF_MATCH) {
        Err(Problem::stale())
    } else {
        Err(Problem::precondition_required())
    }
}

/// The resource with its tag, or 304 when the client has this version.
pub fn tagged<T: Serialize>(headers: &HeaderMap, version: i64, resource: &T) -> Response {
    tagged_as(headers, etag(version), resource)
}

/// The same under a tag of the caller's.
pub fn tagged_as<T: Serialize>(headers: &HeaderMap, tag: HeaderValue, resource: &T) -> Response {
    let known = names(headers, &header::IF_NONE_MATCH, &tag);
    let tag = [(header::ETAG, tag)];
    if known {
        return (StatusCode::NOT_MODIFIED, tag).into_response();
    }
    (tag, json::answer(StatusCode::OK, resource)).into_response()
}

/// Whether a list of tags in that header has this one, or `*`.
fn names(headers: &HeaderMap, name: &HeaderName, wanted: &HeaderValue) -> bool {
    let lists = headers.get_all(name).iter().filter_map(|list| list.to_str().ok());
    // A proxy that compressed the answer makes its tag a weak one; the version is the same.
    let mut tags = lists.flat_map(|list| list.split(',')).map(|tag| tag.trim().trim_start_matches("W/"));
    tags.any(|tag| tag == "*" || wanted == tag)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(name: HeaderName, value: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(name, HeaderValue::from_static(value))])
    }

    #[test]
    fn a_change_needs_the_version_it_was_made_on() {
        for (tags, version, status) in [
            ("\"v7\"", 7, None),
            ("\"v6\"", 7, Some(412)),
            ("*", 7, None),
            ("\"v1\", W/\"v7\"", 7, None),
            ("v7", 7, Some(412)),
            ("", 7, Some(412)),
        ] {
            let found =
                require_if_match(&with(header::IF_MATCH, tags), version).err().map(|problem| problem.status().as_u16());
            assert_eq!(found, status, "{tags}");
        }
        assert_eq!(require_if_match(&HeaderMap::new(), 7).unwrap_err().status(), 428);
    }

    #[test]
    fn what_the_client_has_is_not_sent_again() {
        let fresh = tagged(&with(header::IF_NONE_MATCH, "\"v6\""), 7, &"x");
        assert_eq!((fresh.status(), &fresh.headers()[header::ETAG]), (StatusCode::OK, &etag(7)));
        assert_eq!(tagged(&with(header::IF_NONE_MATCH, "\"v7\""), 7, &"x").status(), 304);
    }
}
