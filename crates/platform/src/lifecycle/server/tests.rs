use axum::routing::get;
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
    let server = Server::bind(([127, 0, 0, 1], 0).into()).await.unwrap();
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
    let first = Server::bind(([127, 0, 0, 1], 0).into()).await.unwrap();
    let error = Server::bind(first.address()).await.unwrap_err();
    assert!(error.is_in_use() && error.to_string().contains(&first.address().to_string()));
}

#[tokio::test]
async fn headers_beyond_the_limit_are_refused_without_harm() {
    let server = Server::bind(([127, 0, 0, 1], 0).into()).await.unwrap();
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
    let server = Server::bind(([127, 0, 0, 1], 0).into()).await.unwrap();
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
    let server = Server::bind(([127, 0, 0, 1], 0).into()).await.unwrap().with_notice(Duration::from_secs(3600));
    let (address, shutdown) = (server.address(), Shutdown::default());
    let router = Router::from(crate::health::routes(crate::health::Health::new(shutdown.clone())));
    let running = tokio::spawn(server.run(router, shutdown.clone(), Duration::ZERO));
    shutdown.trigger();
    assert!(
        ask(address, "GET /ready HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n").await.starts_with("HTTP/1.1 503")
    );
    running.abort();
}
