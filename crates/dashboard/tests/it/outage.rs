//! What is shown while the database is away.

use anyhow::{Result, ensure};
use axum::{body::Body, http::Request};

use crate::shop::Shop;

both! {
    a_database_that_is_away_is_told_plainly
}

async fn a_database_that_is_away_is_told_plainly(shop: Shop) -> Result<()> {
    shop.furnish().await?;
    shop.page("/").await?.shows(&["Yerba"])?;
    shop.db.close().await;
    // The key was verified a moment ago; the page itself finds the database away.
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
