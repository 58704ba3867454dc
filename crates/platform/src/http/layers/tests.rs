use std::sync::Mutex;

use axum::{
    body::{Body, to_bytes},
    extract::Request,
    http::{HeaderMap, StatusCode, header},
    response::IntoResponse,
    routing::{get, post},
};
use domain::{RandomIds, SystemClock};
use tower::ServiceExt;

use super::*;
use crate::{
    config::Inputs,
    http::{
        JsonBody, context,
        fields::{Fields, FromFields, integer},
    },
};

struct Number(i64);

impl FromFields for Number {
    fn from_fields(f: &mut Fields<'_>) -> Option<Number> {
        f.required("n", integer(0..=9)).map(Number)
    }
}

fn settings() -> Settings {
    with_settings(vec![("body_limit_bytes", "2000".into()), ("max_in_flight", "1".into())])
}

fn with_settings(flags: Vec<(&'static str, String)>) -> Settings {
    Settings::load(&Inputs { flags, ..Inputs::default() }).unwrap()
}

fn app() -> Router {
    app_of(&settings())
}

fn app_of(settings: &Settings) -> Router {
    let routes = Router::new()
        .route("/hello", get(|| async { format!("{:?} {}", context::locale(), context::request_id()) }))
        .route("/n", post(|JsonBody(Number(n)): JsonBody<Number>| async move { n.to_string() }))
        .route("/item/{n}", get(|axum::extract::Path(n): axum::extract::Path<u8>| async move { n.to_string() }))
        .route(
            "/panic",
            get(|| async {
                if true {
                    panic!("hunter2")
                }
            }),
        )
        .route("/bug", get(|| async { crate::http::Problem::bug("a rule nobody foresaw") }))
        .route("/slow", get(std::future::pending::<()>))
        .route("/big", get(|| async { "a".repeat(10_000) }))
        .route("/page", get(|| async { (StatusCode::NOT_FOUND, axum::response::Html("<p>nope")).into_response() }));
    shell(routes, Shell::new(settings, Arc::new(SystemClock), Arc::new(RandomIds)))
}

/// The values are written out a second time, so that a change of one of them is a decision and not an accident.
const PROTECTION: [(&str, &str); 10] = [
    (
        "content-security-policy",
        "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'",
    ),
    ("x-frame-options", "DENY"),
    ("x-content-type-options", "nosniff"),
    ("x-xss-protection", "1; mode=block"),
    ("referrer-policy", "strict-origin-when-cross-origin"),
    ("permissions-policy", "geolocation=(), microphone=(), camera=(self)"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("x-permitted-cross-domain-policies", "none"),
    ("cache-control", "no-store"),
];

struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Answer {
    fn code(&self) -> String {
        let problem: serde_json::Value = serde_json::from_slice(&self.body).unwrap();
        assert_eq!(self.headers[header::CONTENT_TYPE], "application/problem+json");
        assert_eq!(problem["status"], self.status.as_u16());
        assert_eq!(problem["request_id"], self.headers["x-request-id"].to_str().unwrap());
        problem["code"].as_str().unwrap().to_owned()
    }
}

async fn send(app: Router, request: axum::http::request::Builder, body: impl Into<Body>) -> Answer {
    let response = app.oneshot(request.body(body.into()).unwrap()).await.unwrap();
    let (parts, body) = response.into_parts();
    for name in ["x-request-id", "x-degradation-level"] {
        assert!(parts.headers.contains_key(name), "{name}");
    }
    for (name, value) in PROTECTION {
        assert_eq!(parts.headers.get_all(name).iter().collect::<Vec<_>>(), [value], "{name} with {}", parts.status);
    }
    Answer { status: parts.status, headers: parts.headers, body: to_bytes(body, 1 << 20).await.unwrap().to_vec() }
}

#[tokio::test]
async fn every_refusal_is_a_problem_with_all_headers() {
    let get = |path: &str| Request::get(path);
    let json = |body: &str| (Request::post("/n").header(header::CONTENT_TYPE, "application/json"), body.to_owned());
    let long_address = format!("/hello?{}", "a".repeat(8 * 1024));
    let long = format!("{{\"n\":{}1}}", " ".repeat(5000));
    for (request, body, status, code) in [
        (get("/nowhere"), String::new(), 404, "no_such_path"),
        (get(&long_address), String::new(), 414, "uri_too_long"),
        (get("/n"), String::new(), 405, "method_not_allowed"),
        (get("/item/x"), String::new(), 400, "bad_request"),
        (get("/item/%ff"), String::new(), 400, "bad_request"),
        (get("/panic"), String::new(), 500, "internal"),
        (get("/hello").header(header::HOST, "evil.example"), String::new(), 421, "unknown_host"),
        (get("/hello").header(header::HOST, "localhost").header(header::HOST, "a"), String::new(), 421, "unknown_host"),
        (Request::post("/n"), "{}".to_owned(), 415, "unsupported_media_type"),
        (json("").0.header(header::CONTENT_ENCODING, "gzip"), "{}".to_owned(), 415, "unsupported_media_type"),
        (
            Request::post("/n").header(header::CONTENT_TYPE, "application/json; charset=latin1"),
            "{}".to_owned(),
            415,
            "unsupported_media_type",
        ),
        (json("").0, String::new(), 400, "empty_body"),
        (json("").0, "{}".to_owned(), 422, "invalid"),
        (json("").0, long, 413, "too_large"),
    ] {
        let answer = send(app(), request, body).await;
        assert_eq!((answer.status.as_u16(), answer.code().as_str()), (status, code));
        assert!(!String::from_utf8_lossy(&answer.body).contains("hunter2"));
    }
    let (request, _) = json("");
    assert_eq!(send(app(), request, "{\"n\":7}").await.body, b"7");
}

#[tokio::test]
async fn a_wrong_method_says_which_are_right_and_a_page_stays_a_page() {
    assert_eq!(send(app(), Request::get("/n"), "").await.headers[header::ALLOW], "POST");
    assert_eq!(send(app(), Request::get("/page"), "").await.body, b"<p>nope");
}

#[tokio::test]
async fn a_fit_request_id_is_kept_and_any_other_replaced() {
    let long = "x".repeat(65);
    for (given, kept) in [("abc-1._Z", true), ("a b", false), ("", false), ("a\tb", false), (&long, false)] {
        let answer = send(app(), Request::get("/hello").header("x-request-id", given), "").await;
        assert_eq!(answer.headers["x-request-id"] == given, kept, "{given}");
        assert!(String::from_utf8(answer.body).unwrap().ends_with(answer.headers["x-request-id"].to_str().unwrap()));
    }
}

#[tokio::test]
async fn the_language_follows_the_client() {
    for (wish, expected) in [("en-US,en;q=0.9", "En"), ("fr", "Es")] {
        let answer = send(app(), Request::get("/hello").header(header::ACCEPT_LANGUAGE, wish), "").await;
        assert!(String::from_utf8(answer.body).unwrap().starts_with(expected));
    }
}

#[tokio::test(start_paused = true)]
async fn a_slow_request_ends_and_gives_its_room_back() {
    let app = app();
    let slow = tokio::spawn(send(app.clone(), Request::get("/slow"), ""));
    let beside = tokio::spawn(send(app.clone(), Request::get("/slow"), ""));
    tokio::time::sleep(Duration::from_secs(1)).await;
    let crowded = send(app.clone(), Request::get("/hello"), "").await;
    assert_eq!((crowded.status.as_u16(), crowded.code().as_str()), (503, "unavailable"));
    assert_eq!(crowded.headers[header::RETRY_AFTER], "1");
    let slow = slow.await.unwrap();
    assert_eq!((slow.status.as_u16(), slow.code().as_str()), (503, "timeout"));
    assert_eq!(beside.await.unwrap().code(), "timeout");
    assert_eq!(send(app, Request::get("/hello"), "").await.status, 200);
}

#[tokio::test(start_paused = true)]
async fn a_body_that_does_not_arrive_is_its_senders_fault() {
    let app = app();
    let json = |body: Body| Request::post("/n").header(header::CONTENT_TYPE, "application/json").body(body).unwrap();
    let begun = futures_util::stream::iter([Ok::<_, std::io::Error>("{")]);
    let stalled = Body::from_stream(futures_util::StreamExt::chain(begun, futures_util::stream::pending()));
    let answer = app.clone().oneshot(json(stalled)).await.unwrap();
    let (status, body) = (answer.status(), to_bytes(answer.into_body(), 10_000).await.unwrap());
    let problem: serde_json::Value = serde_json::from_slice(&body).unwrap();
    assert_eq!((status.as_u16(), &problem["code"]), (408, &"slow_body".into()));
    let answer = app.oneshot(json(Body::from(r#"{"n":7}"#))).await.unwrap();
    assert_eq!(answer.status(), 200, "the others go on");
}

#[tokio::test(start_paused = true)]
async fn while_many_wait_for_a_silent_server_others_are_answered() {
    let app = app_of(&with_settings(Vec::new()));
    let inside = turn::READS * usize::try_from(crate::machine::cpus()).unwrap();
    for _ in 0..inside + 8 {
        tokio::spawn(app.clone().oneshot(Request::get("/slow").body(Body::empty()).unwrap()));
    }
    tokio::task::yield_now().await;
    for _ in 0..8 {
        assert_eq!(send(app.clone(), Request::get("/hello"), "").await.status, StatusCode::OK);
    }
}

#[tokio::test]
async fn large_answers_are_compressed_for_who_accepts_it() {
    for encoding in ["gzip", "br", "zstd"] {
        let answer = send(app(), Request::get("/big").header(header::ACCEPT_ENCODING, encoding), "").await;
        assert_eq!(answer.headers[header::CONTENT_ENCODING], encoding);
        assert!(answer.body.len() < 1000);
    }
    let small = send(app(), Request::get("/hello").header(header::ACCEPT_ENCODING, "gzip"), "").await;
    assert!(!small.headers.contains_key(header::CONTENT_ENCODING));
}

#[tokio::test]
async fn the_level_is_told_as_it_changes() {
    let around = Shell::new(&settings(), Arc::new(SystemClock), Arc::new(RandomIds));
    let level = around.degradation.clone();
    let app = shell(Router::new(), around);
    assert_eq!(send(app.clone(), Request::get("/"), "").await.headers["x-degradation-level"], "1");
    level.set(3);
    assert_eq!(send(app, Request::get("/"), "").await.headers["x-degradation-level"], "3");
}

/// Collects what is logged while it is the default.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Whoever collects has to be alone: a place that logs is asked once who wants to hear of it, by whichever thread comes first.
static COLLECTING: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

#[tokio::test]
async fn one_line_is_logged_for_each_request_whatever_it_says() {
    let log = Log::default();
    let _alone = COLLECTING.lock().await;
    let guard = crate::telemetry::to_writer(log.clone(), crate::telemetry::Style::Json, "test");
    let hostile =
        Request::get("/nowhere/%0a%0dFAKE?secret=hunter2").header("x-request-id", "ok-1").header("user-agent", "a\tb");
    send(app(), hostile, "").await;
    send(app(), Request::get("/panic"), "").await;
    drop(guard);
    let text = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    let lines: Vec<serde_json::Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let of = |id: &str| lines.iter().filter(|line| line["request_id"] == id).count();
    assert_eq!(of("ok-1"), 1, "{text}");
    assert!(!text.contains("secret=hunter2"), "queries stay out of the log");
    let panic = lines.iter().find(|line| line["status"] == 500).unwrap();
    assert_eq!((panic["level"].as_str(), panic["reason"].as_str()), (Some("error"), Some("panic: hunter2")));
}

#[tokio::test]
async fn what_is_our_fault_is_logged_with_the_calls_that_led_to_it() {
    let log = Log::default();
    let _alone = COLLECTING.lock().await;
    let guard = crate::telemetry::to_writer(log.clone(), crate::telemetry::Style::Json, "test");
    let answer = send(app(), Request::get("/bug"), "").await;
    send(app(), Request::get("/nowhere"), "").await;
    drop(guard);
    let text = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    let lines: Vec<serde_json::Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let stack_of =
        |status: u16| lines.iter().find(|line| line["status"] == status).and_then(|line| line["stack"].as_str());
    assert!(stack_of(500).is_some_and(|stack| stack.contains("layers::tests::app")), "{text}");
    assert_eq!(stack_of(404), None, "what a client did wrong has none");
    assert!(!String::from_utf8(answer.body).unwrap().contains("layers::tests"), "the client is told none of it");
}

type OnPanic = dyn Fn(&std::panic::PanicHookInfo<'_>) + Send + Sync;

/// Puts back what is done about a panic when it goes.
struct Hook(Option<Box<OnPanic>>);

impl Drop for Hook {
    fn drop(&mut self) {
        if let Some(before) = self.0.take() {
            std::panic::set_hook(before);
        }
    }
}

#[tokio::test]
async fn a_panic_is_logged_once_with_the_calls_that_led_to_it() {
    let log = Log::default();
    let _alone = COLLECTING.lock().await;
    let guard = crate::telemetry::to_writer(log.clone(), crate::telemetry::Style::Json, "test");
    let hook = Hook(Some(std::panic::take_hook()));
    crate::telemetry::log_panics();
    send(app(), Request::get("/panic"), "").await;
    drop((hook, guard));
    let text = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    let lines: Vec<serde_json::Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let of = |message: &str| lines.iter().find(|line| line["message"] == message).unwrap();
    assert!(of("panic")["stack"].as_str().is_some_and(|stack| stack.contains("layers::tests::app")), "{text}");
    assert_eq!((of("panic")["reason"].as_str(), of("request failed")["stack"].as_str()), (Some("hunter2"), None));
}

fn app_for(origins: &str) -> Router {
    let mut settings = settings();
    settings.door.cors_origins =
        Settings::load(&Inputs { flags: vec![("cors_origins", origins.into())], ..Inputs::default() })
            .unwrap()
            .door
            .cors_origins;
    let routes = Router::new().route("/hello", get(|| async { "hello" }));
    shell(routes, Shell::new(&settings, Arc::new(SystemClock), Arc::new(RandomIds)))
}

fn cross_origin(headers: &HeaderMap) -> Vec<&str> {
    headers.keys().map(header::HeaderName::as_str).filter(|name| name.starts_with("access-control-")).collect()
}

#[tokio::test]
async fn pages_of_listed_origins_may_ask_and_no_others() {
    let app = app_for("https://shop.example, http://localhost:3000");
    for origin in ["https://shop.example", "http://localhost:3000"] {
        for (path, status) in [("/hello", 200), ("/nowhere", 404)] {
            let answer = send(app.clone(), Request::get(path).header(header::ORIGIN, origin), "").await;
            assert_eq!(answer.status, status);
            assert_eq!(answer.headers[header::ACCESS_CONTROL_ALLOW_ORIGIN], origin);
            assert!(answer.headers.get_all(header::VARY).iter().any(|vary| vary == "origin"));
            assert!(!answer.headers.contains_key(header::ACCESS_CONTROL_ALLOW_CREDENTIALS));
            let exposed = answer.headers[header::ACCESS_CONTROL_EXPOSE_HEADERS].to_str().unwrap();
            assert!(exposed.contains("x-request-id") && exposed.contains("etag"));
        }
    }
    for origin in ["https://evil.example", "https://shop.example.evil.example", "https://shop.example:444", "null", "*"]
    {
        let answer = send(app.clone(), Request::get("/hello").header(header::ORIGIN, origin), "").await;
        assert_eq!(cross_origin(&answer.headers), Vec::<&str>::new(), "{origin}");
        assert!(answer.headers.get_all(header::VARY).iter().any(|vary| vary == "origin"));
    }
    let twice = Request::get("/hello").header(header::ORIGIN, "https://shop.example");
    let answer = send(app, twice.header(header::ORIGIN, "https://evil.example"), "").await;
    assert_eq!(cross_origin(&answer.headers), Vec::<&str>::new());
}

#[tokio::test]
async fn a_browser_that_asks_beforehand_is_answered_without_a_key() {
    let ask = |origin: &str| {
        Request::options("/hello")
            .header(header::ORIGIN, origin)
            .header(header::ACCESS_CONTROL_REQUEST_METHOD, "PATCH")
            .header(header::ACCESS_CONTROL_REQUEST_HEADERS, "x-api-key,if-match")
    };
    let app = app_for("https://shop.example");
    let answer = send(app.clone(), ask("https://shop.example"), "").await;
    assert_eq!((answer.status.as_u16(), answer.body.len()), (204, 0));
    assert_eq!(answer.headers[header::ACCESS_CONTROL_ALLOW_ORIGIN], "https://shop.example");
    let has = |name: header::HeaderName, part: &str| answer.headers[name].to_str().unwrap().contains(part);
    assert!(has(header::ACCESS_CONTROL_ALLOW_METHODS, "PATCH"));
    assert!(
        has(header::ACCESS_CONTROL_ALLOW_HEADERS, "x-api-key") && has(header::ACCESS_CONTROL_ALLOW_HEADERS, "if-match")
    );
    for (app, origin) in [(app, "https://evil.example"), (app_for(""), "https://shop.example")] {
        let answer = send(app, ask(origin), "").await;
        assert_eq!((answer.status.as_u16(), cross_origin(&answer.headers)), (405, vec![]));
    }
}

#[tokio::test]
async fn by_default_no_page_from_elsewhere_is_told_anything() {
    let answer = send(app_for(""), Request::get("/hello").header(header::ORIGIN, "https://shop.example"), "").await;
    assert_eq!(cross_origin(&answer.headers), Vec::<&str>::new());
    assert!(!answer.headers.get_all(header::VARY).iter().any(|vary| vary == "origin"));
}
