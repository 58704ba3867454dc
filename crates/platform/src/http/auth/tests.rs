use std::sync::{
    Arc,
    atomic::{AtomicI64, AtomicUsize, Ordering},
};

use axum::{
    Router,
    body::Body,
    extract::Request,
    http::{HeaderValue, StatusCode, header},
    routing::get,
};
use domain::{Clock, Role, Timestamp};
use futures_util::FutureExt;
use tower::ServiceExt;

use super::*;

/// Knows one key; counts how often it is asked; can be made to know nothing.
#[derive(Clone)]
struct One {
    key: KeyText,
    asked: Arc<AtomicUsize>,
    down: Arc<AtomicUsize>,
}

impl KeyCheck for One {
    fn check<'k>(&'k self, key: &'k KeyText) -> BoxFuture<'k, Result<Option<Known>, Problem>> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        let principal = Principal::new(CallerKind::Key, key.id(), "caja", Role::Cashier);
        let down = self.down.load(Ordering::Relaxed) > 0;
        let known = (*key == self.key).then_some(Known { principal, until: Some(END) });
        async move { if down { Err(Problem::unavailable(std::time::Duration::ZERO)) } else { Ok(known) } }.boxed()
    }
}

const END: Timestamp = Timestamp::from_micros(2_000_000);

/// A clock that tests move.
#[derive(Clone, Default)]
struct Hand(Arc<AtomicI64>);

impl Clock for Hand {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.0.load(Ordering::Relaxed))
    }
}

fn gate(keys: &One, open: &'static [&'static str]) -> Gate {
    Gate::new(Keys::new(keys.clone(), Arc::new(Hand::default())), move |_, path| open.contains(&path))
}

fn one() -> One {
    One { key: KeyText::from_entropy(&[9; 40]), asked: Arc::default(), down: Arc::default() }
}

fn app(gate: Gate) -> Router {
    let routes = Router::new()
        .route("/who", get(|principal: Principal| async move { principal.name.to_string() }).post(|| async { "done" }))
        .route("/health", get(|| async { "ok" }))
        .route("/assets/{name}", get(|| async { "a" }));
    guard(routes, gate)
}

async fn status(app: &Router, request: axum::http::request::Builder) -> StatusCode {
    app.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap().status()
}

#[tokio::test]
async fn closed_but_for_the_paths_listed() {
    let keys = one();
    let app = app(gate(&keys, &["/health", "/assets/{name}"]));
    for (path, expected) in [
        ("/health", 200),
        ("/assets/a.css", 200),
        ("/who", 401),
        ("/nowhere", 401),
        ("/health/", 401),
        ("/assets", 401),
    ] {
        assert_eq!(status(&app, Request::get(path)).await, expected, "{path}");
    }
    assert_eq!(status(&app, Request::get("/health").header("X-API-Key", keys.key.expose())).await, 200);
    assert_eq!(keys.asked.load(Ordering::Relaxed), 0, "what is open asks nobody");
    let with_key = |path: &str| Request::get(path).header("X-API-Key", keys.key.expose());
    for (path, expected) in [("/who", 200), ("/nowhere", 404)] {
        assert_eq!(status(&app, with_key(path)).await, expected, "{path}");
    }
}

#[tokio::test]
async fn odd_credentials_are_a_401_and_cost_no_look_up() {
    let keys = one();
    let app = app(gate(&keys, &[]));
    let huge = "x".repeat(10_000);
    for odd in [
        &b""[..],
        b" ",
        b"\xff\xfe",
        "gk_\u{e9}_0123456789abcdef".as_bytes(),
        huge.as_bytes(),
        b"gk_a_b",
        b"null",
        b"Bearer x",
    ] {
        let request = Request::get("/who").header("x-api-key", HeaderValue::from_bytes(odd).unwrap());
        let response = app.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        assert_eq!(response.status(), 401);
        assert!(response.headers().contains_key(header::WWW_AUTHENTICATE));
    }
    let twice = Request::get("/who").header("x-api-key", keys.key.expose()).header("x-api-key", keys.key.expose());
    assert_eq!(status(&app, twice).await, 401);
    assert_eq!(keys.asked.load(Ordering::Relaxed), 0);
}

