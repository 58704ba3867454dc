//! What people change of their own.

use access::{Doer, Role};
use anyhow::{Result, ensure};
use serde_json::{Value, json};

use crate::shop::{PASSWORD, Shop};

both! {
    a_password_that_was_made_for_somebody_opens_only_its_replacement
    a_password_that_was_made_for_somebody_ends_by_itself
    a_new_password_ends_every_other_session
    passwords_that_are_tried_first_are_refused
    sessions_are_listed_and_ended
    particulars_are_changed_and_kept_encrypted
}

async fn a_password_that_was_made_for_somebody_opens_only_its_replacement(shop: &Shop) -> Result<()> {
    shop.add("ana", Role::Cashier, &[]).await?;
    let (ana, sites) = shop.access.user(Doer::CommandLine, "ana").await?;
    let made = shop.access.reset_password(Doer::CommandLine, (&ana, &sites)).await?;
    let mut browser = shop.browser();
    browser.login("ana", PASSWORD).await?.is(401, "wrong_credentials")?;
    let answer = browser.login("ana", made.expose()).await?.is(200, "")?;
    ensure!(answer.body["me"]["user"]["next"] == "password");
    browser.get("/api/v1/me/sessions").await?.is(403, "password_change_needed")?;
    browser.send("PATCH", "/api/v1/me", Some(json!({"name": "X"}))).await?.is(403, "password_change_needed")?;
    browser.post("/api/v1/me/totp", json!({})).await?.is(403, "password_change_needed")?;
    let same = json!({"new_password": made.expose()});
    let answer = browser.post("/api/v1/me/password", same).await?.is(422, "invalid")?;
    ensure!(answer.body["errors"][0]["code"] == "password_same", "{}", answer.body);
    browser.post("/api/v1/me/password", json!({"new_password": "perro verde sin cola"})).await?.is(200, "")?;
    browser.get("/api/v1/me/sessions").await?.is(200, "")?;
    shop.browser().login("ana", made.expose()).await?.is(401, "wrong_credentials").map(drop)
}

async fn a_password_that_was_made_for_somebody_ends_by_itself(shop: &Shop) -> Result<()> {
    shop.add("ana", Role::Cashier, &[]).await?;
    let (ana, sites) = shop.access.user(Doer::CommandLine, "ana").await?;
    let made = shop.access.reset_password(Doer::CommandLine, (&ana, &sites)).await?;
    shop.hand.pass_seconds(3 * 24 * 3600 - 1);
    shop.browser().login("ana", made.expose()).await?.is(200, "")?;
    shop.hand.pass_seconds(1);
    shop.browser().login("ana", made.expose()).await?.is(401, "wrong_credentials").map(drop)
}

async fn a_new_password_ends_every_other_session(shop: &Shop) -> Result<()> {
    let mut here = shop.add("ana", Role::Cashier, &[]).await?;
    let mut there = shop.browser();
    there.login("ana", PASSWORD).await?.is(200, "")?;
    let before = here.token();
    let path = "/api/v1/me/password";
    let wanted = "perro verde sin cola";
    here.post(path, json!({"new_password": wanted})).await?.is(422, "invalid")?;
    here.post(path, json!({"current_password": "otra", "new_password": wanted})).await?.is(422, "invalid")?;
    there.get("/api/v1/me").await?.is(200, "")?;
    here.post(path, json!({"current_password": PASSWORD, "new_password": wanted})).await?.is(200, "")?;
    ensure!(here.token() != before);
    here.get("/api/v1/me").await?.is(200, "")?;
    there.get("/api/v1/me").await?.is(401, "unauthorized")?;
    there.with_token(before);
    there.get("/api/v1/me").await?.is(401, "unauthorized")?;
    shop.browser().login("ana", PASSWORD).await?.is(401, "wrong_credentials")?;
    shop.browser().login("ana", wanted).await?.is(200, "").map(drop)
}

