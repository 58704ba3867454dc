//! The figures on an address of their own.
//!
//! Invariant: where the figures are told apart, nothing else is, and they are told nowhere else.

use anyhow::ensure;
use testkit::Result;
use testkit::http::Client;
use testkit::process::free_port;

use crate::shop::Shop;

/// A shop that tells its figures apart, and where.
fn apart() -> Result<(Shop, String)> {
    let mut shop = Shop::on_sqlite()?;
    let address = format!("127.0.0.1:{}", free_port()?);
    shop.installation = shop.installation.with("GONDOLA_METRICS_LISTEN", &address);
    Ok((shop, address))
}

#[test]
fn figures_are_told_where_they_are_told_apart_and_nowhere_else() -> Result<()> {
    let (shop, address) = apart()?;
    let server = shop.serve()?;
    let mut key = server.client(&shop.key);
    assert_eq!(key.get("/metrics")?.status, 404);
    let document = key.get("/api/v1/openapi.json")?.json()?;
    ensure!(document["paths"]["/metrics"].is_null(), "what is not served is not described");
    let mut figures = Client::new(&address).key(&shop.key);
    let page = figures.get("/metrics")?;
    ensure!(page.status == 200 && page.text().contains("gondola_build_info"), "{}", page.text());
    assert_eq!(page.header("x-content-type-options"), Some("nosniff"));
    ensure!(page.header("x-request-id").is_some());
    let counted = figures.get("/metrics")?.text();
    ensure!(counted.contains("=\"/metrics\""), "what is asked here is counted like the rest: {counted}");
    let mut stranger = Client::new(&address);
    assert_eq!(stranger.get("/metrics")?.status, 401, "the same credential as before");
    assert_eq!(Client::new(&address).key("guess").get("/metrics")?.status, 401);
    let till = shop
        .installation
        .run(&["key", "create", "--name", "caja", "--role", "cashier", "--scope", "post"])?
        .last_line()
        .to_owned();
    assert_eq!(Client::new(&address).key(&till).get("/metrics")?.status, 403, "and the same permission");
    for probe in ["/health", "/ready"] {
        assert_eq!((stranger.get(probe)?.status, server.client("").get(probe)?.status), (200, 200), "{probe}");
    }
    for other in ["/api/v1/products", "/status", "/", "/entrar", "/docs", "/health/deep"] {
        assert_eq!(figures.get(other)?.status, 404, "{other}");
        assert_eq!(stranger.get(other)?.status, 401, "{other}");
    }
    Ok(())
}

#[test]
fn an_address_of_figures_that_is_taken_or_makes_no_sense_stops_the_start_with_a_reason() -> Result<()> {
    let (shop, address) = apart()?;
    let doctor = |expected: &str| -> Result<()> {
        let said = shop.installation.run(&["doctor"])?;
        ensure!(said.stdout.contains(expected), "{}", said.output());
        Ok(())
    };
    doctor(&address)?;
    let server = shop.serve()?;
    let second = shop.installation.run(&["serve"])?;
    ensure!(
        second.code.is_some_and(|code| code != 0) && second.stderr.contains("metrics_listen"),
        "{}",
        second.output()
    );
    ensure!(second.stderr.contains(&address), "{}", second.output());
    doctor(&format!("{address} ("))?;
    drop(server);
    let printed = shop.installation.ok(&["config", "print"])?;
    ensure!(printed.contains(&format!("metrics_listen = \"{address}\"")), "{printed}");
    let wrong = shop.installation.with("GONDOLA_METRICS_LISTEN", "everywhere").run(&["config", "print"])?;
    ensure!(wrong.code.is_some_and(|code| code != 0) && wrong.stderr.contains("METRICS_LISTEN"), "{}", wrong.output());
    Ok(())
}