#[tokio::test]
async fn a_key_is_recognised_without_asking_once_it_was_found_good() {
    let (keys, headers) = (one(), |key: &str| HeaderMap::from_iter([(API_KEY, HeaderValue::from_str(key).unwrap())]));
    let gate = gate(&keys, &[]);
    let app = app(gate.clone());
    let good = keys.key.expose();
    assert!(!gate.recognises(&Method::GET, &headers(good)), "not seen yet");
    assert_eq!(status(&app, Request::get("/who").header("x-api-key", good)).await, 200);
    assert!(gate.recognises(&Method::GET, &headers(good)) && gate.recognises(&Method::POST, &headers(good)));
    let asked = keys.asked.load(Ordering::Relaxed);
    for other in ["", "gk_a_0123456789abcdef", &good[..good.len() - 1]] {
        assert!(!gate.recognises(&Method::GET, &headers(other)), "{other}");
    }
    assert_eq!(keys.asked.load(Ordering::Relaxed), asked, "nobody was asked");
    gate.forget_all();
    assert!(!gate.recognises(&Method::GET, &headers(good)));
}

#[tokio::test]
async fn a_key_is_looked_up_once_while_fresh_and_again_when_forgotten() {
    let keys = one();
    let gate = gate(&keys, &[]);
    let app = app(gate.clone());
    let request = || Request::get("/who").header("x-api-key", keys.key.expose());
    for _ in 0..5 {
        assert_eq!(status(&app, request()).await, 200);
    }
    assert_eq!(keys.asked.load(Ordering::Relaxed), 1);
    gate.forget_all();
    assert_eq!(status(&app, request()).await, 200);
    assert_eq!(keys.asked.load(Ordering::Relaxed), 2);
    gate.forget_all();
    keys.down.store(1, Ordering::Relaxed);
    assert_eq!(status(&app, request()).await, 503);
}

#[tokio::test]
async fn browsers_without_a_credential_are_sent_to_the_page_where_one_comes_in() {
    let keys = one();
    let app = app(gate(&keys, &[]).with_login_page("/login"));
    let browsing = || Request::get("/who").header(header::ACCEPT, "text/html");
    assert_eq!(status(&app, browsing()).await, 303);
    assert_eq!(status(&app, browsing().header("x-api-key", "wrong")).await, 401);
    assert_eq!(status(&app, Request::get("/who")).await, 401);
    assert_eq!(status(&app, Request::post("/who").header(header::ACCEPT, "text/html")).await, 401);
}

#[tokio::test]
async fn a_remembered_key_ends_when_it_is_to_end_even_while_nobody_can_be_asked() {
    let (keys, hand) = (one(), Hand::default());
    let app = app(Gate::new(Keys::new(keys.clone(), Arc::new(hand.clone())), |_, _| false));
    let request = || Request::get("/who").header("x-api-key", keys.key.expose());
    assert_eq!(status(&app, request()).await, 200);
    keys.down.store(1, Ordering::Relaxed);
    hand.0.store(END.micros(), Ordering::Relaxed);
    assert_eq!(status(&app, request()).await, 503);
    keys.down.store(0, Ordering::Relaxed);
    assert_eq!(status(&app, request()).await, 401);
}

#[tokio::test]
async fn credentials_of_two_sorts_are_none() {
    let keys = one();
    let app = app(gate(&keys, &[]));
    let both = Request::get("/who").header("x-api-key", keys.key.expose()).header(header::AUTHORIZATION, "Bearer x");
    assert_eq!(status(&app, both).await, 401);
    assert_eq!(status(&app, Request::get("/who").header(header::AUTHORIZATION, "Basic YTpi")).await, 401);
}

