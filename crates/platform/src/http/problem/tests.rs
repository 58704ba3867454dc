use axum::body::to_bytes;

use super::*;
use crate::http::context::{Context, scope};

async fn answered(problem: Problem, locale: Locale) -> (StatusCode, axum::http::HeaderMap, serde_json::Value) {
    let context = Context { locale, request_id: "abc".into(), ..Context::default() };
    let response = scope(context, async { problem.into_response() }).await;
    let (parts, body) = response.into_parts();
    let body = to_bytes(body, 100_000).await.unwrap();
    (parts.status, parts.headers, serde_json::from_slice(&body).unwrap())
}

#[tokio::test]
async fn speaks_the_language_of_the_request() {
    let problem = Problem::invalid_field("lines[0].sku", "required");
    let (status, headers, es) = answered(problem.clone(), Locale::Es).await;
    let (_, _, en) = answered(problem, Locale::En).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(headers[header::CONTENT_TYPE], MEDIA_TYPE);
    assert_eq!(es["request_id"], "abc");
    assert_eq!(es["errors"][0]["field"], "lines[0].sku");
    assert_eq!(es["errors"][0]["code"], en["errors"][0]["code"]);
    assert_ne!(es["errors"][0]["message"], en["errors"][0]["message"]);
    assert_eq!(es["type"], "urn:gondola:problem:invalid");
}

#[tokio::test]
async fn keeps_the_inside_to_itself() {
    let problem = Problem::internal(&std::io::Error::other("password hunter2"));
    assert!(problem.to_string().contains("hunter2"), "the log keeps it");
    let (status, _, body) = answered(problem, Locale::En).await;
    assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
    assert!(!body.to_string().contains("hunter2"));
    assert_eq!(body["code"], "internal");
}

#[tokio::test]
async fn says_when_to_try_again() {
    let (_, headers, _) = answered(Problem::too_many(Duration::from_millis(1200)), Locale::Es).await;
    assert_eq!(headers[header::RETRY_AFTER], "2");
    let (_, headers, _) = answered(Problem::unavailable(Duration::ZERO), Locale::Es).await;
    assert_eq!(headers[header::RETRY_AFTER], "1");
}

#[test]
fn a_cause_is_told_once() {
    #[derive(Debug, thiserror::Error)]
    #[error("outer")]
    struct Outer(#[source] std::io::Error);
    assert_eq!(chain(&Outer(std::io::Error::other("inner"))), "outer: inner");
}
