use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use axum::{
    Extension, Router,
    body::Body,
    extract::{Request, State},
    http::{StatusCode, header},
    response::Response,
    routing::post,
};
use domain::{Role, Timestamp};
use store::Db;
use tower::ServiceExt;

use super::*;
use crate::http::{
    Principal,
    auth::CallerKind,
    fields::{Fields, FromFields, integer},
    json,
};

struct Number(i64);

impl FromFields for Number {
    fn from_fields(f: &mut Fields<'_>) -> Option<Number> {
        f.required("n", integer(0..=9)).map(Number)
    }
}

#[derive(Clone)]
struct Count {
    db: Db,
    done: Arc<AtomicI64>,
    at: Arc<AtomicI64>,
}

/// Counts what it does; nine is refused, as if it broke a rule of the books.
async fn count(
    State(state): State<Count>,
    KeyedBody { body: Number(n), keyed }: KeyedBody<Number>,
) -> Result<Response, Problem> {
    let mut tx = state.db.write().await?;
    if let Some(answer) = keyed.answered(&mut tx, Timestamp::from_micros(state.at.load(Ordering::Relaxed))).await? {
        return Ok(answer);
    }
    if n == 9 {
        return Err(Problem::conflict("conflict"));
    }
    let done = state.done.fetch_add(1, Ordering::Relaxed);
    let response = keyed.keep(&mut tx, json::created("/counts/1", &[n, done])).await?;
    tx.commit().await?;
    Ok(response)
}

async fn app() -> (Router, Count, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let url = crate::config::DatabaseUrl::in_folder(folder.path());
    let db = Db::open(&store::Options::new(url.expose())).await.unwrap();
    store::migrate::up(&db).await.unwrap();
    let state = Count { db, done: Arc::default(), at: Arc::new(AtomicI64::new(1)) };
    (Router::new().route("/counts", post(count)).with_state(state.clone()), state, folder)
}

async fn send(app: &Router, owner: &str, key: &str, body: &str) -> (StatusCode, HeaderMap, Vec<u8>) {
    let principal = Principal::new(CallerKind::Key, owner, owner, Role::Owner);
    let mut request = Request::post("/counts").header(header::CONTENT_TYPE, "application/json");
    if !key.is_empty() {
        request = request.header(KEY, key);
    }
    let app = app.clone().layer(Extension(principal));
    let (parts, body) = app.oneshot(request.body(Body::from(body.to_owned())).unwrap()).await.unwrap().into_parts();
    (parts.status, parts.headers, axum::body::to_bytes(body, 10_000).await.unwrap().to_vec())
}

#[tokio::test]
async fn the_second_time_gives_the_first_answer_and_does_nothing() {
    let (app, state, _folder) = app().await;
    let (status, headers, first) = send(&app, "ana", "k", "{\"n\":1}").await;
    assert_eq!((status, headers.contains_key(REPLAYED)), (StatusCode::CREATED, false));
    let (status, headers, second) = send(&app, "ana", "k", "{\"n\":1}").await;
    assert_eq!(
        (status, &headers[REPLAYED], &headers[header::LOCATION]),
        (StatusCode::CREATED, &HeaderValue::from_static("true"), &HeaderValue::from_static("/counts/1"))
    );
    assert_eq!((first, state.done.load(Ordering::Relaxed)), (second, 1));
    send(&app, "luz", "k", "{\"n\":1}").await;
    send(&app, "ana", "", "{\"n\":1}").await;
    assert_eq!(state.done.load(Ordering::Relaxed), 3, "another sender's key and no key are other requests");
    assert_eq!(send(&app, "ana", "k", "{\"n\":2}").await.0, StatusCode::CONFLICT);
    state.at.store(KEPT_MICROS + 2, Ordering::Relaxed);
    assert_eq!(send(&app, "ana", "k", "{\"n\":2}").await.0, StatusCode::CREATED, "a day later the key is free");
}

#[tokio::test]
async fn what_failed_may_be_sent_again() {
    let (app, state, _folder) = app().await;
    assert_eq!(send(&app, "ana", "k", "{\"n\":9}").await.0, StatusCode::CONFLICT);
    assert_eq!(send(&app, "ana", "k", "{\"n\":10}").await.0, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(send(&app, "ana", "k", "{\"n\":1}").await.0, StatusCode::CREATED);
    assert_eq!(state.done.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn many_at_once_take_effect_once() {
    let (app, state, _folder) = app().await;
    let all = futures_util::future::join_all((0..20).map(|_| send(&app, "ana", "k", "{\"n\":1}"))).await;
    assert_eq!(state.done.load(Ordering::Relaxed), 1);
    assert!(all.iter().all(|(status, _, body)| *status == StatusCode::CREATED && body == &all[0].2));
}

#[tokio::test]
async fn odd_keys_are_refused() {
    let (app, state, _folder) = app().await;
    for key in ["with space", &"x".repeat(201), "\t"] {
        assert_eq!(send(&app, "ana", key, "{\"n\":1}").await.0, StatusCode::BAD_REQUEST);
    }
    assert_eq!(state.done.load(Ordering::Relaxed), 0);
    assert_eq!(send(&app, "ana", &"x".repeat(200), "{\"n\":1}").await.0, StatusCode::CREATED);
}
