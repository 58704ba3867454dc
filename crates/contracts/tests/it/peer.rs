use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use access::service::{CALLER, Pass};
use axum::{
    Router,
    body::{Body, Bytes},
    extract::Request,
    http::{Method, Response, StatusCode, header},
    response::{IntoResponse, Redirect},
};
use contracts::{Peer, PeerParts, Remote, Standing, Stock, wire};
use domain::{Clock, Stopwatch, SystemClock};
use platform::{
    audit::Audit,
    breaker::{Breaker, Policy, State},
    http::{
        Problem,
        context::{Context, scope},
    },
    lifecycle::{Bounds, Server, Shutdown},
    network::Networks,
    outgoing::{Destination, Outgoing, OutgoingParts, Reach, SystemResolver},
    telemetry::TraceIds,
};

/// What is answered: the status, `Retry-After`, and how long it takes. A 503 that says when is a role's, one that does not a balancer's.
type Plan = (u16, Option<u64>, Duration);

const OK: Plan = (200, None, Duration::ZERO);
const NOBODY: Plan = (503, None, Duration::ZERO);
const MOST_BYTES: usize = 1 << 16;
const NOTHING: &[u8] = br#"{"outcomes":[]}"#;

/// A server that follows a plan, then goes on as it ended; remembers what it was asked.
struct Stub {
    address: SocketAddr,
    asked: Arc<Mutex<Vec<Request<()>>>>,
    shutdown: Shutdown,
    serving: tokio::task::JoinHandle<bool>,
}

impl Stub {
    async fn following(plan: Vec<Plan>) -> Stub {
        Stub::at(SocketAddr::from(([127, 0, 0, 1], 0)), plan).await
    }

    async fn at(address: SocketAddr, plan: Vec<Plan>) -> Stub {
        let asked: Arc<Mutex<Vec<Request<()>>>> = Arc::default();
        let noted = Arc::clone(&asked);
        let router = Router::new().fallback(move |request: Request| {
            let (parts, _) = request.into_parts();
            let number = {
                let mut noted = noted.lock().unwrap();
                noted.push(Request::from_parts(parts, ()));
                noted.len() - 1
            };
            let (status, wait, pause) = plan[number.min(plan.len() - 1)];
            async move {
                tokio::time::sleep(pause).await;
                answer(status, wait)
            }
        });
        let server = Server::bind(address, Bounds::usual()).await.unwrap();
        let (address, shutdown) = (server.address(), Shutdown::default());
        let serving = tokio::spawn(server.run(router, shutdown.clone(), Duration::from_secs(10)));
        Stub { address, asked, shutdown, serving }
    }

    async fn stop(self) {
        self.shutdown.trigger();
        assert!(self.serving.await.unwrap(), "a connection nobody asks over ends at once");
    }

    fn times(&self) -> usize {
        self.asked.lock().unwrap().len()
    }

    fn remote(&self, patience: Duration) -> Remote {
        remote(self.address, patience)
    }
}

fn answer(status: u16, wait: Option<u64>) -> Response<Body> {
    match status {
        307 => return Redirect::temporary("http://169.254.169.254/").into_response(),
        299 => return vec![b' '; MOST_BYTES + 1].into_response(),
        _ => {}
    }
    let status = StatusCode::from_u16(status).unwrap();
    let mut answer = match wait {
        Some(wait) if status == StatusCode::SERVICE_UNAVAILABLE => {
            Problem::unavailable(Duration::from_secs(wait)).into_response()
        }
        _ => (status, Bytes::from_static(NOTHING)).into_response(),
    };
    if let Some(wait) = wait {
        answer.headers_mut().insert(header::RETRY_AFTER, wait.into());
    }
    answer
}

