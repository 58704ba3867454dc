//! An outbox over a warehouse that answers whatever a test wants.
//!
//! Invariant: nothing here needs a database that knows of requests: what is decided is on the disk or is handed in.

use std::net::SocketAddr;

use access::service::Pass;
use axum::{
    Router,
    body::{Bytes, to_bytes},
    extract::Request,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use domain::SystemClock;
use platform::{
    breaker::{Breaker, Policy},
    lifecycle::{Bounds, Server},
    network::Networks,
    outgoing::{Destination, Outgoing, OutgoingParts, Reach, SystemResolver},
};
use serde_json::{Value, json};
use store::{Db, Options};

use super::*;
use crate::{
    Peer, PeerParts,
    approval::{Requests, Verdict},
    wire,
};

const ROOM: u64 = 1 << 20;

/// A warehouse that makes every decision but that on the request `bad`, and remembers which it made.
struct Stub {
    address: SocketAddr,
    made: Arc<Mutex<Vec<Uuid>>>,
    shutdown: Shutdown,
}

impl Stub {
    async fn start(bad: Option<Uuid>, declined: Option<wire::Declined>) -> Stub {
        let made: Arc<Mutex<Vec<Uuid>>> = Arc::default();
        let noted = Arc::clone(&made);
        let router = Router::new().fallback(move |request: Request| {
            let (noted, declined) = (Arc::clone(&noted), declined.clone());
            async move {
                let body = to_bytes(request.into_body(), 1 << 20).await.unwrap();
                let decision = wire::read_decision(&body).unwrap();
                if Some(decision.id) == bad {
                    return StatusCode::INTERNAL_SERVER_ERROR.into_response();
                }
                noted.lock().unwrap().push(decision.id);
                answer(declined)
            }
        });
        let server = Server::bind(SocketAddr::from(([127, 0, 0, 1], 0)), Bounds::usual()).await.unwrap();
        let (address, shutdown) = (server.address(), Shutdown::default());
        tokio::spawn(server.run(router, shutdown.clone(), Duration::from_secs(10)));
        Stub { address, made, shutdown }
    }

    fn made(&self) -> Vec<Uuid> {
        self.made.lock().unwrap().clone()
    }
}

impl Drop for Stub {
    fn drop(&mut self) {
        self.shutdown.trigger();
    }
}

fn answer(declined: Option<wire::Declined>) -> Response {
    let decided = declined.map_or(Ok(()), Err);
    Bytes::from(wire::decided_bytes(decided).unwrap()).into_response()
}

/// An outbox over that folder, for the warehouse at that address.
async fn outbox(folder: &std::path::Path, address: SocketAddr, clock: Arc<dyn Clock>) -> Outbox {
    let place = Destination::parse(&format!("http://{address}"), Reach::Own).unwrap();
    let outgoing = Outgoing::new(OutgoingParts {
        destinations: vec![place.clone()],
        networks: Networks::default(),
        trust: None,
        resolver: Arc::new(SystemResolver),
        audit: None,
        clock: Arc::clone(&clock),
    });
    let peer = Peer::new(PeerParts {
        role: "warehouse",
        place,
        outgoing,
        pass: Pass::by_certificate("dashboard"),
        breaker: Breaker::new("warehouse", Policy::new(100, Duration::from_secs(600)), Arc::clone(&clock)),
        patience: Duration::from_secs(60),
        most_bytes: 1 << 16,
    });
    let url = format!("sqlite://{}", folder.join("any.db").display());
    let db = Db::open(&Options { pool_size: 1, ..Options::new(url) }).await.unwrap();
    let requests = Requests::new(db, Arc::clone(&clock), |_| Problem::forbidden());
    let (files, _) = Files::open(&folder.join("outbox"), ROOM).unwrap();
    Outbox::new(Remote::new(peer, requests), files, clock)
}

fn decision(id: u128, login: &str) -> DecisionDocument {
    let document = json!({"id": Uuid::from_u128(id), "login": login, "code": format!("p-{login}"),
        "origin": {"address": "127.0.0.1", "agent": "test", "request_id": "r"}});
    serde_json::from_value(document).unwrap()
}

/// As it is kept by every version so far.
fn waiting(id: u128) -> Vec<u8> {
    serde_json::to_vec(&json!({"at": SystemClock.now().micros(), "decision": decision(id, "beto")})).unwrap()
}

fn away() -> Problem {
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, AWAY)
}