#[tokio::test]
async fn a_key_may_also_stand_where_programs_put_their_only_credential() {
    let keys = one();
    let app = app(gate(&keys, &[]));
    let key = keys.key.expose();
    let bearing = |value: &str| Request::get("/who").header(header::AUTHORIZATION, value);
    assert_eq!(status(&app, bearing(&format!("Bearer {key}"))).await, 200);
    assert_eq!(status(&app, bearing(&format!("bearer  {key}"))).await, 200);
    for odd in [format!("Basic {key}"), "Bearer".to_owned(), format!("Bearer {key}x"), format!("Bearer {key} {key}")] {
        assert_eq!(status(&app, bearing(&odd)).await, 401, "{odd}");
    }
    assert_eq!(status(&app, bearing(&format!("Bearer {key}")).header("x-api-key", key)).await, 401, "one or the other");
    assert_eq!(status(&app, bearing(&format!("Bearer {key}")).header(header::AUTHORIZATION, "Bearer x")).await, 401);
}

#[tokio::test]
async fn the_audit_log_is_told_of_credentials_in_vain_and_of_what_is_denied_but_of_no_secret() {
    let keys = one();
    let (audit, mut told) = crate::audit::Audit::watched();
    let routes = Router::new()
        .route("/who/{name}", get(|| async { "ok" }))
        .route("/owners", get(|| async { Problem::forbidden() }));
    let app = guard(routes, gate(&keys, &[]).telling(audit, Arc::new(Hand::default())));
    let other = KeyText::from_entropy(&[7; 40]);
    let with = |path: &str, key: &KeyText| Request::get(path).header("X-API-Key", key.expose());
    for (request, expected) in [
        (Request::get("/who/a"), 401),
        (with("/who/a", &keys.key), 200),
        (with("/who/a", &other), 401),
        (Request::get("/who/a").header("X-API-Key", "not a key"), 401),
        (with("/owners", &keys.key), 403),
    ] {
        assert_eq!(status(&app, request).await, expected);
    }
    let events = told.take();
    let lines: Vec<String> = events
        .iter()
        .map(|event| format!("{} {} {} {}", event.action.name(), event.resource, event.outcome.name(), event.actor.id))
        .collect();
    let own = keys.key.id();
    assert_eq!(
        lines,
        [
            format!("auth.credential key:{} denied ", other.id()),
            "auth.credential  denied ".to_owned(),
            format!("auth.denied route:GET /owners denied {own}"),
        ]
    );
    let secret = &other.expose()[other.expose().len() - 20..];
    assert!(!format!("{events:?}").contains(secret), "no part of a secret is told");
}

/// Knows of every key that its secret was replaced.
struct Replaced;

impl KeyCheck for Replaced {
    fn check<'k>(&'k self, _: &'k KeyText) -> BoxFuture<'k, Result<Option<Known>, Problem>> {
        async { Err(replaced()) }.boxed()
    }
}

#[tokio::test]
async fn a_key_shown_in_vain_to_a_page_that_is_open_is_told_of_as_anywhere() {
    let (audit, mut told) = crate::audit::Audit::watched();
    let clock = Arc::new(Hand::default());
    let of = |keys: Keys| Gate::new(keys, |_, _| true).telling(audit.clone(), clock.clone());
    let (key, other) = (KeyText::from_entropy(&[7; 40]), one());
    let headers = HeaderMap::from_iter([(API_KEY, HeaderValue::from_str(key.expose()).unwrap())]);
    assert_eq!(of(Keys::new(Replaced, clock.clone())).verify(&headers).await.unwrap(), None);
    assert_eq!(of(Keys::new(other.clone(), clock.clone())).verify(&headers).await.unwrap(), None);
    let good = HeaderMap::from_iter([(API_KEY, HeaderValue::from_str(other.key.expose()).unwrap())]);
    let found = of(Keys::new(other.clone(), clock.clone())).verify(&good).await.unwrap();
    assert_eq!(found.map(|found| found.key_id.to_string()), Some(other.key.id().to_owned()));
    let lines: Vec<String> =
        told.take().iter().map(|event| format!("{} {}", event.action.name(), event.resource)).collect();
    assert_eq!(lines, [format!("auth.replaced_secret key:{}", key.id()), format!("auth.credential key:{}", key.id())]);
}
