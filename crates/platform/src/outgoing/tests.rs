use std::{
    io,
    net::{IpAddr, SocketAddr},
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use axum::{
    Router,
    http::StatusCode,
    response::Redirect,
    routing::{get, post},
};
use domain::clock::FixedClock;
use futures_util::{FutureExt, future::BoxFuture};

use super::*;
use crate::{
    audit::Told,
    http::context::{Context, scope},
    lifecycle::{Bounds as ServerBounds, Server, Shutdown},
    telemetry::TraceIds,
};

const SHORT: Bounds = Bounds { time: Duration::from_secs(10), body_bytes: 1000 };

/// Says what it was told to, once each, the last for ever; counts how often it is asked.
#[derive(Default)]
struct Names(Mutex<Vec<Vec<IpAddr>>>, AtomicUsize);

impl Names {
    fn saying(answers: &[&[&str]]) -> Arc<Names> {
        let read = |texts: &&[&str]| texts.iter().map(|text| text.parse().unwrap()).collect();
        Arc::new(Names(Mutex::new(answers.iter().map(read).collect()), AtomicUsize::new(0)))
    }
}

impl Resolve for Names {
    fn resolve<'n>(&'n self, _: &'n str) -> BoxFuture<'n, io::Result<Vec<IpAddr>>> {
        self.1.fetch_add(1, Ordering::Relaxed);
        let mut answers = self.0.lock().unwrap();
        let next = if answers.len() > 1 { answers.remove(0) } else { answers.first().cloned().unwrap_or_default() };
        async move { if next.is_empty() { Err(io::ErrorKind::NotFound.into()) } else { Ok(next) } }.boxed()
    }
}

fn way(destination: &str, reach: Reach, networks: &str, names: Arc<Names>) -> (Outgoing, Told) {
    let (audit, told) = Audit::watched();
    let parts = OutgoingParts {
        destinations: vec![Destination::parse(destination, reach).unwrap()],
        networks: Networks::parse(networks).unwrap(),
        trust: None,
        resolver: names,
        audit: Some(audit),
        clock: Arc::new(FixedClock("2026-11-26T12:00:00Z".parse().unwrap())),
    };
    (Outgoing::new(parts), told)
}

async fn served(router: Router) -> (SocketAddr, Shutdown) {
    let server = Server::bind(SocketAddr::from(([127, 0, 0, 1], 0)), ServerBounds::usual()).await.unwrap();
    let (address, shutdown) = (server.address(), Shutdown::default());
    tokio::spawn(server.run(router, shutdown.clone(), Duration::ZERO));
    (address, shutdown)
}

fn asking(uri: &str) -> Request<Bytes> {
    Request::get(uri).body(Bytes::new()).unwrap()
}

const TRACE: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

#[tokio::test]
async fn what_is_ours_is_asked_and_answers_whole() {
    let echo = |headers: axum::http::HeaderMap, body: String| async move {
        format!("{body} {:?} {:?}", headers["x-request-id"], headers["traceparent"])
    };
    let (address, _shutdown) = served(Router::new().route("/echo", post(echo))).await;
    let url = format!("http://deposito:{}", address.port());
    let names = Names::saying(&[&["127.0.0.1"]]);
    let (way, mut told) = way(&url, Reach::Own, "", Arc::clone(&names));
    let context = Context { request_id: "r-1".into(), trace: TraceIds::parse(TRACE), ..Context::default() };
    scope(context, async {
        for _ in 0..3 {
            let request = Request::post(format!("{url}/echo")).body(Bytes::from("hola")).unwrap();
            let answer = way.send(request, SHORT).await.unwrap();
            let body = String::from_utf8(answer.body().to_vec()).unwrap();
            assert_eq!((answer.status(), body), (StatusCode::OK, format!(r#"hola "r-1" "{TRACE}""#)));
        }
    })
    .await;
    assert_eq!(names.1.load(Ordering::Relaxed), 1, "a connection is kept and used again");
    assert!(told.take().is_empty());
}

#[tokio::test]
async fn what_is_not_listed_or_leads_inside_is_refused_and_written_down() {
    let (address, _shutdown) = served(Router::new().route("/", get(|| async { "secret" }))).await;
    let port = address.port();
    let url = format!("http://afuera:{port}");
    let inside: [(&[&str], &str); 4] = [
        (&["127.0.0.1"], "this machine"),
        (&["10.0.0.1", "169.254.169.254"], "metadata"),
        (&["::ffff:127.0.0.1"], "this machine"),
        (&["fe80::1"], "link-local"),
    ];
    for (addresses, words) in inside {
        let (way, mut told) = way(&url, Reach::Public, "", Names::saying(&[addresses]));
        let fault = way.send(asking(&url), SHORT).await.unwrap_err();
        assert!(fault.is_refusal() && fault.to_string().contains(words), "{fault}");
        let events = told.take();
        assert_eq!(events.len(), 1);
        assert_eq!((events[0].action, events[0].outcome.name()), (Action::OutgoingRefused, "denied"));
        assert_eq!(events[0].resource, format!("host:afuera:{port}"));
    }
    let (way, mut told) = way(&url, Reach::Own, "", Names::saying(&[&["127.0.0.1"]]));
    for other in
        [format!("http://otro:{port}/"), format!("https://afuera:{port}/"), format!("http://127.0.0.1:{port}/")]
    {
        assert!(matches!(way.send(asking(&other), SHORT).await.unwrap_err(), Fault::NotListed(_)), "{other}");
    }
    assert_eq!(told.take().len(), 3);
    assert_eq!(way.send(asking(&url), SHORT).await.unwrap().status(), 200);
}

#[tokio::test]
async fn a_name_that_is_moved_is_looked_at_each_time_and_only_what_was_looked_at_is_reached() {
    let (address, shutdown) = served(Router::new().route("/", get(|| async { "mine" }))).await;
    let url = format!("http://afuera:{}", address.port());
    let names = Names::saying(&[&["192.0.2.1", "127.0.0.1"], &["127.0.0.1"]]);
    // The first answer is allowed by its network, the second leads inside.
    let (way, mut told) = way(&url, Reach::Public, "192.0.2.0/24", names);
    let first = way.send(asking(&url), Bounds { time: Duration::from_millis(300), ..SHORT }).await.unwrap_err();
    assert!(!first.is_refusal(), "of two addresses the one that is allowed is tried, and no other: {first}");
    let second = way.send(asking(&url), SHORT).await.unwrap_err();
    assert!(second.is_refusal(), "{second}");
    assert_eq!(told.take().len(), 1);
    shutdown.trigger();
}

#[tokio::test]
async fn nobody_is_followed_and_nothing_is_without_bounds() {
    let routes = Router::new()
        .route("/away", get(|| async { Redirect::temporary("http://169.254.169.254/") }))
        .route("/large", get(|| async { "x".repeat(2000) }))
        .route("/never", get(std::future::pending::<()>));
    let (address, _shutdown) = served(routes).await;
    let url = format!("http://{address}");
    let (way, _told) = way(&url, Reach::Own, "", Names::saying(&[]));
    let away = way.send(asking(&format!("{url}/away")), SHORT).await.unwrap();
    assert_eq!(away.status(), 307);
    assert_eq!(way.send(asking(&format!("{url}/large")), SHORT).await.unwrap_err(), Fault::TooLarge { most: 1000 });
    let hasty = Bounds { time: Duration::from_millis(50), ..SHORT };
    assert_eq!(way.send(asking(&format!("{url}/never")), hasty).await.unwrap_err(), Fault::Silent);
}

#[tokio::test]
async fn what_is_not_there_is_told_as_that() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let url = format!("http://{free}");
    let (gone, _told) = way(&url, Reach::Own, "", Names::saying(&[]));
    assert!(matches!(gone.send(asking(&url), SHORT).await.unwrap_err(), Fault::Unreachable { .. }));
    let (nameless, _told) = way("http://nowhere:80", Reach::Own, "", Names::saying(&[]));
    assert!(matches!(nameless.send(asking("http://nowhere:80/"), SHORT).await.unwrap_err(), Fault::Unresolved { .. }));
    let (secret, _told) = way("https://127.0.0.1:9", Reach::Own, "", Names::saying(&[]));
    assert!(!secret.send(asking("https://127.0.0.1:9/"), SHORT).await.unwrap_err().is_refusal());
}

#[test]
fn an_answer_says_when_to_come_back_in_seconds_and_not_for_ever() {
    let wait = |text: &str| retry_after(&HeaderMap::from_iter([(header::RETRY_AFTER, text.parse().unwrap())]));
    assert_eq!(wait("7"), Some(Duration::from_secs(7)));
    assert_eq!(wait(" 0 "), Some(Duration::ZERO));
    assert_eq!(wait("18446744073709551615"), Some(Duration::from_secs(3600)));
    for odd in ["", "-1", "1.5", "Wed, 21 Oct 2026 07:28:00 GMT"] {
        assert_eq!(wait(odd), None, "{odd}");
    }
    assert_eq!(retry_after(&HeaderMap::new()), None);
}
