use axum::{
    Extension, Router,
    body::{Body, BodyDataStream},
    extract::Request,
};
use domain::{Role, Timestamp, clock::FixedClock};
use futures_util::StreamExt;
use tower::ServiceExt;
use utoipa_axum::router::OpenApiRouter;

use super::*;
use crate::{
    http::auth::{CallerKind, Principal},
    lifecycle::Shutdown,
};

fn events(run: i64) -> Events {
    Events::new(&["stock", "jobs"], &FixedClock(Timestamp::from_micros(run)))
}

fn asked_by_somebody(routes: OpenApiRouter) -> Router {
    Router::from(routes).layer(Extension(Principal::new(CallerKind::Key, "k", "k", Role::Owner)))
}

async fn listen(events: &Events, shutdown: &Shutdown, query: &str, last: Option<&str>) -> BodyDataStream {
    let app = asked_by_somebody(routes(events.clone(), shutdown.clone()));
    let mut request = Request::get(format!("/api/v1/events{query}"));
    if let Some(last) = last {
        request = request.header("last-event-id", last);
    }
    let response = app.oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    assert_eq!(response.status(), 200);
    response.into_body().into_data_stream()
}

async fn next(stream: &mut BodyDataStream) -> String {
    String::from_utf8(stream.next().await.unwrap().unwrap().to_vec()).unwrap()
}

#[tokio::test]
async fn listeners_hear_their_topics_in_order_until_we_stop() {
    let (events, shutdown) = (events(1), Shutdown::default());
    events.publish("stock", &0);
    let mut stream = listen(&events, &shutdown, "?topics=stock", None).await;
    for (topic, n) in [("stock", 1), ("jobs", 2), ("stock", 3)] {
        events.publish(topic, &n);
    }
    assert_eq!(next(&mut stream).await, "id: 1-2\nevent: stock\ndata: 1\n\n");
    assert_eq!(next(&mut stream).await, "id: 1-4\nevent: stock\ndata: 3\n\n");
    shutdown.trigger();
    assert!(stream.next().await.is_none());
}

#[tokio::test]
async fn who_comes_back_gets_what_was_missed_once() {
    let (events, shutdown) = (events(1), Shutdown::default());
    for n in 1..=3 {
        events.publish("stock", &n);
    }
    let mut stream = listen(&events, &shutdown, "", Some("1-1")).await;
    events.publish("jobs", &4);
    for n in 2..=4 {
        assert!(next(&mut stream).await.starts_with(&format!("id: 1-{n}\n")));
    }
    let mut up_to_date = listen(&events, &shutdown, "", Some("1-4")).await;
    events.publish("jobs", &5);
    assert!(next(&mut up_to_date).await.starts_with("id: 1-5\n"));
}

#[tokio::test]
async fn who_was_away_too_long_is_told_to_read_anew() {
    let (events, shutdown) = (events(2), Shutdown::default());
    for n in 0..KEPT + 2 {
        events.publish("stock", &n);
    }
    for last in ["2-1", "1-5", "2-99999", "nonsense", ""] {
        let mut stream = listen(&events, &shutdown, "", Some(last)).await;
        assert_eq!(next(&mut stream).await, format!("id: 2-{}\nevent: resync\ndata: {{}}\n\n", KEPT + 2), "{last}");
    }
}

#[tokio::test]
async fn who_is_too_slow_is_told_to_read_anew() {
    let (events, shutdown) = (events(1), Shutdown::default());
    let mut stream = listen(&events, &shutdown, "", None).await;
    for n in 0..KEPT + 10 {
        events.publish("stock", &n);
    }
    assert!(next(&mut stream).await.contains("event: resync"));
    events.publish("stock", &"after");
    assert!(next(&mut stream).await.contains("after"));
}

#[tokio::test]
async fn an_unknown_topic_is_an_error() {
    let app = asked_by_somebody(routes(events(1), Shutdown::default()));
    let response =
        app.oneshot(Request::get("/api/v1/events?topics=stock,rain").body(Body::empty()).unwrap()).await.unwrap();
    assert_eq!(response.status(), 422);
}
