//! Roles as processes of their own over one database: what each serves, and what becomes of one when the other is gone.
//!
//! Invariant: one that is down takes nothing with it but what only it can do, everybody is told so in plain words, and nobody has to do
//! anything when it is back.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::time::Duration;

use anyhow::{Context, ensure};
use serde_json::{Value, json};
use testkit::Result;
use testkit::binary::{Installation, Running};
use testkit::http::Client;
use testkit::postgres::{self, Server};
use testkit::process::{free_port, wait_until};

use crate::figures;
use crate::shop::{HANG, Shop, add_product, on_hand, post_ok, posting};

mod collected;
mod deciding;

const KEY: &str = "5f4dcc3b5aa765d61d8327deb882cf995f4dcc3b5aa765d61d8327deb882cf99";
/// How long it may take until a node knows of another: its look every five seconds, its patience, a slow machine.
const KNOWN: Duration = Duration::from_secs(30);
const STOCK_VALUE: &str = "\ngondola_stock_value ";
const AWAY: &str = "The warehouse service does not answer";

/// A shop whose roles run apart.
struct Apart {
    shop: Shop,
    depot: String,
    pages: String,
}

impl Apart {
    fn make() -> Result<Apart> {
        let database = postgres::fresh_database()?;
        let installation = Installation::on_postgres(database.url())?;
        Apart::of(Shop::of(installation.with("GONDOLA_DATABASE_ENCRYPTION_KEY", KEY), Some(database))?)
    }

    fn of(shop: Shop) -> Result<Apart> {
        let address = || -> Result<String> { Ok(format!("127.0.0.1:{}", free_port()?)) };
        Ok(Apart { shop, depot: address()?, pages: address()? })
    }

    fn warehouse(&self) -> Result<Running> {
        self.shop.installation.serve_role("warehouse", &self.depot, &[])
    }

    fn dashboard(&self) -> Result<Running> {
        self.dashboard_asking(&format!("http://{}", self.depot))
    }

    fn dashboard_asking(&self, url: &str) -> Result<Running> {
        let peers = format!("warehouse={url}");
        let settings = [("GONDOLA_PEERS", peers.as_str()), ("GONDOLA_BREAKER_ROLE_FAILURES", "2")];
        self.shop.installation.serve_role("dashboard", &self.pages, &settings)
    }

    fn client(&self, server: &Running) -> Client {
        server.client(&self.shop.key).patience(HANG)
    }
}

fn page(client: &mut Client) -> Result<String> {
    let answer = client.get("/?lang=en")?;
    ensure!(answer.status == 200, "{} {}", answer.status, answer.text());
    Ok(answer.text())
}

/// Waits until the pages of a dashboard say that the warehouse is away, or that it is not.
fn told(client: &mut Client, away: bool, server: &Running) -> Result<()> {
    let came = wait_until(KNOWN, || page(client).is_ok_and(|page| page.contains(AWAY) == away));
    ensure!(came, "the pages never said so (away: {away}): {}", server.log());
    Ok(())
}

fn breaker(client: &mut Client) -> Result<Value> {
    let all = client.get("/api/v1/breakers")?.json()?;
    let found =
        all["items"].as_array().and_then(|items| items.iter().find(|item| item["name"] == "warehouse")).cloned();
    found.with_context(|| format!("no breaker before the warehouse in {all}"))
}

fn breaker_is(client: &mut Client, state: &str) -> Result<()> {
    let came = wait_until(KNOWN, || breaker(client).is_ok_and(|breaker| breaker["state"] == state));
    ensure!(came, "never {state}: {}", breaker(client)?);
    Ok(())
}

fn level_is(client: &mut Client, level: u8) -> Result<()> {
    let came = wait_until(KNOWN, || {
        client.get("/status").and_then(|answer| answer.json()).is_ok_and(|status| status["level"] == level)
    });
    ensure!(came, "never at level {level}: {}", client.get("/status")?.text());
    Ok(())
}

