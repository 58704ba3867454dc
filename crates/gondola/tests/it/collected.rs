//! What a collector that is gone, refuses or hangs costs: what it would have been given, and nothing else.
//!
//! Invariant: the collector is a real server that decodes what a real one would, over HTTP and over gRPC.

use std::time::Duration;

use anyhow::ensure;
use serde_json::json;
use testkit::Result;
use testkit::binary::{Installation, Running};
use testkit::collector::{Collector, Manner};
use testkit::http::Client;
use testkit::process::{free_port, wait_until};

use crate::figures;
use crate::shop::{HANG, Shop, add_product, on_hand, post_ok, posting};
use crate::traces::{figure, log};

const PATIENCE: Duration = Duration::from_secs(30);
const KINDS: [(&str, &str); 2] = [("traces", "gondola_trace_spans_total"), ("figures", "gondola_metric_pushes_total")];

/// Hands spans of all and figures every second to a collector there.
fn told_to(installation: Installation, collector: &str) -> Installation {
    let all = [
        ("TRACE_ENDPOINT", collector),
        ("TRACE_PERCENT", "100"),
        ("METRICS_ENDPOINT", collector),
        ("METRICS_EVERY_S", "1"),
        ("LOG_FORMAT", "json"),
    ];
    all.into_iter().fold(installation, |made, (name, value)| made.with(&format!("GONDOLA_{name}"), value))
}

/// How often the log says that.
fn said(shop: &Shop, words: &str) -> usize {
    log(shop).iter().filter(|line| line["message"] == words).count()
}

/// Waits until both kinds of things were counted so; each look makes spans.
fn all_are(client: &mut Client, outcome: &str) -> Result<()> {
    for (what, name) in KINDS {
        let series = format!("{name}{{outcome=\"{outcome}\"}}");
        let came = wait_until(PATIENCE, || figure(client, &series) > Some(0.0));
        ensure!(came, "no {what} {outcome}: {}", figures::metrics(client)?);
    }
    Ok(())
}

fn goes_on_selling(client: &mut Client, numbers: std::ops::Range<usize>) -> Result<()> {
    for number in numbers {
        post_ok(client, &posting(number, "receipt", &json!([{"sku": "A", "quantity": "1", "unit_cost": "5"}])))?;
        ensure!(client.get("/api/v1/stock")?.status == 200);
    }
    Ok(())
}

fn is_taken_again(client: &mut Client, shop: &Shop, server: &Running) -> Result<()> {
    all_are(client, "sent")?;
    for (what, _) in KINDS {
        let (lost, again) = (format!("{what} are lost"), format!("{what} are taken again"));
        ensure!(wait_until(PATIENCE, || said(shop, &again) == 1), "{again}: {}", server.log());
        ensure!(said(shop, &lost) == 1, "{lost}: {}", server.log());
    }
    Ok(())
}

fn refusing_hanging_and_back(collector: &Collector) -> Result<()> {
    for manner in [Manner::Refuses, Manner::Hangs] {
        collector.behave(manner);
        let shop = Shop::of(told_to(Installation::new()?, &collector.url()), None)?;
        let mut server = shop.serve()?;
        let mut client = server.client(&shop.key).patience(HANG);
        add_product(&mut client, "A", "unit")?;
        if manner == Manner::Hangs {
            let before = collector.hung()?;
            ensure!(wait_until(PATIENCE, || collector.hung().is_ok_and(|hung| hung > before)), "{}", server.log());
        }
        goes_on_selling(&mut client, 1..20)?;
        all_are(&mut client, "lost")?;
        goes_on_selling(&mut client, 20..25)?;
        collector.behave(Manner::Takes);
        is_taken_again(&mut client, &shop, &server)?;
        ensure!(on_hand(&mut client, "A")? == "24");
        server.terminate(PATIENCE)?;
    }
    Ok(())
}

#[test]
fn a_collector_that_refuses_or_hangs_costs_what_it_was_to_be_given_over_http() -> Result<()> {
    refusing_hanging_and_back(&Collector::start()?)
}

#[test]
fn a_collector_that_refuses_or_hangs_costs_what_it_was_to_be_given_over_grpc() -> Result<()> {
    refusing_hanging_and_back(&Collector::start_grpc()?)
}

#[test]
fn a_collector_that_comes_late_is_found_and_the_last_figures_are_handed_over_on_stopping() -> Result<()> {
    for scheme in ["http", "grpc"] {
        let address = format!("127.0.0.1:{}", free_port()?);
        let shop = Shop::of(told_to(Installation::new()?, &format!("{scheme}://{address}")), None)?;
        let mut server = shop.serve()?;
        let mut client = server.client(&shop.key).patience(HANG);
        add_product(&mut client, "A", "unit")?;
        goes_on_selling(&mut client, 1..5)?;
        all_are(&mut client, "lost")?;
        let collector = Collector::at(scheme, &address)?;
        is_taken_again(&mut client, &shop, &server)?;
        goes_on_selling(&mut client, 5..8)?;
        server.terminate(PATIENCE)?;
        let posted = collector.figures()?.into_iter().find(|figure| {
            let label = |name: &str| figure.labels.get(name).map(String::as_str);
            figure.name == "gondola_postings_total"
                && label("kind") == Some("receipt")
                && label("outcome") == Some("posted")
        });
        ensure!(posted.as_ref().is_some_and(|figure| figure.grows && (figure.value - 7.0).abs() < 0.1), "{posted:?}");
    }
    Ok(())
}
