use std::{
    net::SocketAddr,
    sync::atomic::{AtomicUsize, Ordering},
};

use axum::{
    body::{Body, to_bytes},
    extract::ConnectInfo,
    http::{HeaderMap, header},
    routing::get,
};
use domain::{RandomIds, Role, SystemClock};
use tower::ServiceExt;

use super::*;
use crate::{
    ban::Bans,
    config::{Inputs, Settings},
    http::{
        auth::CallerKind,
        layers::{Shell, shell},
    },
};

/// The window is a day, so that nothing refills while a test runs.
fn settings(max: u32, more: &[(&'static str, &str)]) -> Settings {
    let mut flags = vec![
        ("ratelimit_max", max.to_string()),
        ("ratelimit_window_s", "86400".to_owned()),
        ("ban_after", "0".to_owned()),
    ];
    flags.extend(more.iter().map(|(name, value)| (*name, (*value).to_owned())));
    Settings::load(&Inputs { flags, ..Inputs::default() }).unwrap()
}

/// A gate that knows the keys `good` and `wide`, and how often it was asked.
#[derive(Clone, Default)]
struct Asked(Arc<AtomicUsize>);

fn principal(headers: &HeaderMap) -> Option<Principal> {
    let key = headers.get("x-api-key")?.to_str().ok()?;
    let quota_per_minute = match key {
        "good" => None,
        "wide" => Some(7),
        _ => return None,
    };
    Some(Principal { quota_per_minute, ..Principal::new(CallerKind::Key, key, key, Role::Cashier) })
}

async fn gate(State(asked): State<Asked>, mut request: Request, next: Next) -> Response {
    asked.0.fetch_add(1, Ordering::Relaxed);
    match principal(request.headers()).filter(|_| !request.uri().path().starts_with("/page")) {
        Some(principal) => {
            request.extensions_mut().insert(principal.clone());
            let mut response = next.run(request).await;
            response.extensions_mut().insert(principal);
            response
        }
        None if request.uri().path() != "/who" => next.run(request).await,
        None => Problem::unauthorized().into_response(),
    }
}

/// A page that is open to everyone, and asks by itself who is there.
async fn page(headers: HeaderMap) -> &'static str {
    if let Some(principal) = principal(&headers) {
        context::set_caller(&principal);
    }
    "a page"
}

/// A node, and a door that has seen the keys of `seen` before.
fn app(settings: &Settings, asked: &Asked, seen: &'static [&'static str]) -> Router {
    let mut around = Shell::new(settings, Arc::new(SystemClock), Arc::new(RandomIds));
    let (bans, _) = Bans::new(&settings.door, Arc::new(SystemClock));
    around.door = around
        .door
        .keeping_out(bans)
        .freeing(&["/assets/*"])
        .recognising(|_, headers| headers.get("x-api-key").is_some_and(|key| seen.iter().any(|seen| key == *seen)));
    let routes = Router::new()
        .route("/who", get(|| async { "you" }))
        .route("/open", get(|| async { "all" }))
        .route("/forbidden", get(|| async { Problem::forbidden() }))
        .route("/large", get(|| async { Problem::too_large(1) }))
        .route("/malformed", get(|| async { Problem::malformed("malformed_json") }))
        .route("/page", get(page))
        .route("/health", get(|| async { "well" }))
        .route("/assets/a.css", get(|| async { "a" }));
    let guarded = counted(routes, &around.door).layer(from_fn_with_state(asked.clone(), gate));
    shell(guarded, around)
}

struct Answer {
    status: u16,
    headers: HeaderMap,
    body: serde_json::Value,
}

impl Answer {
    fn number(&self, name: &str) -> u64 {
        let lines: Vec<_> = self.headers.get_all(name).iter().collect();
        assert_eq!(lines.len(), 1, "{name} with {}", self.status);
        lines[0].to_str().unwrap().parse().unwrap()
    }

    fn is_limited(&self) -> bool {
        let names = ["x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset"];
        let there: Vec<bool> = names.iter().map(|name| self.headers.contains_key(*name)).collect();
        assert!(there.iter().all(|has| *has == there[0]), "all of them or none");
        there[0]
    }
}

