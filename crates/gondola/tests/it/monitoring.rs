//! What is shipped for Prometheus, Alertmanager and Grafana, held against a running server.
//!
//! Invariant: every figure that a rule or a board names is on the page of a server.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::net::UnixDatagram;
use std::time::Duration;

use anyhow::{Context, ensure};
use serde_json::{Value, json};
use testkit::Result;
use testkit::binary::Installation;
use testkit::monitoring::{Alertmanager, Prometheus, all_shipped, shipped};
use testkit::process::wait_until;

use crate::backups::with_identity;
use crate::figures;
use crate::shop::{HANG, Shop, add_product, post_ok, posting};

const PATIENCE: Duration = Duration::from_secs(60);
/// Told only over TLS, which has tests of its own.
const ELSEWHERE: [&str; 2] = ["gondola_certificate_expires_seconds", "gondola_certificate_reloads_total"];
const PREFIXES: [&str; 4] = ["gondola_", "dashboard_", "http_server_", "process_"];

/// The figures that a text names, without what a histogram adds to its name.
fn named(text: &str) -> BTreeSet<String> {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != ':');
    let figures = words.filter(|word| PREFIXES.iter().any(|prefix| word.starts_with(prefix)));
    figures
        .map(|word| {
            ["_bucket", "_sum", "_count"].iter().find_map(|end| word.strip_suffix(end)).unwrap_or(word).to_owned()
        })
        .collect()
}

/// The lines of a rule file that are expressions, also those that go on over several lines.
fn expressions(rules: &str) -> String {
    let mut within = false;
    let mut found = String::new();
    for line in rules.lines() {
        let starts = line.trim_start().starts_with("expr:");
        within = starts || within && line.starts_with("          ");
        if within {
            found.push_str(line);
            found.push('\n');
        }
    }
    found
}

fn everything_named() -> Result<BTreeSet<String>> {
    let mut all = BTreeSet::new();
    for path in all_shipped("prometheus/rules", ".yml")? {
        all.extend(named(&expressions(&fs::read_to_string(path)?)));
    }
    for path in all_shipped("grafana/boards", ".json")? {
        let board: Value = serde_json::from_str(&fs::read_to_string(path)?)?;
        let panels = board["panels"].as_array().context("panels")?;
        for target in panels.iter().flat_map(|panel| panel["targets"].as_array().into_iter().flatten()) {
            all.extend(named(target["expr"].as_str().context("expr")?));
        }
    }
    Ok(all)
}

#[test]
fn every_figure_named_in_rules_and_boards_is_emitted() -> Result<()> {
    let installation = with_identity(Installation::new()?)?;
    let installation = installation.with("GONDOLA_BACKUP_EVERY_MINUTES", "60").with("GONDOLA_BACKUP_DRILL_DAYS", "7");
    let store = tempfile::tempdir()?;
    let installation = installation.with("GONDOLA_OBJECT_STORE_URL", &format!("file://{}", store.path().display()));
    let shop = Shop::of(installation, None)?;
    // When the last backup and drill were is told once there was one.
    shop.installation.ok(&["backup"])?;
    shop.installation.ok(&["drill"])?;
    let server = shop.serve()?;
    let mut client = server.client(&shop.key).patience(HANG);
    add_product(&mut client, "A", "unit")?;
    post_ok(&mut client, &posting(1, "receipt", &json!([{"sku": "A", "quantity": "3", "line_cost": "30"}])))?;
    // As are the faults a verification found.
    let verifying = client.post("/api/v1/ledger/centro/verify", &Value::Null)?;
    ensure!(verifying.status == 202, "{} {}", verifying.status, verifying.text());
    let wanted = everything_named()?;
    ensure!(wanted.len() > 40, "few were found: {wanted:?}");
    let mut missing = BTreeSet::new();
    // The figures of the shop come with the first look at it.
    let all_there = wait_until(PATIENCE, || {
        let served = figures::metrics(&mut client).map(|page| figures::families(&page)).unwrap_or_default();
        missing = wanted.iter().filter(|name| !served.contains(*name)).cloned().collect();
        missing.retain(|name| !ELSEWHERE.contains(&name.as_str()));
        missing.is_empty()
    });
    ensure!(all_there, "not emitted: {missing:?}");
    Ok(())
}

#[test]
fn names_are_found_in_expressions_and_nowhere_else() {
    let rules = "- alert: X\n        expr: rate(gondola_a_total[5m]) / http_server_b_bucket\n        for: 1m\n      - record: gondola:c\n        expr: >-\n          \
                 process_d\n          and up\n        labels: { gondola_e: x }\n";
    let expected = ["gondola_a_total", "http_server_b", "process_d"].map(str::to_owned);
    assert_eq!(named(&expressions(rules)), BTreeSet::from(expected));
}