async fn passwords_that_are_tried_first_are_refused(shop: &Shop) -> Result<()> {
    let mut ana = shop.add("anamaria", Role::Cashier, &[]).await?;
    for (wanted, code) in [
        ("corta", "too_short"),
        ("supermercado2026!", "password_common"),
        ("AnaMaria-1980-1980", "password_common"),
        (PASSWORD, "password_same"),
    ] {
        let body = json!({"current_password": PASSWORD, "new_password": wanted});
        let answer = ana.post("/api/v1/me/password", body).await?.is(422, "invalid")?;
        let error = &answer.body["errors"][0];
        ensure!(error["field"] == "new_password" && error["code"] == code, "{wanted}: {}", answer.body);
    }
    Ok(())
}

async fn sessions_are_listed_and_ended(shop: &Shop) -> Result<()> {
    let mut here = shop.add("ana", Role::Cashier, &[]).await?;
    let mut beto = shop.add("beto", Role::Cashier, &[]).await?;
    let (mut there, mut third) = (shop.browser(), shop.browser());
    there.login("ana", PASSWORD).await?.is(200, "")?;
    third.login("ana", PASSWORD).await?.is(200, "")?;
    let list =
        here.get("/api/v1/me/sessions").await?.is(200, "")?.body["items"].as_array().cloned().unwrap_or_default();
    ensure!(list.len() == 3 && list.iter().filter(|session| session["current"] == true).count() == 1, "{list:?}");
    ensure!(list[0]["address"] == "192.0.2.7" && list[0]["agent"] == "test", "{list:?}");
    let theirs = list.iter().find(|session| session["current"] == false).map(|session| session["id"].clone());
    let path = format!("/api/v1/me/sessions/{}", theirs.as_ref().and_then(Value::as_str).unwrap_or_default());
    beto.send("DELETE", &path, None).await?.is(404, "not_found")?;
    here.send("DELETE", "/api/v1/me/sessions/x", None).await?.is(404, "not_found")?;
    here.send("DELETE", &path, None).await?.is(204, "")?;
    here.send("DELETE", &path, None).await?.is(404, "not_found")?;
    here.send("DELETE", "/api/v1/me/sessions", None).await?.is(204, "")?;
    for gone in [&mut there, &mut third] {
        gone.get("/api/v1/me").await?.is(401, "unauthorized")?;
    }
    here.get("/api/v1/me").await?.is(200, "")?;
    beto.get("/api/v1/me").await?.is(200, "").map(drop)
}

async fn particulars_are_changed_and_kept_encrypted(shop: &Shop) -> Result<()> {
    let mut ana = shop.add("ana", Role::Cashier, &[]).await?;
    let change =
        json!({"name": "Ana Gómez", "language": "en", "email": "ana@shop.example", "phone": "+54 9 11 5555-0000"});
    let me = ana.send("PATCH", "/api/v1/me", Some(change)).await?.is(200, "")?.body;
    ensure!(me["user"]["name"] == "Ana Gómez" && me["user"]["email"] == "ana@shop.example", "{me}");
    let (person, _) = shop.access.user(Doer::CommandLine, "ana").await?;
    let kept = store::sealed::get(&shop.db, "person.email", &person.id.to_string()).await?.unwrap_or_default();
    ensure!(!kept.is_empty() && !kept.windows(4).any(|window| window == b"ana@"));
    let me = ana.send("PATCH", "/api/v1/me", Some(json!({"email": null}))).await?.is(200, "")?.body;
    ensure!(me["user"]["email"].is_null() && me["user"]["phone"] == "+54 9 11 5555-0000", "{me}");
    for wrong in [
        json!({"email": "x"}),
        json!({"phone": "x"}),
        json!({"language": "fr"}),
        json!({"name": ""}),
        json!({"role": "owner"}),
    ] {
        ana.send("PATCH", "/api/v1/me", Some(wrong)).await?.is(422, "invalid")?;
    }
    let told = format!("{:?}", shop.events().await?);
    ensure!(!told.contains("ana@shop.example") && !told.contains("5555"), "{told}");
    Ok(())
}
