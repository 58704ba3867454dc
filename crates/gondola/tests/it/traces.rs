//! Traces from the request to the collector, and what the log says of them.
//!
//! Invariant: the collector is a real server that decodes what a real one would.

use std::collections::BTreeMap;
use std::fs;
use std::time::Duration;

use anyhow::{Context, ensure};
use serde_json::{Value, json};
use testkit::Result;
use testkit::binary::{Installation, Running};
use testkit::collector::{Collector, Manner, Span};
use testkit::http::Client;
use testkit::postgres;
use testkit::process::{free_port, wait_until};

use crate::figures;
use crate::shop::{HANG, Shop, add_product, post_ok, posting};

const PATIENCE: Duration = Duration::from_secs(30);
const PARENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";

/// A shop whose server traces into that collector.
fn traced(installation: Installation, collector: &str, percent: &str) -> Installation {
    let installation = installation.with("GONDOLA_TRACE_ENDPOINT", collector).with("GONDOLA_TRACE_PERCENT", percent);
    installation.with("GONDOLA_LOG_FORMAT", "json")
}

/// What came, once it holds.
fn spans(collector: &Collector, holds: impl Fn(&[Span]) -> bool) -> Result<Vec<Span>> {
    let mut found = Vec::new();
    let there = wait_until(PATIENCE, || {
        found = collector.spans().unwrap_or_default();
        holds(&found)
    });
    collector.spans()?;
    let names: Vec<&str> = found.iter().map(|span| span.name.as_str()).collect();
    ensure!(there, "what came: {names:?}");
    Ok(found)
}

pub(crate) fn log(shop: &Shop) -> Vec<Value> {
    let text = fs::read_to_string(shop.installation.folder().join("server.log")).unwrap_or_default();
    text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
}

fn a_sale_is_followed_from_the_request_to_the_commit(shop: &Shop, collector: &Collector) -> Result<()> {
    let server = shop.serve()?;
    let mut plain = server.client(&shop.key).patience(HANG);
    add_product(&mut plain, "A", "unit")?;
    let receipt = posting(1, "receipt", &json!([{"sku": "A", "quantity": "3", "line_cost": "30"}]));
    let mut client = server.client(&shop.key).patience(HANG).with_header("traceparent", PARENT);
    let body = receipt.to_string();
    let answer = client.send("POST", "/api/v1/postings", &[("Content-Type", "application/json")], body.as_bytes())?;
    ensure!(answer.status == 201, "{}", answer.text());
    let told = answer.header("traceresponse").context("traceresponse")?.to_owned();
    ensure!(told.starts_with(&format!("00-{TRACE}-")) && told.ends_with("-01"), "{told}");
    let came = spans(collector, |spans| {
        ["POST /api/v1/postings", "commit batch"].iter().all(|name| spans.iter().any(|span| span.name == *name))
    })?;
    let find = |name: &str| came.iter().find(|span| span.name == name).with_context(|| name.to_owned());
    let request = find("POST /api/v1/postings")?;
    ensure!(
        request.trace == TRACE && request.parent == "b7ad6b7169203331" && told.contains(&request.id),
        "{request:?}"
    );
    ensure!(request.who["service.name"] == "gondola" && !request.failed, "{request:?}");
    for (name, value) in [
        ("http.route", "/api/v1/postings"),
        ("http.response.status_code", "201"),
        ("posting.kind", "receipt"),
        ("site.id", "centro"),
        ("item.id", "A"),
    ] {
        ensure!(request.attributes.get(name).map(String::as_str) == Some(value), "{name}: {request:?}");
    }
    let batch = find("commit batch")?;
    ensure!(batch.links == [request.id.clone()] && batch.trace != TRACE && batch.parent.is_empty(), "{batch:?}");
    let statements: Vec<&Span> = came.iter().filter(|span| span.attributes.contains_key("db.system.name")).collect();
    ensure!(statements.iter().any(|span| span.parent == batch.id), "what the batch asked the database: {statements:?}");
    ensure!(!came.iter().any(|span| span.name.contains("/products")), "nobody asked for that one to be traced");
    let everything = format!("{came:?}");
    for secret in [shop.key.as_str(), "127.0.0.1", "tests"] {
        ensure!(!everything.contains(secret), "{secret} in {everything}");
    }
    let line = log(shop).into_iter().find(|line| line["trace_id"] == TRACE).context("a line of the log")?;
    ensure!(line["span_id"] == request.id.as_str() && line["role"] == "warehouse,dashboard", "{line}");
    ensure!(line["user_id"].is_string() && line["request_id"].is_string() && line["duration_ms"].is_f64(), "{line}");
    Ok(())
}

