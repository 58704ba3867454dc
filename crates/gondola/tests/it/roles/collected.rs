//! Traces and figures of roles that run apart, with one collector.
//!
//! Invariant: the collector is a real server that decodes what a real one would, over HTTP and over gRPC.

use std::collections::BTreeSet;

use testkit::collector::{Collector, Figure, Span};

use super::deciding::{PASSWORD, waits};
use super::*;
use crate::people::{Session, add_person, login};

fn of_role(span: &Span, role: &str) -> bool {
    span.who.get("gondola.roles").is_some_and(|roles| roles == role)
}

/// The way of what the pages asked of the warehouse: the request to the pages, their call, the request to the warehouse.
fn way<'s>(spans: &'s [Span], trace: &str) -> Option<[&'s Span; 3]> {
    let own: Vec<&Span> = spans.iter().filter(|span| span.trace == trace).collect();
    let route = |span: &Span| span.attributes.get("http.route").cloned().unwrap_or_default();
    let taken = own.iter().find(|span| of_role(span, "warehouse") && route(span).starts_with("/internal/"))?;
    let around = |inner: &Span| own.iter().find(|span| span.id == inner.parent).copied();
    let call = around(taken).filter(|span| of_role(span, "dashboard"))?;
    let asked = around(call).filter(|span| of_role(span, "dashboard") && route(span).starts_with("/aprobaciones"))?;
    Some([asked, call, taken])
}

fn of_process<'f>(figures: &'f [Figure], role: &str) -> Vec<&'f Figure> {
    figures.iter().filter(|figure| figure.who.get("gondola.roles").is_some_and(|roles| roles == role)).collect()
}

/// The names of the series on a page; of a histogram its sum and its count.
fn names(page: &str) -> BTreeSet<String> {
    let lines = page.lines().filter(|line| !line.starts_with('#') && !line.contains("_bucket{"));
    lines.filter_map(|line| line.split(['{', ' ']).next()).map(str::to_owned).collect()
}

fn both_roles_are_seen(collector: &Collector) -> Result<()> {
    let database = postgres::fresh_database()?;
    let url = collector.url();
    let settings = [("TRACE_ENDPOINT", url.as_str()), ("TRACE_PERCENT", "100"), ("METRICS_ENDPOINT", &url)];
    let installation = Installation::on_postgres(database.url())?.with("GONDOLA_DATABASE_ENCRYPTION_KEY", KEY);
    let installation = installation.with("GONDOLA_METRICS_EVERY_S", "1");
    let installation =
        settings.iter().fold(installation, |made, (name, value)| made.with(&format!("GONDOLA_{name}"), value));
    let apart = Apart::of(Shop::of(installation, Some(database))?)?;
    let (warehouse, dashboard) = (apart.warehouse()?, apart.dashboard()?);
    let mut depot = apart.client(&warehouse);
    add_product(&mut depot, "A", "unit")?;
    post_ok(&mut depot, &posting(1, "receipt", &json!([{"sku": "A", "quantity": "5", "unit_cost": "10"}])))?;
    add_person(&apart.shop.installation, &warehouse, "beto", "manager", PASSWORD)?;
    let request = waits(&mut depot, 2)?;
    let beto = Session::of(&login(&dashboard, "beto", PASSWORD)?)?;
    let approved = beto.fill(&dashboard, &request, "do=approve")?;
    ensure!(approved.status == 303, "{} {}", approved.status, approved.text());
    let trace = approved.header("traceresponse").and_then(|told| told.get(3..35)).context("traceresponse")?.to_owned();

    let whole = wait_until(KNOWN, || collector.spans().is_ok_and(|spans| way(&spans, &trace).is_some()));
    let spans = collector.spans()?;
    ensure!(whole, "{:?}", spans.iter().filter(|span| span.trace == trace).collect::<Vec<_>>());
    let [_, call, taken] = way(&spans, &trace).context("the way")?;
    ensure!(call.attributes["http.response.status_code"] == "200" && !call.failed, "{call:?}");
    ensure!(call.attributes["server.address"] == "127.0.0.1" && taken.attributes["http.request.method"] == "POST");
    let committed =
        spans.iter().any(|span| span.name == "commit batch" || span.attributes.contains_key("db.system.name"));
    ensure!(committed && !format!("{spans:?}").contains("beto"), "what the database was asked, and of no person");

    let pages =
        [("warehouse", figures::metrics(&mut depot)?), ("dashboard", figures::metrics(&mut apart.client(&dashboard))?)];
    for (role, page) in pages {
        let (expected, mut came) = (names(&page), BTreeSet::new());
        let all = wait_until(KNOWN, || {
            let figures = collector.figures().unwrap_or_default();
            came = of_process(&figures, role).iter().map(|figure| figure.name.clone()).collect();
            expected.is_subset(&came)
        });
        ensure!(all, "{role}: {:?} did not come", &expected - &came);
    }
    let posted = |figures: &[Figure]| {
        let own = of_process(figures, "warehouse");
        let posted =
            own.iter().filter(|figure| figure.name == "gondola_postings_total" && figure.labels["outcome"] == "posted");
        posted.map(|figure| figure.value).sum::<f64>()
    };
    // The receipt, and what a second person let through.
    ensure!(wait_until(KNOWN, || collector.figures().is_ok_and(|figures| (posted(&figures) - 2.0).abs() < 0.1)));
    Ok(())
}

#[test]
fn what_one_role_asks_of_another_is_one_trace_and_both_tell_their_figures_over_http() -> Result<()> {
    both_roles_are_seen(&Collector::start()?)
}

#[test]
fn what_one_role_asks_of_another_is_one_trace_and_both_tell_their_figures_over_grpc() -> Result<()> {
    both_roles_are_seen(&Collector::start_grpc()?)
}