async fn payloads(file: &platform::journal::Journal) -> Vec<Vec<u8>> {
    kept::all(file).await.unwrap().into_iter().map(|record| record.payload).collect()
}

#[tokio::test]
async fn a_decision_that_the_warehouse_cannot_make_holds_up_no_other() {
    let folder = tempfile::tempdir().unwrap();
    let stub = Stub::start(Some(Uuid::from_u128(1)), None).await;
    let outbox = outbox(folder.path(), stub.address, Arc::new(SystemClock)).await;
    let bad = waiting(1);
    outbox.0.files.waiting.append(vec![bad.clone(), waiting(2), waiting(3)]).await.unwrap();
    outbox.recall().await.unwrap();
    assert!(outbox.round().await.is_err(), "one waits on");
    assert_eq!(stub.made(), [Uuid::from_u128(2), Uuid::from_u128(3)]);
    assert_eq!(payloads(&outbox.0.files.waiting).await, [bad], "what was answered is settled");
    assert_eq!((outbox.waiting(), outbox.figures().waiting), (1, 1));
    outbox.0.files.waiting.append(vec![waiting(4)]).await.unwrap();
    let _ = outbox.round().await;
    assert_eq!(stub.made().last(), Some(&Uuid::from_u128(4)));
}

#[tokio::test]
async fn of_two_who_decide_at_once_one_is_kept_and_the_other_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let outbox = outbox(folder.path(), SocketAddr::from(([127, 0, 0, 1], 9)), Arc::new(SystemClock)).await;
    let (one, other) = tokio::join!(outbox.keep(decision(1, "ana"), away()), outbox.keep(decision(1, "beto"), away()));
    assert_eq!(one.unwrap(), Came::Waits);
    assert_eq!(other.unwrap_err().code(), "decision_waits");
    assert_eq!((outbox.figures().waiting, outbox.unsent(Uuid::from_u128(1)).unwrap().login()), (1, "ana"));
    assert_eq!(outbox.keep(decision(1, "ana"), away()).await.unwrap(), Came::Waits, "the same again is the same");
}

#[tokio::test]
async fn what_cannot_be_read_is_kept_byte_for_byte_and_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let clock = testkit::clock::Hand::at(SystemClock.now());
    let strange = b"{\"at\":1,\"of a later version\":\"\xff\"}".to_vec();
    {
        let stub = Stub::start(None, Some(wire::Declined::Own)).await;
        let outbox = outbox(folder.path(), stub.address, Arc::new(clock.clone())).await;
        outbox.0.files.waiting.append(vec![strange.clone(), waiting(2)]).await.unwrap();
        outbox.recall().await.unwrap();
        outbox.round().await.unwrap();
        assert_eq!(outbox.figures(), OutboxFigures { waiting: 0, declined: 1, unreadable: 1 });
        // It stands before what is forgotten, and stays.
        clock.pass_days(8);
        outbox.round().await.unwrap();
        assert_eq!(outbox.figures(), OutboxFigures { waiting: 0, declined: 0, unreadable: 1 });
        assert!(outbox.returned(Uuid::from_u128(2)).is_none());
        assert_eq!(payloads(&outbox.0.files.refused).await, std::slice::from_ref(&strange));
    }
    held_no_more(folder.path());
    let again = outbox(folder.path(), SocketAddr::from(([127, 0, 0, 1], 9)), Arc::new(clock)).await;
    again.recall().await.unwrap();
    assert_eq!(again.figures().unreadable, 1, "told after a restart too");
}