async fn ask(app: &Router, address: &str, path: &str, headers: &[(&str, &str)]) -> Answer {
    let mut request = Request::get(path).body(Body::empty()).unwrap();
    request.extensions_mut().insert(ConnectInfo(SocketAddr::new(address.parse().unwrap(), 1)));
    for (name, value) in headers {
        request.headers_mut().append(header::HeaderName::from_bytes(name.as_bytes()).unwrap(), value.parse().unwrap());
    }
    let response = app.clone().oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let body = to_bytes(body, 1 << 20).await.unwrap();
    Answer {
        status: parts.status.as_u16(),
        headers: parts.headers,
        body: serde_json::from_slice(&body).unwrap_or_default(),
    }
}

#[tokio::test]
async fn ten_thousand_requests_from_one_address_leave_another_unharmed() {
    let (settings, asked) = (settings(100, &[]), Asked::default());
    let app = app(&settings, &asked, &[]);
    let mut statuses = std::collections::BTreeMap::new();
    for n in 0..10_000_u64 {
        let answer = ask(&app, "192.0.2.1", "/open", &[]).await;
        *statuses.entry(answer.status).or_insert(0) += 1;
        assert_eq!(answer.number("x-ratelimit-limit"), 100);
        assert_eq!(answer.number("x-ratelimit-remaining"), 99_u64.saturating_sub(n));
        let reset = answer.number("x-ratelimit-reset");
        assert!((864 * (n + 1).min(100)).abs_diff(reset) <= 60, "{n}: {reset}");
        if answer.status == 429 {
            let wait = answer.number("retry-after");
            assert!((800..=864).contains(&wait), "{wait}");
            assert_eq!((&answer.body["code"], &answer.body["status"]), (&"rate_limited".into(), &429.into()));
            assert!(answer.body["detail"].as_str().unwrap().contains("100"), "{}", answer.body);
        }
    }
    assert_eq!(statuses, [(200, 100), (429, 9_900)].into());
    assert_eq!(asked.0.load(Ordering::Relaxed), 100, "who is refused costs the gate nothing");
    let other = ask(&app, "192.0.2.2", "/open", &[]).await;
    assert_eq!((other.status, other.number("x-ratelimit-remaining")), (200, 99));
}

#[tokio::test]
async fn every_answer_of_a_limited_path_says_what_is_left() {
    let (settings, asked) = (settings(100, &[]), Asked::default());
    let app = app(&settings, &asked, &[]);
    let good = [("x-api-key", "good")];
    let wrong = [("x-api-key", "wrong")];
    for (path, headers, status) in [
        ("/open", &[][..], 200),
        ("/who", &good, 200),
        ("/who", &[], 401),
        ("/who", &wrong, 401),
        ("/nowhere", &good, 404),
        ("/nowhere", &[], 404),
    ] {
        let answer = ask(&app, "192.0.2.1", path, headers).await;
        assert_eq!((answer.status, answer.is_limited()), (status, true), "{path}");
    }
    for path in ["/health", "/assets/a.css", "/assets/none"] {
        assert!(!ask(&app, "192.0.2.1", path, &[]).await.is_limited(), "{path} is free");
    }
    let left = ask(&app, "192.0.2.1", "/open", &[]).await.number("x-ratelimit-remaining");
    assert_eq!(left, 100 - 5, "what is without a good key counts against the address, once each");
}

#[tokio::test]
async fn a_key_has_a_bucket_of_its_own_wherever_it_is_used() {
    let (settings, asked) = (settings(3, &[]), Asked::default());
    let app = app(&settings, &asked, &["good"]);
    let good = [("x-api-key", "good")];
    for address in ["192.0.2.1", "192.0.2.2", "2001:db8::1"] {
        assert_eq!(ask(&app, address, "/who", &good).await.status, 200);
    }
    let refused = ask(&app, "192.0.2.3", "/who", &good).await;
    assert_eq!((refused.status, refused.number("x-ratelimit-limit")), (429, 3));
    let wide = ask(&app, "192.0.2.1", "/who", &[("x-api-key", "wide")]).await;
    assert_eq!((wide.status, wide.number("x-ratelimit-limit"), wide.number("x-ratelimit-remaining")), (200, 7, 6));
    assert!(wide.number("x-ratelimit-reset") <= 9, "its quota is for a minute");
}

