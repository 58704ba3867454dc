//! What a running server tells of itself: figures, components, level.
//!
//! Invariant: the runbook's list of figures is the list of what is served, in both directions.

use std::collections::BTreeSet;
use std::fs;
use std::time::Duration;

use anyhow::{Context, ensure};
use serde_json::json;
use testkit::binary::Installation;
use testkit::http::Client;
use testkit::postgres::Server;
use testkit::process::wait_until;
use testkit::{Result, workspace_root};

use crate::shop::{HANG, Shop, add_product, post_ok, posting};

pub(crate) fn metrics(client: &mut Client) -> Result<String> {
    let answer = client.get("/metrics")?;
    ensure!(answer.status == 200, "{} {}", answer.status, answer.text());
    ensure!(answer.header("content-type") == Some("text/plain; version=0.0.4; charset=utf-8"));
    Ok(answer.text())
}

/// The families on a page, by their `# TYPE` lines.
pub(crate) fn families(page: &str) -> BTreeSet<String> {
    let typed = page.lines().filter_map(|line| line.strip_prefix("# TYPE "));
    typed.filter_map(|line| line.split(' ').next()).map(str::to_owned).collect()
}

/// What stands in the rows of figures that a fresh server in the clear has none of; those have tests of their own.
const ELSEWHERE: [&str; 6] = [
    "only over TLS",
    "only with a cache",
    "only with an object store",
    "only with a model",
    "only with pages that run apart",
    "only once there was one",
];

/// The families in the runbook's table: the first cell of each row, without labels.
fn documented() -> Result<BTreeSet<String>> {
    let runbook = fs::read_to_string(workspace_root().join("docs/runbook.md"))?;
    let section = runbook.split("### Figures").nth(1).context("a section on figures")?;
    let section = section.split("\n#").next().unwrap_or_default();
    let spoken_here = section.lines().filter(|line| !ELSEWHERE.iter().any(|words| line.contains(words)));
    let named = spoken_here.filter_map(|line| line.strip_prefix("| `")?.split(['`', '{']).next());
    Ok(named.map(str::to_owned).collect())
}

/// The figure of a series, written as on the page.
fn figure(page: &str, series: &str) -> Result<f64> {
    let found = page.lines().find_map(|line| line.strip_prefix(series)?.strip_prefix(' '));
    Ok(found.with_context(|| format!("no {series} in\n{page}"))?.parse()?)
}

