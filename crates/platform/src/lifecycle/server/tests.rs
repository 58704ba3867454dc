use axum::{extract::Request, routing::get};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    sync::oneshot,
};

use super::*;

async fn ask(address: SocketAddr, request: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

#[tokio::test]
async fn a_running_request_ends_and_nothing_new_is_taken() {
    let (begun, has_begun) = oneshot::channel();
    let (go_on, may_end) = oneshot::channel::<()>();
    let parts = Arc::new(std::sync::Mutex::new(Some((begun, may_end))));
    let router = Router::new().route(
        "/slow",
        get(move || async move {
            let (begun, may_end) = parts.lock().unwrap().take().unwrap();
            begun.send(()).unwrap();
            may_end.await.unwrap();
            "ended well"
        }),
    );
    let server = Server::bind(([127, 0, 0, 1], 0).into(), Bounds::usual()).await.unwrap();
    let (address, shutdown) = (server.address(), Shutdown::default());
    let running = tokio::spawn(server.run(router, shutdown.clone(), Duration::from_secs(25)));
    let asked = tokio::spawn(async move { ask(address, "GET /slow HTTP/1.1\r\nhost: a\r\n\r\n").await });
    has_begun.await.unwrap();
    shutdown.trigger();
    // The listener is gone once connecting fails.
    while TcpStream::connect(address).await.is_ok() {
        tokio::task::yield_now().await;
    }
    go_on.send(()).unwrap();
    assert!(asked.await.unwrap().ends_with("ended well"));
    assert!(running.await.unwrap(), "all requests ended");
}

#[tokio::test]
async fn a_port_in_use_is_told_plainly() {
    let first = Server::bind(([127, 0, 0, 1], 0).into(), Bounds::usual()).await.unwrap();
    let error = Server::bind(first.address(), Bounds::usual()).await.unwrap_err();
    assert!(error.is_in_use() && error.to_string().contains(&first.address().to_string()));
}

#[tokio::test]
async fn headers_beyond_the_limit_are_refused_without_harm() {
    let server = Server::bind(([127, 0, 0, 1], 0).into(), Bounds::usual()).await.unwrap();
    let (address, shutdown) = (server.address(), Shutdown::default());
    let running = tokio::spawn(server.run(
        Router::new().route("/", get(|| async { "fine" })),
        shutdown.clone(),
        Duration::from_secs(5),
    ));
    let many: String = (0..100).map(|i| format!("h{i}: x\r\n")).collect();
    assert!(ask(address, &format!("GET / HTTP/1.1\r\nhost: a\r\n{many}\r\n")).await.starts_with("HTTP/1.1 431"));
    assert!(ask(address, "NONSENSE\r\n\r\n").await.starts_with("HTTP/1.1 400"));
    assert!(ask(address, "GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n").await.ends_with("fine"));
    shutdown.trigger();
    assert!(running.await.unwrap());
}

#[tokio::test]
async fn who_sends_too_much_still_gets_to_read_why() {
    let server = Server::bind(([127, 0, 0, 1], 0).into(), Bounds::usual()).await.unwrap();
    let (address, shutdown) = (server.address(), Shutdown::default());
    let router = Router::new().route(
        "/",
        axum::routing::post(|request: Request| async { crate::http::body::read_body(request).await.map(|_| "all") }),
    );
    let running = tokio::spawn(server.run(router, shutdown.clone(), Duration::from_secs(5)));
    let large = "x".repeat(11 << 20);
    let whole =
        format!("POST / HTTP/1.1\r\nhost: a\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{large}", large.len());
    let chunked = format!(
        "POST / HTTP/1.1\r\nhost: a\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n{:x}\r\n{large}\r\n0\r\n\r\n",
        large.len()
    );
    for request in [whole, chunked] {
        assert!(ask(address, &request).await.starts_with("HTTP/1.1 413"));
    }
    shutdown.trigger();
    assert!(running.await.unwrap());
}

#[tokio::test]
async fn balancers_are_given_notice() {
    let server =
        Server::bind(([127, 0, 0, 1], 0).into(), Bounds::usual()).await.unwrap().with_notice(Duration::from_secs(3600));
    let (address, shutdown) = (server.address(), Shutdown::default());
    let router = Router::from(crate::health::routes(crate::health::Health::new(shutdown.clone())));
    let running = tokio::spawn(server.run(router, shutdown.clone(), Duration::ZERO));
    shutdown.trigger();
    assert!(
        ask(address, "GET /ready HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n").await.starts_with("HTTP/1.1 503")
    );
    running.abort();
}

/// A server with these bounds, and whatever a request to `/` is answered with.
async fn bounded(bounds: Bounds, answer: &'static [u8]) -> (SocketAddr, Shutdown) {
    let server = Server::bind(([127, 0, 0, 1], 0).into(), bounds).await.unwrap();
    let (address, shutdown) = (server.address(), Shutdown::default());
    let router = Router::new().route("/", get(move || async move { answer }));
    tokio::spawn(server.run(router, shutdown.clone(), Duration::from_secs(5)));
    (address, shutdown)
}

/// What a connection says until its end.
async fn to_the_end(mut stream: TcpStream) -> Vec<u8> {
    let mut said = Vec::new();
    // A reset is an end too.
    let _ = stream.read_to_end(&mut said).await;
    said
}

const SHORT: Duration = Duration::from_millis(200);

#[tokio::test]
async fn who_sends_headers_drop_by_drop_is_let_go_and_others_are_answered_meanwhile() {
    let (address, shutdown) = bounded(Bounds { header_timeout: SHORT, ..Bounds::usual() }, b"fine").await;
    let mut slow = Vec::new();
    for _ in 0..200 {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(b"GET / HTTP/1.1\r\nhost: a\r\nx-drop: ").await.unwrap();
        slow.push(tokio::spawn(async move {
            let mut drops = 0;
            // Never silent for as long as the bound, and never done.
            while stream.write_all(b"x").await.is_ok() && drops < 1_000 {
                tokio::time::sleep(SHORT / 8).await;
                drops += 1;
            }
            drops
        }));
    }
    assert!(ask(address, "GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n").await.ends_with("fine"));
    for stream in slow {
        assert!(stream.await.unwrap() < 1_000, "let go in the middle of a header");
    }
    let idle = TcpStream::connect(address).await.unwrap();
    assert_eq!(to_the_end(idle).await, b"", "who says nothing at all is let go too");
    let mut kept = TcpStream::connect(address).await.unwrap();
    kept.write_all(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n").await.unwrap();
    assert!(to_the_end(kept).await.ends_with(b"fine"), "and who has nothing more to say");
    shutdown.trigger();
}

#[tokio::test]
async fn who_does_not_take_the_answer_is_let_go() {
    let large: &'static [u8] = vec![b'x'; 64 << 20].leak();
    let (address, shutdown) = bounded(Bounds { write_timeout: SHORT, ..Bounds::usual() }, large).await;
    let before = open_connections();
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n").await.unwrap();
    let mut first = [0; 1];
    stream.read_exact(&mut first).await.unwrap();
    // Ours is the only connection of this process that can end.
    while open_connections() > before {
        tokio::time::sleep(SHORT / 8).await;
    }
    let rest = to_the_end(stream).await;
    assert!(rest.len() < large.len(), "{} bytes had been sent", rest.len());
    let whole = ask(address, "GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n").await;
    assert!(whole.len() > large.len(), "who takes it gets it all");
    shutdown.trigger();
}

#[tokio::test]
async fn an_address_holds_so_many_connections_and_no_more() {
    let bounds = Bounds { connections_per_address: 3, crowded: Networks::default(), ..Bounds::usual() };
    let (address, shutdown) = bounded(bounds, b"fine").await;
    let request = b"GET / HTTP/1.1\r\nhost: a\r\n\r\n";
    let mut held = Vec::new();
    for _ in 0..3 {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(request).await.unwrap();
        stream.read_exact(&mut [0; 12]).await.unwrap();
        held.push(stream);
    }
    let mut fourth = TcpStream::connect(address).await.unwrap();
    let _ = fourth.write_all(request).await;
    assert_eq!(to_the_end(fourth).await, b"", "closed without a word");
    drop(held.pop());
    // The place is free once the server has seen the end.
    loop {
        let mut stream = TcpStream::connect(address).await.unwrap();
        let _ = stream.write_all(request).await;
        if stream.read_exact(&mut [0; 12]).await.is_ok() {
            break;
        }
    }
    shutdown.trigger();
}

#[test]
fn those_that_listen_hold_no_more_than_there_is_room_for() {
    for (room, beside, answered, apart) in [
        (10_000, 0, 10_000, 1_250),
        (10_000, 1, 8_750, 1_250),
        (10_000, 2, 7_500, 1_250),
        (768, 1, 672, 96),
        (8, 1, 7, 1),
        (8, 2, 6, 1),
        (2, 1, 1, 1),
    ] {
        assert_eq!(super::shared(room, beside), super::Shares { answered, apart });
        assert_eq!(answered + beside * apart, room);
    }
    assert_eq!(super::shared(1, 2), super::Shares { answered: 1, apart: 1 }, "who listens can answer one");
}

#[test]
fn of_those_beside_no_address_holds_all() {
    let flags = vec![
        ("metrics_listen", "127.0.0.1:0".to_owned()),
        ("max_connections", "64".to_owned()),
        ("max_connections_per_address", "40".to_owned()),
    ];
    let inputs = crate::config::Inputs { flags, ..crate::config::Inputs::default() };
    let settings = Settings::load(&inputs).unwrap();
    assert_eq!(Bounds::of(&settings).connections_per_address, 40);
    let beside = Bounds::apart(&settings);
    assert_eq!((beside.connections, beside.connections_per_address), (8, 4));
    assert_eq!([super::half(1), super::half(3), super::half(96)], [1, 1, 48]);
}
