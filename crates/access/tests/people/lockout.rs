//! Being kept out after failing too often.

use std::net::Ipv4Addr;

use access::{Doer, Role};
use anyhow::{Result, ensure};
use axum::http::header;
use domain::audit::{Action, Outcome};

use crate::shop::{PASSWORD, Shop};

both! {
    ten_failures_keep_an_account_out_also_with_the_right_password
    an_account_that_does_not_exist_is_kept_out_alike
    ten_failures_keep_an_address_out_and_no_other
    coming_in_makes_failures_of_the_account_forgotten
    many_at_once_are_not_more_than_many_in_a_row
    whoever_knows_the_password_cannot_try_codes_without_end
    somebody_else_may_let_them_in_again
}

/// Fails so often, each time from another address.
async fn fail(shop: &Shop, login: &str, times: u8) -> Result<()> {
    for number in 0..times {
        let mut browser = shop.browser();
        browser.address = Ipv4Addr::new(198, 51, 100, number).into();
        browser.login(login, "una equivocada").await?.is(401, "wrong_credentials")?;
    }
    Ok(())
}

async fn ten_failures_keep_an_account_out_also_with_the_right_password(shop: &Shop) -> Result<()> {
    let mut inside = shop.add("ana", Role::Cashier, &[]).await?;
    fail(shop, "ana", 9).await?;
    shop.hand.pass_seconds(60);
    fail(shop, "ana", 1).await?;
    let answer = shop.browser().login("ana", PASSWORD).await?.is(429, "locked_out")?;
    // The first nine count until fourteen minutes from now; then there is room again.
    ensure!(answer.headers[header::RETRY_AFTER] == "840", "{:?}", answer.headers);
    inside.get("/api/v1/me").await?.is(200, "")?;
    shop.hand.pass_seconds(839);
    shop.browser().login("ana", PASSWORD).await?.is(429, "locked_out")?;
    shop.hand.pass_seconds(1);
    shop.browser().login("ana", PASSWORD).await?.is(200, "")?;
    let events = shop.events().await?;
    let locked: Vec<_> = events.iter().filter(|event| event.action == Action::LockedOut).collect();
    ensure!(locked.len() == 1 && locked[0].outcome == Outcome::Failed, "told once, when it begins: {locked:?}");
    ensure!(locked[0].resource.starts_with("user:p-"), "{locked:?}");
    Ok(())
}

async fn an_account_that_does_not_exist_is_kept_out_alike(shop: &Shop) -> Result<()> {
    fail(shop, "nadie", 10).await?;
    let answer = shop.browser().login("Nadie", PASSWORD).await?.is(429, "locked_out")?;
    ensure!(answer.headers[header::RETRY_AFTER] == "900");
    Ok(())
}

async fn ten_failures_keep_an_address_out_and_no_other(shop: &Shop) -> Result<()> {
    shop.add("ana", Role::Cashier, &[]).await?;
    for number in 0..10 {
        shop.browser().login(&format!("nadie{number}"), "x").await?.is(401, "wrong_credentials")?;
    }
    shop.browser().login("ana", PASSWORD).await?.is(429, "locked_out")?;
    let mut elsewhere = shop.browser();
    elsewhere.address = [198, 51, 100, 1].into();
    elsewhere.login("ana", PASSWORD).await?.is(200, "").map(drop)
}

async fn coming_in_makes_failures_of_the_account_forgotten(shop: &Shop) -> Result<()> {
    shop.add("ana", Role::Cashier, &[]).await?;
    for _ in 0..3 {
        fail(shop, "ana", 9).await?;
        shop.browser().login("ana", PASSWORD).await?.is(200, "")?;
        // The addresses had nine failures each only in all.
        shop.hand.pass_seconds(901);
    }
    Ok(())
}

async fn many_at_once_are_not_more_than_many_in_a_row(shop: &Shop) -> Result<()> {
    shop.add("ana", Role::Cashier, &[]).await?;
    let tries = (0..30_u8).map(|number| async move {
        let mut browser = shop.browser();
        browser.address = Ipv4Addr::new(198, 51, 100, number).into();
        browser.login("ana", "una equivocada").await.map(|answer| answer.status.as_u16())
    });
    let mut seen = futures_util::future::try_join_all(tries).await?;
    seen.sort_unstable();
    ensure!(seen.iter().filter(|status| **status == 401).count() == 10, "{seen:?}");
    ensure!(seen.iter().filter(|status| **status == 429).count() == 20, "{seen:?}");
    Ok(())
}

async fn whoever_knows_the_password_cannot_try_codes_without_end(shop: &Shop) -> Result<()> {
    let (_, shared, _) = shop.add_with_factor("ana", Role::Owner).await?;
    shop.hand.pass_seconds(60);
    let mut thief = shop.browser();
    for round in 0..5 {
        thief.address = [198, 51, 100, round].into();
        thief.login("ana", PASSWORD).await?.is(200, "")?;
        for code in ["000000", "111111"] {
            thief.post("/api/v1/auth/totp", serde_json::json!({"code": code})).await?.is(422, "invalid")?;
        }
    }
    let code = shared.code(access::totp::step_at(domain::Clock::now(&shop.hand)));
    thief.post("/api/v1/auth/totp", serde_json::json!({"code": code})).await?.is(429, "locked_out")?;
    thief.login("ana", PASSWORD).await?.is(429, "locked_out").map(drop)
}

async fn somebody_else_may_let_them_in_again(shop: &Shop) -> Result<()> {
    shop.add("ana", Role::Cashier, &[]).await?;
    fail(shop, "ana", 10).await?;
    shop.browser().login("ana", PASSWORD).await?.is(429, "locked_out")?;
    let (ana, sites) = shop.access.user(Doer::CommandLine, "ana").await?;
    ensure!(shop.access.unlock(Doer::CommandLine, (&ana, &sites)).await?);
    ensure!(!shop.access.unlock(Doer::CommandLine, (&ana, &sites)).await?, "once is enough");
    shop.browser().login("ana", PASSWORD).await?.is(200, "").map(drop)
}