#[tokio::test]
async fn an_empty_bucket_of_an_address_shuts_out_strangers_and_nobody_we_know() {
    let (settings, asked) = (settings(3, &[]), Asked::default());
    let app = app(&settings, &asked, &["good"]);
    for _ in 0..3 {
        assert_eq!(ask(&app, "192.0.2.1", "/who", &[("x-api-key", "guess")]).await.status, 401);
    }
    let before = asked.0.load(Ordering::Relaxed);
    assert_eq!(ask(&app, "192.0.2.1", "/who", &[("x-api-key", "guess")]).await.status, 429);
    assert_eq!(asked.0.load(Ordering::Relaxed), before, "a further guess is not even looked at");
    assert_eq!(ask(&app, "192.0.2.1", "/who", &[("x-api-key", "good")]).await.status, 200);
    assert_eq!(ask(&app, "192.0.2.1", "/who", &[]).await.status, 429);
    assert_eq!(ask(&app, "192.0.2.1", "/health", &[]).await.status, 200);
}

#[tokio::test]
async fn callers_are_told_apart_by_customer_and_behind_proxies() {
    let (settings, asked) = (settings(1, &[("trusted_proxies", "10.0.0.0/8")]), Asked::default());
    let app = app(&settings, &asked, &[]);
    let behind = |client: &'static str| [("x-forwarded-for", client)];
    for (address, headers, status) in [
        ("2001:db8::1", &[][..], 200),
        ("2001:db8::ffff:1", &[], 429),
        ("2001:db8:0:1::1", &[], 200),
        ("192.0.2.1", &[], 200),
        ("::ffff:192.0.2.1", &[], 429),
        ("192.0.2.1", &behind("192.0.2.9"), 429),
        ("10.0.0.1", &behind("192.0.2.8"), 200),
        ("10.0.0.2", &behind("192.0.2.8"), 429),
        ("10.0.0.1", &behind("192.0.2.7"), 200),
        ("10.0.0.1", &behind("192.0.2.1"), 429),
    ] {
        assert_eq!(ask(&app, address, "/open", headers).await.status, status, "{address} {headers:?}");
    }
}

#[tokio::test]
async fn switched_off_it_is_not_there() {
    let (settings, asked) = (settings(1, &[("ratelimit_enabled", "off")]), Asked::default());
    let app = app(&settings, &asked, &[]);
    for _ in 0..200 {
        let answer = ask(&app, "192.0.2.1", "/open", &[]).await;
        assert_eq!((answer.status, answer.is_limited()), (200, false));
    }
}

const BANS: &[(&str, &str)] = &[("ban_after", "4"), ("ban_window_s", "86400"), ("ban_first_s", "600")];

#[tokio::test]
async fn who_is_refused_again_and_again_is_kept_out() {
    let good = [("x-api-key", "good")];
    for (path, headers, status) in [
        ("/who", &[("x-api-key", "guess")][..], 401),
        ("/who", &[], 401),
        ("/forbidden", &[], 403),
        ("/large", &[], 413),
        ("/forbidden", &good, 403),
        ("/large", &good, 413),
    ] {
        let (settings, asked) = (settings(1000, BANS), Asked::default());
        let app = app(&settings, &asked, &[]);
        for _ in 0..5 {
            assert_eq!(ask(&app, "192.0.2.1", path, headers).await.status, status, "{path}");
        }
        let kept_out = ask(&app, "192.0.2.1", path, headers).await;
        assert_eq!((kept_out.status, &kept_out.body["code"]), (403, &"kept_out".into()), "{path}");
        assert!((590..=600).contains(&kept_out.number("retry-after")), "{:?}", kept_out.headers);
        assert_eq!(ask(&app, "192.0.2.2", "/open", &[]).await.status, 200, "another address");
        assert_eq!(ask(&app, "192.0.2.1", "/health", &[]).await.status, 200, "who watches it from there still can");
    }
}