fn component(client: &mut Client) -> Result<Value> {
    let status = client.get("/health/deep")?.json()?;
    let found = status["checks"].get("warehouse").cloned();
    found.with_context(|| format!("no warehouse among {status}"))
}

#[test]
fn each_role_serves_its_own_and_both_see_the_same_books() -> Result<()> {
    let apart = Apart::make()?;
    let (warehouse, dashboard) = (apart.warehouse()?, apart.dashboard()?);
    let (mut depot, mut pages) = (apart.client(&warehouse), apart.client(&dashboard));
    add_product(&mut depot, "A", "unit")?;
    post_ok(&mut depot, &posting(1, "receipt", &json!([{"sku": "A", "quantity": "10", "unit_cost": "5"}])))?;
    ensure!(page(&mut pages)?.contains("Producto A"), "the pages show what the other process took");
    told(&mut pages, false, &dashboard)?;
    // Each answers for its own role alone; who may enter and how it is, both tell.
    for (path, at_depot, at_pages) in [
        ("/", 404, 200),
        ("/personas", 404, 200),
        ("/api/v1/stock", 200, 404),
        ("/api/v1/postings", 200, 404),
        ("/internal/v1/stock", 403, 404),
        ("/api/v1/users", 200, 200),
        ("/metrics", 200, 200),
    ] {
        let got = (depot.get(path)?.status, pages.get(path)?.status);
        ensure!(got == (at_depot, at_pages), "{path}: {got:?}");
    }
    let counted = wait_until(KNOWN, || figures::metrics(&mut depot).is_ok_and(|page| page.contains(STOCK_VALUE)));
    ensure!(
        counted && !figures::metrics(&mut pages)?.contains(STOCK_VALUE),
        "the shop is counted once, where its stock is"
    );
    let document = pages.get("/api/v1/openapi.json")?.json()?;
    ensure!(document["paths"]["/api/v1/postings"].is_null() && document["paths"]["/api/v1/users"].is_object());
    // What roles ask of each other is for roles alone, and in no document.
    ensure!(Client::new(&apart.depot).get("/internal/v1/stock")?.status == 401);
    ensure!(depot.get("/api/v1/openapi.json")?.json()?["paths"]["/internal/v1/stock"].is_null());
    let well = wait_until(KNOWN, || component(&mut pages).is_ok_and(|found| found["status"] == "healthy"));
    ensure!(well, "{} {}", component(&mut pages)?, dashboard.log());
    breaker_is(&mut pages, "closed")?;
    ensure!(depot.get("/health/deep")?.json()?["checks"].get("warehouse").is_none(), "it does not ask itself");
    Ok(())
}

#[test]
fn a_warehouse_that_dies_hangs_or_comes_back_is_told_and_found_again_by_itself() -> Result<()> {
    let apart = Apart::make()?;
    let (mut warehouse, dashboard) = (apart.warehouse()?, apart.dashboard()?);
    let (mut depot, mut pages) = (apart.client(&warehouse), apart.client(&dashboard));
    add_product(&mut depot, "A", "unit")?;
    told(&mut pages, false, &dashboard)?;

    warehouse.kill()?;
    told(&mut pages, true, &dashboard)?;
    ensure!(page(&mut pages)?.contains("Producto A"), "what is known is shown all the same");
    ensure!(pages.get("/ready")?.status == 200, "the pages are ready: they serve");
    breaker_is(&mut pages, "open")?;
    level_is(&mut pages, 2)?;
    let status = pages.get("/status")?.json()?;
    ensure!(status["why"].as_array().is_some_and(|why| why.contains(&json!("warehouse"))), "{status}");
    let found = component(&mut pages)?;
    ensure!(found["status"] == "degraded" && found["detail"]["breaker"] == "open", "{found}");

    let warehouse = apart.warehouse()?;
    told(&mut pages, false, &dashboard)?;
    breaker_is(&mut pages, "closed")?;
    level_is(&mut pages, 1)?;
    let levels = pages.get("/api/degradation/status")?.json()?["history"].clone();
    ensure!(levels.as_array().is_some_and(|levels| levels.len() >= 2), "{levels}");

    warehouse.pause()?;
    let hanging = told(&mut pages, true, &dashboard).and_then(|()| breaker_is(&mut pages, "open"));
    warehouse.resume()?;
    hanging?;
    told(&mut pages, false, &dashboard)?;
    breaker_is(&mut pages, "closed")?;
    let history = breaker(&mut pages)?["history"].clone();
    let states: Vec<&str> =
        history.as_array().into_iter().flatten().filter_map(|change| change["to"].as_str()).collect();
    ensure!(states == ["open", "half_open", "closed", "open", "half_open", "closed"], "{history}");
    let mut depot = apart.client(&warehouse);
    post_ok(&mut depot, &posting(1, "receipt", &json!([{"sku": "A", "quantity": "3", "unit_cost": "5"}])))?;
    ensure!(page(&mut pages)?.contains("Producto A"));
    Ok(())
}