#[tokio::test]
async fn of_two_decisions_left_for_a_request_the_first_stands_and_what_was_declined_is_not_made() {
    let folder = tempfile::tempdir().unwrap();
    let now = SystemClock.now().micros();
    let taken = |id, after: i64, login| json!({"at": now + after, "decision": decision(id, login)});
    let declined = json!({"at": now + 5, "declined": {"why": "own"}, "unsent": taken(2, 2, "ana")});
    let stub = Stub::start(None, None).await;
    let outbox = outbox(folder.path(), stub.address, Arc::new(SystemClock)).await;
    let left = [taken(1, 3, "beto"), taken(2, 2, "ana"), taken(1, 1, "ana"), taken(3, 4, "ana"), taken(3, 4, "ana")];
    outbox.0.files.waiting.append(left.map(|left| left.to_string().into_bytes()).to_vec()).await.unwrap();
    outbox.0.files.refused.append(vec![declined.to_string().into_bytes()]).await.unwrap();
    outbox.recall().await.unwrap();
    assert_eq!((outbox.waiting(), outbox.figures().waiting), (2, 2));
    assert_eq!(outbox.unsent(Uuid::from_u128(1)).unwrap().login(), "ana");
    assert!(outbox.unsent(Uuid::from_u128(2)).is_none() && outbox.returned(Uuid::from_u128(2)).is_some());
    outbox.round().await.unwrap();
    let mut made = stub.made();
    made.sort_unstable();
    assert_eq!(made, [1, 3].map(Uuid::from_u128));
    assert_eq!(outbox.figures(), OutboxFigures { waiting: 0, declined: 1, unreadable: 0 });
}

#[tokio::test]
async fn what_is_told_as_declined_waits_no_more_while_others_do() {
    let folder = tempfile::tempdir().unwrap();
    let stub = Stub::start(Some(Uuid::from_u128(1)), Some(wire::Declined::Own)).await;
    let outbox = outbox(folder.path(), stub.address, Arc::new(SystemClock)).await;
    outbox.0.files.waiting.append(vec![waiting(1), waiting(2), waiting(3)]).await.unwrap();
    outbox.recall().await.unwrap();
    // Each by itself, as in a round that is dropped before its end.
    let declined = outbox.unsent(Uuid::from_u128(2)).unwrap();
    outbox.make(declined).await.unwrap();
    assert!(outbox.returned(Uuid::from_u128(2)).is_some() && outbox.unsent(Uuid::from_u128(2)).is_none());
    let left: Vec<Uuid> =
        payloads(&outbox.0.files.waiting).await.iter().map(|bytes| Unsent::read(bytes).unwrap().decision.id).collect();
    assert_eq!(left.len(), 2, "{left:?}");
    assert!(!left.contains(&Uuid::from_u128(2)));
    assert!(outbox.round().await.is_err(), "one waits on");
    assert_eq!(stub.made(), [2, 3].map(Uuid::from_u128), "nothing is asked twice");
}

#[tokio::test]
async fn what_was_declined_and_decided_anew_does_not_come_back_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let id = Uuid::from_u128(1);
    let returned = |id: u128| {
        let unsent: Value = serde_json::from_slice(&waiting(id)).unwrap();
        let document = json!({"at": SystemClock.now().micros(), "declined": {"why": "own"}, "unsent": unsent});
        serde_json::to_vec(&document).unwrap()
    };
    {
        let outbox = outbox(folder.path(), SocketAddr::from(([127, 0, 0, 1], 9)), Arc::new(SystemClock)).await;
        outbox.0.files.refused.append(vec![returned(2), returned(1), returned(3)]).await.unwrap();
        outbox.recall().await.unwrap();
        assert!(outbox.returned(id).is_some());
        assert_eq!(outbox.keep(decision(1, "ana"), away()).await.unwrap(), Came::Waits);
        assert!(outbox.returned(id).is_none());
    }
    held_no_more(folder.path());
    let again = outbox(folder.path(), SocketAddr::from(([127, 0, 0, 1], 9)), Arc::new(SystemClock)).await;
    again.recall().await.unwrap();
    assert!(again.returned(id).is_none(), "it was decided anew");
    assert!(again.returned(Uuid::from_u128(2)).is_some() && again.returned(Uuid::from_u128(3)).is_some());
    assert_eq!(again.unsent(id).unwrap().verdict(), Verdict::Approve);
}

/// The threads of an outbox let go of its files a moment after its last handle.
fn held_no_more(folder: &std::path::Path) {
    for name in [platform::journal::WAITING, platform::journal::REFUSED] {
        std::fs::File::open(folder.join("outbox").join(name)).unwrap().lock().unwrap();
    }
}
