use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use axum::{
    Router,
    body::Body,
    extract::Request,
    http::{HeaderValue, StatusCode, header},
    routing::get,
};
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
    fn check<'k>(&'k self, key: &'k KeyText) -> BoxFuture<'k, Result<Option<Principal>, Problem>> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        let principal = Principal { key_id: key.id().into(), name: "caja".into(), role: "cashier".into() };
        let down = self.down.load(Ordering::Relaxed) > 0;
        let known = (*key == self.key).then_some(principal);
        async move { if down { Err(Problem::unavailable(std::time::Duration::ZERO)) } else { Ok(known) } }.boxed()
    }
}

fn one() -> One {
    One { key: KeyText::from_entropy(&[9; 40]), asked: Arc::default(), down: Arc::default() }
}

fn app(gate: Gate) -> Router {
    let routes = Router::new()
        .route("/who", get(|principal: Principal| async move { principal.name.to_string() }).post(|| async { "done" }))
        .route("/owners", get(|principal: Principal| async move { principal.require(&["owner"]) }))
        .route("/health", get(|| async { "ok" }))
        .route("/assets/a.css", get(|| async { "a" }));
    guard(routes, gate)
}

async fn status(app: &Router, request: axum::http::request::Builder) -> StatusCode {
    app.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap().status()
}

#[tokio::test]
async fn closed_but_for_the_paths_listed() {
    let keys = one();
    let app = app(Gate::new(keys.clone(), &["/health", "/assets/*"]));
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
    for (path, expected) in [("/who", 200), ("/owners", 403), ("/nowhere", 404)] {
        assert_eq!(status(&app, with_key(path)).await, expected, "{path}");
    }
}

#[tokio::test]
async fn odd_credentials_are_a_401_and_cost_no_look_up() {
    let keys = one();
    let app = app(Gate::new(keys.clone(), &[]));
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
async fn a_key_is_looked_up_once_while_fresh_and_again_when_forgotten() {
    let keys = one();
    let gate = Gate::new(keys.clone(), &[]);
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
async fn a_cookie_opens_pages_but_changes_nothing_for_other_sites() {
    let keys = one();
    let app = app(Gate::new(keys.clone(), &[]).accepting_cookie("gondola_key").with_login_page("/login"));
    let cookie = format!("theme=dark; gondola_key={}", keys.key.expose());
    let with_cookie = |builder: axum::http::request::Builder| {
        builder.header(header::COOKIE, &cookie).header(header::HOST, "shop:8080")
    };
    assert_eq!(status(&app, with_cookie(Request::get("/who"))).await, 200);
    assert_eq!(status(&app, with_cookie(Request::post("/who"))).await, 401);
    assert_eq!(status(&app, with_cookie(Request::post("/who")).header("sec-fetch-site", "cross-site")).await, 401);
    assert_eq!(status(&app, with_cookie(Request::post("/who")).header(header::ORIGIN, "http://evil:8080")).await, 401);
    assert_eq!(status(&app, with_cookie(Request::post("/who")).header("sec-fetch-site", "same-origin")).await, 200);
    assert_eq!(status(&app, with_cookie(Request::post("/who")).header(header::ORIGIN, "http://shop:8080")).await, 200);
    assert_eq!(status(&app, Request::get("/who").header(header::ACCEPT, "text/html")).await, 303);
    assert_eq!(status(&app, Request::get("/who")).await, 401);
}

#[tokio::test]
async fn keys_of_the_database_open_until_they_end() {
    let folder = tempfile::tempdir().unwrap();
    let url = crate::config::DatabaseUrl::in_folder(folder.path());
    let db = store::Db::open(&store::Options::new(url.expose())).await.unwrap();
    store::migrate::up(&db).await.unwrap();
    let key = KeyText::generate().unwrap();
    let at = domain::Timestamp::from_micros(1_000_000);
    let new = store::api_key::NewApiKey {
        id: key.id().into(),
        name: "ana".into(),
        role: "owner".into(),
        secret_hash: key.secret_hash(),
        expires_at: Some(domain::Timestamp::from_micros(3_000_000)),
    };
    let mut tx = db.write().await.unwrap();
    store::api_key::create(&mut tx, &new, at).await.unwrap();
    tx.commit().await.unwrap();
    let keys_at = |micros| {
        StoredKeys::new(db.clone(), Arc::new(domain::clock::FixedClock(domain::Timestamp::from_micros(micros))))
    };
    let found = keys_at(2_000_000).check(&key).await.unwrap().unwrap();
    assert_eq!((&*found.name, &*found.role), ("ana", "owner"));
    assert_eq!(keys_at(3_000_000).check(&key).await.unwrap(), None, "expired");
    let mut forged = key.expose().to_owned();
    forged.replace_range(forged.len() - 1.., if forged.ends_with('0') { "1" } else { "0" });
    assert_eq!(keys_at(2_000_000).check(&KeyText::parse(&forged).unwrap()).await.unwrap(), None, "another secret");
    let mut tx = db.write().await.unwrap();
    assert!(store::api_key::revoke(&mut tx, key.id(), at).await.unwrap());
    tx.commit().await.unwrap();
    assert_eq!(keys_at(2_000_000).check(&key).await.unwrap(), None, "revoked");
}