#[test]
fn a_sale_is_followed_from_the_request_to_the_commit_on_each_database() -> Result<()> {
    let (one, other) = (Collector::start()?, Collector::start()?);
    let shop = Shop::of(traced(Installation::new()?, &one.url(), "0"), None)?;
    a_sale_is_followed_from_the_request_to_the_commit(&shop, &one)?;
    let database = postgres::fresh_database()?;
    let shop = Shop::of(traced(Installation::on_postgres(database.url())?, &other.url(), "0"), Some(database))?;
    a_sale_is_followed_from_the_request_to_the_commit(&shop, &other)
}

#[test]
fn a_hundred_of_a_hundred_are_traced_a_job_is_linked_and_the_last_spans_are_not_lost() -> Result<()> {
    let collector = Collector::start()?;
    let shop = Shop::of(traced(Installation::new()?, &collector.url(), "100"), None)?;
    let mut server = shop.serve()?;
    let mut client = server.client(&shop.key).patience(HANG);
    let answer = client.send("POST", "/api/v1/ledger/centro/verify", &[], b"")?;
    ensure!(answer.status == 202, "{}", answer.text());
    let missing = client.get("/api/v1/products/NONE")?;
    let problem = missing.json()?;
    let told = missing.header("traceresponse").context("traceresponse")?;
    ensure!(problem["trace_id"].as_str().is_some_and(|id| id.len() == 32 && told.contains(id)), "{problem} {told}");
    server.terminate(PATIENCE)?;
    let came = collector.spans()?;
    let find = |name: &str| came.iter().find(|span| span.name == name).with_context(|| format!("{name} in {came:?}"));
    let (asked, job) = (find("POST /api/v1/ledger/{site}/verify")?, find("job verify")?);
    ensure!(job.links == [asked.id.clone()] && job.parent.is_empty(), "{job:?}");
    find("GET /api/v1/products/{sku}")?;
    let traces: BTreeMap<&str, usize> = came.iter().fold(BTreeMap::new(), |mut all, span| {
        *all.entry(span.trace.as_str()).or_default() += 1;
        all
    });
    ensure!(traces.len() > 2, "each request has a trace of its own: {traces:?}");
    Ok(())
}

/// The figure of a series.
pub(crate) fn figure(client: &mut Client, series: &str) -> Option<f64> {
    let page = figures::metrics(client).ok()?;
    page.lines().find_map(|line| line.strip_prefix(series)?.trim().parse().ok())
}

