//! What is shown while the database is away.

use std::time::Duration;

use anyhow::{Result, ensure};
use axum::{body::Body, http::Request};
use domain::Stopwatch;

use crate::shop::Shop;

both! {
    a_database_that_is_away_is_told_plainly
}

async fn a_database_that_is_away_is_told_plainly(shop: Shop) -> Result<()> {
    shop.furnish().await?;
    shop.page("/").await?.shows(&["Yerba"])?;
    shop.db.close().await;
    // The session was looked up a moment ago; the page itself finds the database away.
    let page = shop.page("/").await?;
    ensure!(page.status == 503 && page.header("retry-after") == "5", "{}", page.status);
    page.shows(&[
        "Por ahora no se puede mostrar",
        "Qué pasó",
        "Qué se conservó",
        "Nada se perdió",
        "Qué hacer",
        "Volver a intentar",
    ])?;
    ensure!(!page.text.contains("ui-") && page.header("content-type").starts_with("text/html"));
    let english = shop.page("/?lang=en").await?;
    english.shows(&["It cannot be shown right now", "Nothing was lost"])?;
    // Somebody new cannot be known now: that is an outage too, not a wrong key.
    let stranger = Request::get("/")
        .header("X-API-Key", "gk_0123456789ab_0123456789abcdefghijABCDEFGHIJ0123456789abc")
        .body(Body::empty())?;
    let answer = shop.send(stranger).await?;
    ensure!(answer.status == 503 || answer.status == 303, "{}", answer.status);
    let form = shop.send(Request::get("/entrar").body(Body::empty())?).await?;
    ensure!(form.status == 200);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_hangs_or_dies_is_told_within_seconds() -> Result<()> {
    let mut server = testkit::postgres::Server::start()?;
    let shop = Shop::on_server(&server).await?;
    shop.furnish().await?;
    shop.page("/").await?.shows(&["Yerba"])?;
    let watch = Stopwatch::start();
    server.pause()?;
    let hung = shop.page("/").await?;
    server.resume()?;
    ensure!(hung.status == 503, "{}", hung.status);
    hung.shows(&["La base de datos no responde"])?;
    shop.page("/").await?.shows(&["Yerba"])?;
    server.kill()?;
    let dead = shop.page("/").await?;
    ensure!(dead.status == 503, "{}", dead.status);
    ensure!(watch.elapsed() < Duration::from_secs(20), "{:?}", watch.elapsed());
    server.restart()?;
    shop.page("/").await?.shows(&["Yerba"])
}