/// The shipped rules, waiting shorter before they tell: a test has no minutes.
fn rules(patience: &str) -> Result<Vec<(&'static str, String)>> {
    let hurried = |text: String| -> String {
        let quick = |line: &str| {
            if line.trim_start().starts_with("for: ") { format!("        for: {patience}") } else { line.to_owned() }
        };
        text.lines().map(|line| quick(line) + "\n").collect()
    };
    let of = |name: &'static str| anyhow::Ok((name, hurried(shipped(&format!("prometheus/rules/{name}"))?)));
    Ok(vec![of("alerts.yml")?, of("slo.yml")?])
}

#[test]
fn prometheus_reads_the_figures_and_tells_when_the_service_is_down() -> Result<()> {
    let shop = Shop::on_sqlite()?;
    let mut server = shop.serve()?;
    let prometheus = Prometheus::start(server.address(), &shop.key, &rules("2s")?)?;
    let value = |expression: &str| -> Option<String> {
        let said = prometheus.ask(&format!("query?query={expression}")).ok()?;
        said["data"]["result"][0]["value"][1].as_str().map(str::to_owned)
    };
    let scraped =
        wait_until(PATIENCE, || value("up").as_deref() == Some("1") && value("gondola_degradation_level").is_some());
    ensure!(scraped, "{}", prometheus.ask("targets")?);
    let mut broken = Vec::new();
    let evaluated = wait_until(PATIENCE, || {
        broken = prometheus.broken_rules().unwrap_or_else(|error| vec![error.to_string()]);
        broken.is_empty() && value("gondola:errors:ratio_rate5m").is_some()
    });
    ensure!(evaluated, "{broken:?}");
    ensure!(!prometheus.firing()?.contains("ServiceDown"), "while it answers");
    server.kill()?;
    let told = wait_until(PATIENCE, || prometheus.firing().is_ok_and(|firing| firing.contains("ServiceDown")));
    ensure!(told, "{:?}", prometheus.firing());
    Ok(())
}

#[test]
fn one_alert_says_why_and_those_that_follow_from_it_are_silent() -> Result<()> {
    let alertmanager = Alertmanager::start(&shipped("alertmanager/alertmanager.yml")?)?;
    let mut client = alertmanager.client();
    let alert = |name: &str, severity: &str, family: &str, instance: &str| json!({"labels": {"alertname": name, "severity": severity, "family": family, "instance": instance}});
    let sent = client.post(
        "/api/v2/alerts",
        &json!([
            alert("ServiceDown", "critical", "down", "one"),
            alert("MemoryShort", "warning", "memory", "one"),
            alert("MemoryShort", "warning", "memory", "other"),
            alert("DatabaseDown", "critical", "level", "other"),
            alert("BreakerOpen", "warning", "breaker", "other"),
            alert("BudgetBurnsFast", "critical", "promise", ""),
            alert("LatencyRaised", "warning", "latency", ""),
            alert("DiskFilling", "critical", "disk", "other"),
            alert("MemoryGrowing", "warning", "growth", "third"),
            alert("MemoryGrowingFast", "critical", "growth", "third"),
        ]),
    )?;
    ensure!(sent.status == 200, "{} {}", sent.status, sent.text());
    let mut heard = BTreeSet::new();
    let expected =
        ["DatabaseDown other", "DiskFilling other", "MemoryGrowingFast third", "MemoryShort other", "ServiceDown one"];
    let settled = wait_until(PATIENCE, || {
        let said = client.get("/api/v2/alerts").and_then(|answer| answer.json()).unwrap_or_default();
        let alerts = said.as_array().cloned().unwrap_or_default();
        let active = alerts.iter().filter(|alert| alert["status"]["inhibitedBy"].as_array().is_some_and(Vec::is_empty));
        let name = |alert: &Value| {
            let label = |name: &str| alert["labels"][name].as_str().unwrap_or_default().to_owned();
            format!("{} {}", label("alertname"), label("instance"))
        };
        heard = active.map(name).collect();
        alerts.len() == 10 && heard.iter().map(String::as_str).eq(expected)
    });
    ensure!(settled, "{heard:?}");
    Ok(())
}

#[test]
fn the_service_manager_hears_that_the_server_is_ready_that_it_lives_and_that_it_stops() -> Result<()> {
    let shop = Shop::on_sqlite()?;
    let path = shop.installation.folder().join("notify");
    let socket = UnixDatagram::bind(&path)?;
    socket.set_read_timeout(Some(PATIENCE))?;
    let Shop { installation, .. } = shop;
    let installation = installation.with("NOTIFY_SOCKET", &path.display().to_string()).with("WATCHDOG_USEC", "200000");
    let mut server = installation.serve()?;
    let heard = || -> Result<String> {
        let mut room = [0; 512];
        let length = socket.recv(&mut room)?;
        Ok(String::from_utf8_lossy(&room[..length]).into_owned())
    };
    ensure!(heard()? == format!("READY=1\nSTATUS=listening on {}", server.address()));
    ensure!((heard()?, heard()?) == ("WATCHDOG=1".to_owned(), "WATCHDOG=1".to_owned()));
    server.terminate(PATIENCE)?;
    let mut last = heard()?;
    while last == "WATCHDOG=1" {
        last = heard()?;
    }
    ensure!(last == "STOPPING=1", "{last}");
    Ok(())
}