fn remote(address: SocketAddr, patience: Duration) -> Remote {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let (audit, _told) = Audit::watched();
    let place = Destination::parse(&format!("http://{address}"), Reach::Own).unwrap();
    let outgoing = Outgoing::new(OutgoingParts {
        destinations: vec![place.clone()],
        networks: Networks::default(),
        trust: None,
        resolver: Arc::new(SystemResolver),
        audit: Some(audit),
        clock: Arc::clone(&clock),
    });
    Remote::new(Peer::new(PeerParts {
        role: "warehouse",
        place,
        outgoing,
        pass: Pass::by_certificate("dashboard"),
        breaker: Breaker::new("warehouse", Policy::new(5, Duration::from_secs(600)), clock),
        patience,
        most_bytes: MOST_BYTES,
    }))
}

async fn ask(remote: &Remote) -> Result<(), (u16, &'static str)> {
    remote.post(Vec::new()).await.map(drop).map_err(|problem| (problem.status().as_u16(), problem.code()))
}

const LONG: Duration = Duration::from_secs(60);

#[tokio::test]
async fn what_may_pass_is_asked_again_and_what_may_not_is_not() {
    for (plan, times, expected) in [
        (vec![OK], 1, Ok(())),
        (vec![(500, None, Duration::ZERO), (502, None, Duration::ZERO), OK], 3, Ok(())),
        (vec![(503, Some(0), Duration::ZERO), OK], 2, Ok(())),
        (vec![(429, Some(0), Duration::ZERO), OK], 2, Ok(())),
        (vec![(500, None, Duration::ZERO)], 3, Err((503, "role_away"))),
        (vec![(503, Some(3600), Duration::ZERO), OK], 1, Err((503, "unavailable"))),
        (vec![NOBODY, OK], 2, Ok(())),
        (vec![NOBODY], 3, Err((503, "role_away"))),
        (vec![(429, Some(3600), Duration::ZERO), OK], 1, Err((429, "too_many_requests"))),
        (vec![(401, None, Duration::ZERO), OK], 1, Err((503, "role_away"))),
        (vec![(404, None, Duration::ZERO), OK], 1, Err((503, "role_away"))),
        (vec![(307, None, Duration::ZERO), OK], 1, Err((503, "role_away"))),
        (vec![(409, None, Duration::ZERO), OK], 1, Err((409, "idempotency_conflict"))),
        (vec![(422, None, Duration::ZERO), OK], 1, Err((500, "internal"))),
    ] {
        let stub = Stub::following(plan.clone()).await;
        assert_eq!((ask(&stub.remote(LONG)).await, stub.times()), (expected, times), "{plan:?}");
    }
}

#[tokio::test]
async fn a_balancer_that_has_nobody_to_ask_is_no_role_that_is_well() {
    let stub = Stub::following(vec![NOBODY]).await;
    let remote = stub.remote(LONG);
    for _ in 0..2 {
        assert_eq!(ask(&remote).await, Err((503, "role_away")));
    }
    assert_eq!((remote.peer().breaker().state(), stub.times()), (State::Open, 5), "it opens like for one that is gone");
    let stub = Stub::following(vec![(503, Some(3600), Duration::ZERO)]).await;
    let remote = stub.remote(LONG);
    for _ in 0..6 {
        assert_eq!(ask(&remote).await, Err((503, "unavailable")));
    }
    assert_eq!(remote.peer().breaker().state(), State::Closed, "a role that says so itself is there");
}

#[tokio::test]
async fn checks_that_pass_do_not_hide_that_calls_fail() {
    let failing = (500, None, Duration::ZERO);
    let stub = Stub::following(vec![failing, failing, failing, OK, failing]).await;
    let remote = stub.remote(LONG);
    for (asked, state) in [(3, State::Closed), (6, State::Open)] {
        assert_eq!(ask(&remote).await, Err((503, "role_away")));
        assert_eq!((remote.peer().breaker().state(), stub.times()), (state, asked));
        if state == State::Closed {
            remote.check().await.unwrap();
        }
    }
}

