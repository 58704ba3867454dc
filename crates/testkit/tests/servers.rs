//! The servers that tests rely on do start, and do what a test asks of them.

use std::io::Write as _;
use std::net::TcpListener;
use std::time::Duration;

use testkit::browser::Browser;
use testkit::http::Client;
use testkit::process::free_port;
use testkit::{Result, postgres, redis};

#[test]
fn two_fresh_databases_know_nothing_of_each_other() -> Result<()> {
    let (one, other) = (postgres::fresh_database()?, postgres::fresh_database()?);
    one.execute("CREATE TABLE t (n BIGINT); INSERT INTO t VALUES (7)")?;
    assert_eq!(one.execute("SELECT n FROM t")?, "7");
    assert!(other.execute("SELECT n FROM t").is_err());
    Ok(())
}

#[test]
fn a_database_is_dropped_with_its_value() -> Result<()> {
    let watcher = postgres::fresh_database()?;
    let dropped = postgres::fresh_database()?;
    let name = dropped.url().rsplit('/').next().unwrap_or_default().to_owned();
    let count = format!("SELECT count(*) FROM pg_database WHERE datname = '{name}'");
    assert_eq!(watcher.execute(&count)?, "1");
    drop(dropped);
    assert_eq!(watcher.execute(&count)?, "0");
    Ok(())
}

#[test]
fn what_was_committed_survives_the_death_of_a_private_server() -> Result<()> {
    let mut server = postgres::Server::start()?;
    let database = server.fresh_database()?;
    database.execute("CREATE TABLE t (n BIGINT)")?;
    database.execute("INSERT INTO t VALUES (7)")?;
    server.kill()?;
    assert!(database.execute("SELECT n FROM t").is_err(), "a dead server does not answer");
    server.restart()?;
    assert_eq!(database.execute("SELECT n FROM t")?, "7");
    server.pause()?;
    server.resume()?;
    assert_eq!(database.execute("SELECT n FROM t")?, "7");
    Ok(())
}

#[test]
fn redis_is_killed_and_comes_back_on_the_same_address() -> Result<()> {
    let mut server = redis::Server::start()?;
    let url = server.url();
    server.kill()?;
    server.restart()?;
    server.pause()?;
    server.resume()?;
    assert_eq!(server.url(), url);
    Ok(())
}

/// Answers every request with the same page, until the test ends.
fn serve_page(html: &'static str) -> Result<String> {
    let listener = TcpListener::bind(("127.0.0.1", free_port()?))?;
    let address = listener.local_addr()?.to_string();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let length = html.len();
            let head = format!(
                "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n"
            );
            // A browser that hangs up early is the browser's business.
            let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(html.as_bytes()));
        }
    });
    Ok(address)
}

#[test]
fn the_browser_shows_a_page_at_the_width_it_was_given() -> Result<()> {
    let address = serve_page(
        "<!doctype html><meta name=viewport content=\"width=device-width\"><title>t</title><p id=p>hola</p><script>p.append(' ' + innerWidth)</script>",
    )?;
    let mut browser = Browser::start()?;
    for width in [360, 768, 1440] {
        browser.viewport(width, 800)?;
        browser.open(&format!("http://{address}/"))?;
        assert_eq!(browser.evaluate("innerWidth")?, width);
        assert_eq!(browser.text()?.trim(), format!("hola {width}"));
    }
    let folder = tempfile::tempdir()?;
    let picture = folder.path().join("page.png");
    browser.screenshot(&picture)?;
    assert!(std::fs::read(&picture)?.starts_with(b"\x89PNG"));
    Ok(())
}

#[test]
fn the_client_reads_what_a_server_says() -> Result<()> {
    let address = serve_page("hola")?;
    let mut client = Client::new(&address).patience(Duration::from_secs(5));
    for _ in 0..2 {
        let answer = client.get("/")?;
        assert_eq!((answer.status, answer.text().as_str()), (200, "hola"));
    }
    Ok(())
}