fn the_figures_are_those_of_the_runbook_and_count_what_happened(shop: &Shop) -> Result<()> {
    let server = shop.serve()?;
    let mut client = server.client(&shop.key).patience(HANG);
    add_product(&mut client, "A", "unit")?;
    let receipt = posting(1, "receipt", &json!([{"sku": "A", "quantity": "3", "line_cost": "30"}]));
    post_ok(&mut client, &receipt)?;
    ensure!(client.post("/api/v1/postings", &receipt)?.status == 200, "a repetition");
    let too_many = posting(2, "sale", &json!([{"sku": "A", "quantity": "4"}]));
    ensure!(client.post("/api/v1/postings", &too_many)?.status == 409, "a refusal");
    let page = metrics(&mut client)?;
    let (served, told) = (families(&page), documented()?);
    ensure!(served == told, "not told: {:?}; not served: {:?}", &served - &told, &told - &served);
    for (series, expected) in [
        (r#"gondola_postings_total{kind="receipt",outcome="posted"}"#, 1.0),
        (r#"gondola_postings_total{kind="receipt",outcome="duplicate"}"#, 1.0),
        (r#"gondola_postings_total{kind="sale",outcome="rejected"}"#, 1.0),
        ("gondola_movements_total", 1.0),
        ("gondola_batch_movements_count", 1.0),
        ("gondola_commit_duration_seconds_count", 1.0),
        ("gondola_queue_depth", 0.0),
        ("gondola_queue_capacity", 8192.0),
        ("http_server_active_connections", 1.0),
        ("http_server_active_requests", 1.0),
        (r#"http_server_request_duration_seconds_count{route="/api/v1/postings",method="POST",status="4xx"}"#, 1.0),
        (r#"http_server_responses_total{code="409"}"#, 1.0),
    ] {
        let found = figure(&page, series)?;
        ensure!((found - expected).abs() < f64::EPSILON, "{series} is {found}, not {expected}");
    }
    ensure!(figure(&page, "process_resident_memory_bytes")? > 1e6);
    // Where the data is in memory, as on tmpfs, nothing is written to a disk.
    for direction in ["read", "write"] {
        figure(&page, &format!(r#"process_disk_io_bytes_total{{disk_io_direction="{direction}"}}"#))?;
    }
    for direction in ["receive", "transmit"] {
        figure(&page, &format!(r#"process_network_io_bytes_total{{network_io_direction="{direction}"}}"#))?;
    }
    // 2 where the machine that runs the tests is short of disk or memory.
    ensure!((1.0..=2.0).contains(&figure(&page, "gondola_degradation_level")?));
    Ok(())
}

#[test]
fn figures_count_what_happened_on_each_database() -> Result<()> {
    Shop::on_each_database(the_figures_are_those_of_the_runbook_and_count_what_happened)
}

/// The series on a page, but for those by statement: what tasks ask the database for the first time makes new ones whoever asks for what.
fn series(page: &str) -> BTreeSet<&str> {
    let told = page.lines().filter(|line| !line.starts_with("gondola_db_query_duration_seconds"));
    told.filter(|line| !line.starts_with('#')).filter_map(|line| Some(line.rsplit_once(' ')?.0)).collect()
}

#[test]
fn a_thousand_odd_paths_make_no_more_series_than_one() -> Result<()> {
    let shop = Shop::on_sqlite()?;
    let server = shop.serve()?;
    let mut client = server.client(&shop.key).patience(HANG);
    // Each kind of answer once, so that its series is there.
    let ask = |client: &mut Client, n: usize| -> Result<()> {
        client.get(&format!("/secret-{n}/x?q={n}"))?;
        client.get(&format!("/api/v1/products/secret-{n}"))?;
        client.send(&format!("BREW{n}"), &format!("/assets/secret-{n}"), &[], b"")?;
        Ok(())
    };
    ask(&mut client, 0)?;
    metrics(&mut client)?;
    let before = metrics(&mut client)?;
    for n in 1..=1_000 {
        ask(&mut client, n)?;
    }
    let page = metrics(&mut client)?;
    let new: Vec<&str> = series(&page).difference(&series(&before)).copied().collect();
    ensure!(new.is_empty(), "{new:?}");
    ensure!(!page.contains("secret-") && !page.contains("BREW"), "{page}");
    let by_template = r#"dashboard_requests_by_path_total{path="/api/v1/products/{sku}"}"#;
    ensure!((figure(&page, by_template)? - 1_001.0).abs() < f64::EPSILON);
    Ok(())
}

/// Five tills at the busy hour: who they are is asked for once in five seconds each, not with every sale.
#[test]
fn credentials_are_remembered_for_more_than_eighty_of_a_hundred_requests() -> Result<()> {
    let shop = Shop::on_sqlite()?;
    let server = shop.serve()?;
    let mut tills: Vec<Client> = (0..5).map(|_| server.client(&shop.key).patience(HANG)).collect();
    add_product(&mut tills[0], "A", "unit")?;
    post_ok(&mut tills[0], &posting(1, "receipt", &json!([{"sku": "A", "quantity": "900", "line_cost": "9"}])))?;
    for n in 0..300 {
        let till = &mut tills[n % 5];
        match n % 3 {
            0 => drop(post_ok(till, &posting(10 + n, "sale", &json!([{"sku": "A", "quantity": "1"}])))?),
            1 => ensure!(till.get("/api/v1/products/A")?.status == 200),
            _ => ensure!(till.get("/api/v1/stock?limit=20")?.status == 200),
        }
    }
    let page = metrics(&mut tills[0])?;
    let hits = figure(&page, r#"gondola_cache_hits_total{cache="credentials"}"#)?;
    let misses = figure(&page, r#"gondola_cache_misses_total{cache="credentials"}"#)?;
    ensure!(misses >= 1.0 && hits > 4.0 * misses, "{hits} hits and {misses} misses");
    Ok(())
}

#[test]
fn figures_and_details_need_a_key() -> Result<()> {
    let shop = Shop::on_sqlite()?;
    let server = shop.serve()?;
    let mut nobody = Client::new(server.address()).patience(HANG);
    for path in ["/metrics", "/health/deep", "/status"] {
        ensure!(nobody.get(path)?.status == 401, "{path}");
    }
    Ok(())
}

fn every_component_is_asked(shop: &Shop) -> Result<()> {
    let server = shop.serve()?;
    let mut client = server.client(&shop.key).patience(HANG);
    let answer = client.get("/health/deep")?;
    ensure!(answer.status == 200, "{} {}", answer.status, answer.text());
    let health = answer.json()?;
    // How full this machine's disk and memory are is not ours to say.
    ensure!(health["status"] != "unhealthy", "{health}");
    let checks = health["checks"].as_object().context("checks")?;
    let names: Vec<&str> = checks.keys().map(String::as_str).collect();
    ensure!(
        names
            == [
                "backups",
                "checkpoints",
                "database",
                "disk_space",
                "encryption",
                "jobs",
                "journal",
                "ledger",
                "memory",
                "secrets",
                "volumes"
            ],
        "{names:?}"
    );
    for name in ["checkpoints", "database", "jobs", "journal", "ledger"] {
        ensure!(checks[name]["status"] == "healthy", "{name}: {}", checks[name]);
        ensure!(checks[name]["latency_ms"].is_number() && checks[name]["detail"].is_object(), "{name}");
    }
    let disk = &checks["disk_space"]["detail"];
    // A disk that others keep busy may not answer in time; what it answers must be right.
    ensure!(disk["writable"] == true || disk["error"] == "no answer in time", "{disk}");
    ensure!(checks["ledger"]["detail"]["queue_capacity"] == 8192, "{}", checks["ledger"]);
    let status = client.get("/status")?.json()?;
    ensure!(status["level"].as_u64() <= Some(2) && status["since"].is_string(), "{status}");
    ensure!(status["version"].is_string() && status["components"]["database"]["status"] == "healthy", "{status}");
    Ok(())
}

#[test]
fn every_component_is_asked_on_each_database() -> Result<()> {
    Shop::on_each_database(every_component_is_asked)
}

#[test]
fn a_lost_database_is_told_at_once_and_the_level_follows() -> Result<()> {
    let mut postgres = Server::start()?;
    let database = postgres.fresh_database()?;
    let shop = Shop::of(Installation::on_postgres(database.url())?, None)?;
    let server = shop.serve()?;
    let mut client = server.client(&shop.key).patience(HANG);
    ensure!(client.get("/health/deep")?.status == 200);
    postgres.kill()?;
    let seen = wait_until(Duration::from_secs(60), || {
        client.get("/health/deep").and_then(|answer| answer.json()).is_ok_and(|health| health["status"] == "unhealthy")
    });
    ensure!(seen, "the loss was not seen: {}", server.log());
    let status = client.get("/status")?.json()?;
    ensure!(status["components"]["database"]["status"] == "unhealthy", "{status}");
    ensure!(status["why"].as_array().is_some_and(|why| why.contains(&json!("database"))), "{status}");
    let mut nobody = Client::new(server.address()).patience(HANG);
    // Without the database it is 3; with it 1, or 2 where the machine that runs the tests is short of disk or memory.
    let mut becomes = |lost: bool| {
        wait_until(Duration::from_secs(60), || {
            nobody.get("/health").is_ok_and(|answer| (answer.header("x-degradation-level") == Some("3")) == lost)
        })
    };
    ensure!(becomes(true), "{}", server.log());
    postgres.restart()?;
    ensure!(becomes(false), "{}", server.log());
    Ok(())
}