#[tokio::test]
async fn who_comes_too_often_without_a_key_is_kept_out_and_a_key_is_only_told_to_wait() {
    let (settings, asked) = (settings(3, BANS), Asked::default());
    let app = app(&settings, &asked, &["good"]);
    let mut codes = Vec::new();
    for _ in 0..20 {
        codes.push(ask(&app, "192.0.2.1", "/open", &[]).await.body["code"].as_str().unwrap_or("fine").to_owned());
    }
    let count = |code: &str| codes.iter().filter(|seen| *seen == code).count();
    assert_eq!((count("fine"), count("rate_limited"), count("kept_out")), (3, 5, 12));
    let good = [("x-api-key", "good")];
    let mut statuses = Vec::new();
    for _ in 0..20 {
        statuses.push(ask(&app, "192.0.2.1", "/who", &good).await.status);
    }
    assert_eq!(
        statuses,
        [vec![200; 3], vec![429; 17]].concat(),
        "a known key passes the ban of its address and is never banned for haste"
    );
}

#[tokio::test]
async fn answers_that_blame_nobody_are_no_strikes() {
    let (settings, asked) = (settings(1000, BANS), Asked::default());
    let app = app(&settings, &asked, &[]);
    for _ in 0..50 {
        assert_eq!(ask(&app, "192.0.2.1", "/nowhere", &[("x-api-key", "good")]).await.status, 404);
        assert_eq!(ask(&app, "192.0.2.1", "/open", &[]).await.status, 200);
    }
}

const TRIED: &str = "q=%27%20or%201%3D1--";

#[tokio::test]
async fn whoever_is_known_and_asks_for_too_much_or_for_what_is_not_there_is_never_kept_out_for_it() {
    let good = [("x-api-key", "good")];
    for (most, path, allowed, then) in [(3, "/who", 200, 429), (3, "/page", 200, 429), (1_000, "/nowhere", 404, 404)] {
        let (settings, asked) = (settings(most, BANS), Asked::default());
        let app = app(&settings, &asked, &["good"]);
        let path = format!("{path}?{TRIED}");
        for n in 0..20 {
            let answer = ask(&app, "192.0.2.1", &path, &good).await;
            assert_eq!(answer.status, if n < 3 { allowed } else { then }, "{path}, time {n}: {}", answer.body);
        }
        let stranger = ask(&app, "192.0.2.1", "/open", &[]).await;
        assert_ne!(stranger.body["code"], "kept_out", "nor is their address, after {path}");
    }
    let (settings, asked) = (settings(1_000, BANS), Asked::default());
    let app = app(&settings, &asked, &["good"]);
    let path = format!("/malformed?{TRIED}");
    for _ in 0..5 {
        assert_eq!(ask(&app, "192.0.2.1", &path, &good).await.status, 400);
    }
    assert_eq!(ask(&app, "192.0.2.1", &path, &good).await.body["code"], "kept_out", "a try that was refused is one");
}

/// A node that tells of attempts and forgives three refusals.
fn watched() -> (Router, crate::audit::Told) {
    let settings = settings(1_000, &[("ban_after", "3"), ("ban_window_s", "86400"), ("ban_exempt", "192.0.2.0/24")]);
    let (audit, told) = Audit::watched();
    let mut around = Shell::new(&settings, Arc::new(SystemClock), Arc::new(RandomIds));
    let (bans, _) = Bans::new(&settings.door, Arc::new(SystemClock));
    around.door = around
        .door
        .keeping_out(bans)
        .freeing(&["/assets/*"])
        .recognising(|_, headers| headers.contains_key("x-api-key"))
        .telling(audit, Arc::new(SystemClock));
    let login = |name: String| async move {
        context::suspect(&name, crate::attack::Place::Login);
        Problem::unauthorized()
    };
    let routes = Router::new()
        .route("/who", get(|| async { "you" }))
        .route("/open", get(|| async { "all" }).post(login))
        .route("/page", get(page))
        .route("/assets/{*file}", get(|| async { "a" }));
    let guarded = counted(routes, &around.door).layer(from_fn_with_state(Asked::default(), gate));
    (shell(guarded, around), told)
}