#[test]
fn pages_that_are_gone_cost_the_warehouse_nothing() -> Result<()> {
    let apart = Apart::make()?;
    let warehouse = apart.warehouse()?;
    let mut dashboard = apart.dashboard()?;
    let mut depot = apart.client(&warehouse);
    add_product(&mut depot, "A", "unit")?;
    dashboard.kill()?;
    post_ok(&mut depot, &posting(1, "receipt", &json!([{"sku": "A", "quantity": "3", "unit_cost": "5"}])))?;
    ensure!(on_hand(&mut depot, "A")? == "3");
    ensure!(depot.get("/status")?.json()?["level"] == 1);
    Ok(())
}

/// Takes connections and does with each what a test wants, until the test ends.
fn stand_in(mut with: impl FnMut(std::net::TcpStream) + Send + 'static) -> Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?.to_string();
    std::thread::spawn(move || listener.incoming().flatten().for_each(&mut with));
    Ok(address)
}

#[test]
fn whatever_else_answers_there_is_no_warehouse() -> Result<()> {
    let apart = Apart::make()?;
    let another = Apart::make()?;
    let stranger = another.warehouse()?;
    let mut held = Vec::new();
    let silent = stand_in(move |stream| held.push(stream))?;
    let elsewhere = stand_in(|mut stream| {
        let mut request = [0; 4096];
        let _ = stream.read(&mut request);
        let _ =
            stream.write_all(b"HTTP/1.1 307 Away\r\nLocation: http://169.254.169.254/\r\nContent-Length: 0\r\n\r\n");
    })?;
    let garbled = stand_in(|mut stream| drop(stream.write_all(b"220 mail.example ESMTP\r\n")))?;
    for other in [another.depot.as_str(), &silent, &elsewhere, &garbled] {
        let mut dashboard = apart.dashboard_asking(&format!("http://{other}"))?;
        let mut pages = apart.client(&dashboard);
        told(&mut pages, true, &dashboard)?;
        ensure!(pages.get("/ready")?.status == 200);
        dashboard.kill()?;
    }
    drop(stranger);
    Ok(())
}

#[test]
fn an_address_where_secrets_are_told_is_not_asked_and_that_is_written_down() -> Result<()> {
    let apart = Apart::make()?;
    let dashboard = apart.dashboard_asking("http://169.254.169.254")?;
    let mut pages = apart.client(&dashboard);
    told(&mut pages, true, &dashboard)?;
    let written = wait_until(KNOWN, || {
        pages.get("/api/v1/audit?action=outgoing.refused").and_then(|answer| answer.json()).is_ok_and(|events| {
            let event = &events["items"][0];
            event["resource"] == "host:169.254.169.254:80" && event["outcome"] == "denied"
        })
    });
    ensure!(written, "{}", pages.get("/api/v1/audit?action=outgoing.refused")?.text());
    Ok(())
}

