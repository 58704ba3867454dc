//! The first owner of an installation.

use anyhow::{Context, Result, ensure};
use serde_json::json;

use crate::shop::{PASSWORD, Shop, typed};

both! {
    the_first_start_makes_an_owner_once
    many_nodes_starting_at_once_make_one_owner
    a_shop_to_look_at_has_a_login_that_stays
}

async fn the_first_start_makes_an_owner_once(shop: &Shop) -> Result<()> {
    let password = shop.access.first_owner().await?.context("the first time")?;
    ensure!(shop.access.first_owner().await?.is_none(), "once");
    let mut owner = shop.browser();
    let answer = owner.login("owner", password.expose()).await?.is(200, "")?;
    ensure!(answer.body["me"]["user"]["next"] == "password" && answer.body["me"]["role"] == "owner");
    owner.get("/api/v1/users").await?.is(403, "password_change_needed")?;
    owner.post("/api/v1/me/password", json!({"new_password": PASSWORD})).await?.is(200, "")?;
    owner.get("/api/v1/users").await?.is(403, "second_factor_needed")?;
    owner.set_factor_up().await?;
    owner.get("/api/v1/users").await?.is(200, "").map(drop)
}

async fn many_nodes_starting_at_once_make_one_owner(shop: &Shop) -> Result<()> {
    let starts = (0..4).map(|_| shop.access.first_owner());
    let made = futures_util::future::try_join_all(starts).await?;
    ensure!(made.iter().flatten().count() == 1, "{}", made.iter().flatten().count());
    Ok(())
}

async fn a_shop_to_look_at_has_a_login_that_stays(shop: &Shop) -> Result<()> {
    for _ in 0..2 {
        shop.access.trial_owner("demo", &typed("7k2m-q9xd-04rt-hw3z")).await?;
    }
    let answer = shop.browser().login("demo", "7k2m-q9xd-04rt-hw3z").await?.is(200, "")?;
    ensure!(answer.body["me"]["role"] == "owner");
    Ok(())
}