#[tokio::test]
async fn an_answer_that_is_too_large_is_told_as_that() {
    let stub = Stub::following(vec![(299, None, Duration::ZERO)]).await;
    let remote = stub.remote(LONG);
    for _ in 0..6 {
        assert_eq!(ask(&remote).await, Err((502, "answer_too_large")));
    }
    assert_eq!((remote.peer().breaker().state(), stub.times()), (State::Closed, 6), "it is well, and not asked again");
}

#[tokio::test]
async fn whoever_asks_and_what_for_goes_along() {
    let stub = Stub::following(vec![OK]).await;
    let trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let context = Context { request_id: "r-7".into(), trace: TraceIds::parse(trace), ..Context::default() };
    scope(context, async { ask(&stub.remote(LONG)).await.unwrap() }).await;
    let asked = stub.asked.lock().unwrap();
    let header = |name: &str| asked[0].headers()[name].to_str().unwrap();
    assert_eq!((asked[0].method(), asked[0].uri().path()), (&Method::POST, wire::POST));
    assert_eq!((header("x-request-id"), header("traceparent"), header(CALLER.as_str())), ("r-7", trace, "dashboard"));
}

#[tokio::test]
async fn a_role_that_is_slow_is_waited_for_so_long_and_then_not_asked() {
    let slow = (200, None, Duration::from_secs(600));
    let stub = Stub::following(vec![slow]).await;
    let remote = stub.remote(Duration::from_millis(600));
    let watch = Stopwatch::start();
    assert_eq!(ask(&remote).await, Err((503, "role_away")));
    assert!(watch.elapsed() < Duration::from_secs(20), "{:?}", watch.elapsed());
    while remote.peer().breaker().state() == State::Closed {
        assert_eq!(ask(&remote).await, Err((503, "role_away")));
    }
    let times = stub.times();
    assert_eq!(ask(&remote).await, Err((503, "role_away")));
    assert_eq!((stub.times(), remote.standing()), (times, Standing::Away), "it is not asked any more");
}

#[tokio::test]
async fn a_role_that_is_gone_is_known_and_used_again_as_soon_as_a_check_finds_it() {
    let stub = Stub::following(vec![OK]).await;
    let (address, remote) = (stub.address, stub.remote(LONG));
    remote.check().await.unwrap();
    assert_eq!(remote.standing(), Standing::Here);
    stub.stop().await;
    while remote.peer().breaker().state() != State::Open {
        assert_eq!(remote.check().await.map_err(|problem| problem.code()), Err("role_away"));
        assert_eq!(remote.standing(), Standing::Away, "told at once, before the breaker opens");
    }
    assert_eq!(ask(&remote).await, Err((503, "role_away")));
    let _again = Stub::at(address, vec![OK]).await;
    remote.check().await.unwrap();
    assert_eq!((remote.peer().breaker().state(), remote.standing()), (State::Closed, Standing::Here));
    ask(&remote).await.unwrap();
}

#[tokio::test]
async fn a_role_that_hangs_opens_its_breaker_with_the_first_check() {
    let stub = Stub::following(vec![(200, None, Duration::from_secs(600))]).await;
    let remote = stub.remote(LONG);
    assert!(remote.check().await.is_err());
    assert_eq!((remote.peer().breaker().state(), remote.standing()), (State::Open, Standing::Away));
}

#[tokio::test]
async fn an_answer_to_something_else_is_no_answer() {
    let stub = Stub::following(vec![OK]).await;
    let draft = wire::read_drafts(
        br#"{"drafts":[{"id":"01930000-0000-7000-8000-000000000001","site":"centro","kind":"sale","reference_type":"","reference_number":"","actor":"p","device":"","note":"","may_back_date":false,"lines":[]}]}"#,
    )
    .unwrap();
    let answered = stub.remote(LONG).post(draft).await.map_err(|problem| problem.code());
    assert_eq!(answered, Err("internal"), "two drafts cannot have become nothing");
}