#[test]
fn each_role_says_what_it_waits_for() -> Result<()> {
    let mut server = Server::start()?;
    let database = server.fresh_database()?;
    let installation = Installation::on_postgres(database.url())?.with("GONDOLA_DATABASE_ENCRYPTION_KEY", KEY);
    let apart = Apart::of(Shop::of(installation, None)?)?;
    let (warehouse, dashboard) = (apart.warehouse()?, apart.dashboard()?);
    server.kill()?;
    for (running, role) in [(&warehouse, "warehouse"), (&dashboard, "dashboard")] {
        let mut client = Client::new(running.address()).patience(HANG);
        let waits = wait_until(KNOWN, || client.get("/ready").is_ok_and(|answer| answer.status == 503));
        ensure!(waits, "{role} believes itself ready");
        let told = client.get("/ready")?.json()?;
        ensure!(
            told == json!({"status": "not_ready", "waiting_for": ["database"], "roles": {role: ["database"]}}),
            "{told}"
        );
    }
    server.restart()?;
    for running in [&warehouse, &dashboard] {
        let mut client = Client::new(running.address()).patience(HANG);
        ensure!(wait_until(KNOWN, || client.get("/ready").is_ok_and(|answer| answer.status == 200)));
    }
    Ok(())
}

#[test]
fn a_role_may_show_a_certificate_instead_of_a_token() -> Result<()> {
    let apart = Apart::make()?;
    apart.shop.installation.ok(&["tls", "init"])?;
    apart.shop.installation.ok(&["tls", "issue", "tablero"])?;
    apart.shop.installation.ok(&["tls", "issue", "prometheus"])?;
    let file = |name: &str| apart.shop.installation.data_folder().join("tls").join(name).display().to_string();
    let (ca, certificate) = (file("ca.crt"), file("server.crt"));
    let port = apart.depot.rsplit(':').next().unwrap_or_default();
    let peers = format!("warehouse=https://localhost:{port}");
    let _warehouse = apart.shop.installation.serve_role(
        "warehouse",
        &apart.depot,
        &[
            ("GONDOLA_TLS_CERTIFICATE", &certificate),
            ("GONDOLA_TLS_CLIENT_CA", &ca),
            ("GONDOLA_TLS_CLIENT_AUTH", "required"),
            ("GONDOLA_PEER_CERTIFICATES", "CN=tablero"),
        ],
    )?;
    for (shown, away) in [("tablero", false), ("prometheus", true)] {
        let (own, key) = (file(&format!("{shown}.crt")), file(&format!("{shown}.key")));
        let settings = [
            ("GONDOLA_PEERS", peers.as_str()),
            ("GONDOLA_PEER_CA", &ca),
            ("GONDOLA_PEER_CERTIFICATE", &own),
            ("GONDOLA_PEER_KEY", &key),
        ];
        let mut dashboard = apart.shop.installation.serve_role("dashboard", &apart.pages, &settings)?;
        let mut pages = apart.client(&dashboard);
        let settled =
            wait_until(KNOWN, || component(&mut pages).is_ok_and(|found| (found["status"] != "healthy") == away));
        ensure!(settled, "as {shown}: {} {}", component(&mut pages)?, dashboard.log());
        told(&mut pages, away, &dashboard)?;
        dashboard.kill()?;
    }
    Ok(())
}

#[test]
fn a_role_that_nobody_would_believe_is_not_served() -> Result<()> {
    let installation = Installation::new()?;
    let ran = installation.run(&["--language", "en", "serve", "--role", "dashboard"])?;
    ensure!(
        ran.code == Some(1) && ran.output().contains("the same encryption key for all"),
        "{:?} {}",
        ran.code,
        ran.output()
    );
    let ran = installation.run(&["--language", "en", "serve", "--role", "kitchen"])?;
    ensure!(ran.code == Some(2) && ran.output().contains("warehouse, dashboard"), "{:?} {}", ran.code, ran.output());
    Ok(())
}