fn seen(told: &mut crate::audit::Told) -> Vec<(String, String, &'static str)> {
    let events = told.take().into_iter();
    events.map(|event| (event.resource, event.details, event.outcome.name())).collect()
}

#[tokio::test]
async fn what_is_tried_is_told_of_and_who_tries_it_without_a_credential_is_kept_out() {
    let (app, mut told) = watched();
    let known = [("x-api-key", "good")];
    for _ in 0..20 {
        assert_eq!(ask(&app, "203.0.113.7", "/who?q=%27%20or%201%3D1--", &known).await.status, 200, "theirs to ask");
    }
    let all = seen(&mut told);
    let expected = ("attack:sql".to_owned(), r#"{"place":"query","status":200}"#.to_owned(), "failed");
    assert!(all.len() == 20 && all.iter().all(|event| *event == expected), "{all:?}");
    for (path, status, expected) in [
        ("/who?q=1+union+select+null", 401, ("attack:sql", r#"{"place":"query","status":401}"#, "denied")),
        ("/open?q=%3Cscript%3E", 200, ("attack:script", r#"{"place":"query","status":200}"#, "failed")),
        ("/assets/..%2f..%2fetc/passwd", 200, ("attack:traversal", r#"{"place":"path","status":200}"#, "failed")),
        ("/open?q=%24%7Bjndi:ldap://x%7D", 200, ("attack:lookup", r#"{"place":"query","status":200}"#, "failed")),
    ] {
        assert_eq!(ask(&app, "203.0.113.7", path, &[]).await.status, status, "{path}");
        let all = seen(&mut told);
        let told: Vec<_> = all.iter().map(|(what, more, how)| (what.as_str(), more.as_str(), *how)).collect();
        assert_eq!(told, [expected], "{path}");
    }
    assert_eq!(ask(&app, "203.0.113.7", "/open", &[]).await.status, 403, "kept out");
    assert_eq!(ask(&app, "203.0.113.7", "/open?q=%3Cscript%3E", &[]).await.status, 403);
    assert_eq!(seen(&mut told), [], "whoever is kept out is told of no more");
    assert_eq!(ask(&app, "203.0.113.7", "/who", &known).await.status, 200, "a good credential is not meant");
}

#[tokio::test]
async fn what_somebody_asks_a_page_for_that_knows_them_is_theirs_and_not_of_their_address() {
    let (app, mut told) = watched();
    let path = format!("/page?{TRIED}");
    for _ in 0..20 {
        assert_eq!(ask(&app, "203.0.113.7", &path, &[("x-api-key", "good")]).await.status, 200);
    }
    let by = |told: &mut crate::audit::Told| told.take().into_iter().map(|event| event.actor.id).collect::<Vec<_>>();
    assert_eq!(by(&mut told), ["good"; 20]);
    for _ in 0..4 {
        assert_eq!(
            ask(&app, "203.0.113.7", &path, &[]).await.status,
            200,
            "not kept out yet: a stranger begins at none"
        );
    }
    assert_eq!(by(&mut told), [""; 4]);
    assert_eq!(ask(&app, "203.0.113.7", &path, &[]).await.status, 403);
}

#[tokio::test]
async fn a_name_given_to_come_in_is_looked_at_and_usual_names_are_not_told_of() {
    let (app, mut told) = watched();
    let login = async |name: &'static str| {
        let mut request = Request::post("/open").body(Body::from(name)).unwrap();
        request.extensions_mut().insert(ConnectInfo(SocketAddr::new("192.0.2.7".parse().unwrap(), 1)));
        app.clone().oneshot(request).await.unwrap().status().as_u16()
    };
    for name in ["O'Brien", "ana", "D'Onofrio -- caja"] {
        assert_eq!(login(name).await, 401);
    }
    assert_eq!(seen(&mut told), []);
    assert_eq!(login("admin'--").await, 401);
    let expected = ("attack:sql".to_owned(), r#"{"place":"login","status":401}"#.to_owned(), "denied");
    assert_eq!(seen(&mut told), [expected]);
}