fn sells_while_the_collector_is_gone(server: &Running, shop: &Shop, collector: Option<&Collector>) -> Result<()> {
    let mut client = server.client(&shop.key).patience(HANG);
    add_product(&mut client, "A", "unit")?;
    post_ok(&mut client, &posting(1, "receipt", &json!([{"sku": "A", "quantity": "3", "line_cost": "30"}])))?;
    let lost = wait_until(PATIENCE, || figure(&mut client, r#"gondola_trace_spans_total{outcome="lost"}"#) > Some(0.0));
    ensure!(lost, "{:?}", figures::metrics(&mut client));
    let said = |words: &str| log(shop).iter().filter(|line| line["message"] == words).count();
    ensure!(wait_until(PATIENCE, || said("traces are lost") == 1), "{}", server.log());
    let Some(collector) = collector else { return Ok(()) };
    collector.behave(Manner::Takes);
    let again = wait_until(PATIENCE, || {
        // Each look makes spans to hand over.
        figure(&mut client, r#"gondola_trace_spans_total{outcome="sent"}"#) > Some(0.0)
            && said("traces are taken again") == 1
    });
    ensure!(again && said("traces are lost") == 1, "{}", server.log());
    Ok(())
}

#[test]
fn a_collector_that_refuses_or_is_not_there_costs_its_spans_and_is_told_once() -> Result<()> {
    let collector = Collector::start()?;
    collector.behave(Manner::Refuses);
    let shop = Shop::of(traced(Installation::new()?, &collector.url(), "100"), None)?;
    sells_while_the_collector_is_gone(&shop.serve()?, &shop, Some(&collector))?;
    let nobody = format!("http://127.0.0.1:{}", free_port()?);
    let shop = Shop::of(traced(Installation::new()?, &nobody, "100"), None)?;
    sells_while_the_collector_is_gone(&shop.serve()?, &shop, None)
}

/// What is said in every line, and what in that of a request.
const ALWAYS: [&str; 6] = ["timestamp", "level", "service", "role", "target", "message"];
const OF_A_REQUEST: [&str; 8] = ["request_id", "trace_id", "span_id", "user_id", "client", "method", "path", "key"];

#[test]
fn each_line_of_the_log_has_every_field_and_numbers_are_numbers() -> Result<()> {
    let collector = Collector::start()?;
    let shop = Shop::of(traced(Installation::new()?, &collector.url(), "100"), None)?;
    let server = shop.serve()?;
    let answer = server.client(&shop.key).patience(HANG).get("/api/v1/products?limit=5")?;
    let request = answer.header("x-request-id").context("x-request-id")?.to_owned();
    let find = || log(&shop).into_iter().find(|line| line["request_id"] == request.as_str());
    ensure!(wait_until(PATIENCE, || find().is_some()), "{}", server.log());
    let line = find().context("its line")?;
    for name in ALWAYS.iter().chain(&OF_A_REQUEST) {
        ensure!(line[*name].as_str().is_some_and(|text| !text.is_empty()), "{name} in {line}");
    }
    ensure!(line["duration_ms"].as_f64().is_some_and(|ms| ms > 0.0) && line["status"] == 200, "{line}");
    ensure!(line["level"] == "info" && line["service"] == "gondola" && line["path"] == "/api/v1/products", "{line}");
    let told = answer.header("traceresponse").context("traceresponse")?;
    let ids = [&line["trace_id"], &line["span_id"]].map(|id| id.as_str().unwrap_or_default());
    ensure!(told == format!("00-{}-{}-01", ids[0], ids[1]), "{told} {line}");
    for line in log(&shop) {
        ensure!(ALWAYS.iter().all(|name| line[*name].is_string()), "{line}");
        ensure!(["debug", "info", "warn", "error"].iter().any(|level| line["level"] == *level), "{line}");
    }
    Ok(())
}

#[test]
fn without_a_collector_a_trace_is_only_named() -> Result<()> {
    let shop = Shop::on_sqlite()?;
    let server = shop.serve()?;
    let mut client = server.client(&shop.key).patience(HANG);
    ensure!(client.get("/api/v1/products")?.header("traceresponse").is_none());
    let mut client = client.with_header("traceparent", PARENT);
    ensure!(client.get("/api/v1/products")?.header("traceresponse").is_some_and(|told| told.contains(TRACE)));
    ensure!(client.get("/api/v1/products/NONE")?.json()?["trace_id"] == TRACE);
    let mut odd = server.client(&shop.key).with_header("traceparent", "00-zz").patience(HANG);
    ensure!(odd.get("/api/v1/products")?.status == 200);
    Ok(())
}

#[test]
fn the_log_goes_into_a_file_for_the_day_and_its_level_changes_while_it_runs() -> Result<()> {
    let installation = Installation::new()?;
    let logs = installation.folder().join("logs");
    let installation =
        installation.with("GONDOLA_LOG_DIR", &logs.display().to_string()).with("GONDOLA_LOG_LEVEL", "warn");
    let shop = Shop::of(installation, None)?;
    let server = shop.serve()?;
    let mut client = server.client(&shop.key).patience(HANG);
    let lines = || -> usize {
        let files = fs::read_dir(&logs).into_iter().flatten().flatten().filter(|file| !file.path().is_symlink());
        files.map(|file| fs::read_to_string(file.path()).unwrap_or_default().matches("/api/v1/products").count()).sum()
    };
    client.get("/api/v1/products")?;
    ensure!(client.get("/api/v1/log-level")?.json()? == json!({"level": "warn"}) && lines() == 0);
    let put = |client: &mut Client, level: &str| {
        let body = json!({"level": level}).to_string();
        client.send("PUT", "/api/v1/log-level", &[("Content-Type", "application/json")], body.as_bytes())
    };
    ensure!(put(&mut client, "nonsense")?.status == 422);
    ensure!(put(&mut client, "info")?.status == 200);
    client.get("/api/v1/products")?;
    ensure!(wait_until(PATIENCE, || lines() == 1), "{}", lines());
    ensure!(fs::read_to_string(logs.join("gondola.log"))?.contains("/api/v1/products"), "by the name that stays");
    ensure!(put(&mut client, "warn")?.status == 200);
    client.get("/api/v1/products")?;
    ensure!(client.get("/api/v1/log-level")?.json()? == json!({"level": "warn"}) && lines() == 1);
    let told = shop.installation.ok(&["audit", "list", "--json"])?;
    ensure!(told.contains("log.level"), "{told}");
    Ok(())
}
