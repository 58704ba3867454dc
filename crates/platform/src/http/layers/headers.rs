//! The headers every answer carries.
//!
//! Invariant: a handler may be stricter or, for files that are the same for everyone, allow caching; it cannot forget one.

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};

use crate::http::context::Context;

/// Names the request.
pub(super) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// How much of us works.
pub const DEGRADATION: HeaderName = HeaderName::from_static("x-degradation-level");

/// For a year, and for every name below ours.
const TLS_ONLY: &str = "max-age=31536000; includeSubDomains";

/// Set unless the handler has set its own.
const DEFAULTS: [(HeaderName, &str); 10] = [
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'",
    ),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "strict-origin-when-cross-origin"),
    (HeaderName::from_static("permissions-policy"), "geolocation=(), microphone=(), camera=(self)"),
    (HeaderName::from_static("x-xss-protection"), "1; mode=block"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (HeaderName::from_static("x-permitted-cross-domain-policies"), "none"),
    (header::CACHE_CONTROL, "no-store"),
];

pub(super) fn add(headers: &mut HeaderMap, context: &Context, level: u8) {
    for (name, value) in DEFAULTS {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    if let Ok(id) = HeaderValue::from_str(&context.request_id) {
        headers.insert(REQUEST_ID, id);
    }
    // Said in the clear it would be nobody's promise (RFC 6797).
    if context.secure {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static(TLS_ONLY));
    }
    // A handler that did without something knows so before the checks have shown it.
    headers.entry(DEGRADATION).or_insert(HeaderValue::from(u16::from(level)));
}
