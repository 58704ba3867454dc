//! The second factor.

use access::{Role, totp::step_at};
use anyhow::{Result, ensure};
use domain::{Clock, audit::Action};
use serde_json::json;

use crate::shop::{PASSWORD, Shop};

both! {
    owners_and_operators_must_have_one_before_anything_else
    setting_one_up_is_asked_for_with_the_password
    whoever_has_one_is_asked_for_it_and_a_code_is_good_once
    a_recovery_code_is_good_once
    recovery_codes_are_renewed_with_the_password
    only_whoever_needs_none_may_take_it_off
    the_secret_is_nowhere_in_the_database
    a_code_is_no_good_for_another_session
}

async fn owners_and_operators_must_have_one_before_anything_else(shop: &Shop) -> Result<()> {
    for (login, role, demanded) in
        [("ana", Role::Owner, true), ("beto", Role::Operator, true), ("caro", Role::Manager, false)]
    {
        let mut browser = shop.add(login, role, &[]).await?;
        let next = browser.next().await?;
        ensure!(next == if demanded { json!("second_factor") } else { json!(null) }, "{login}: {next}");
        if !demanded {
            browser.get("/api/v1/users").await?.is(200, "")?;
            continue;
        }
        browser.get("/api/v1/users").await?.is(403, "second_factor_needed")?;
        browser.get("/api/v1/me/sessions").await?.is(403, "second_factor_needed")?;
        browser.post("/api/v1/me/totp/confirm", json!({"code": "000000"})).await?.is(409, "no_second_factor")?;
        browser.set_factor_up().await?;
        ensure!(browser.next().await?.is_null());
        browser.get("/api/v1/users").await?.is(200, "")?;
    }
    Ok(())
}

async fn setting_one_up_is_asked_for_with_the_password(shop: &Shop) -> Result<()> {
    let mut ana = shop.add("ana", Role::Manager, &[]).await?;
    let path = "/api/v1/me/totp";
    let (person, _) = shop.access.user(access::Doer::CommandLine, "ana").await?;
    for (body, fault) in [
        (None, "required"),
        (Some(json!({})), "required"),
        (Some(json!({"current_password": "otra"})), "wrong_password"),
    ] {
        let answer = ana.send("POST", path, body).await?.is(422, "invalid")?;
        let error = &answer.body["errors"][0];
        ensure!(error["field"] == "current_password" && error["code"] == fault, "{}", answer.body);
        ensure!(store::person::factor(&shop.db, person.id).await?.is_none(), "nothing was begun");
    }
    ana.post(path, json!({"current_password": PASSWORD})).await?.is(200, "").map(drop)
}

async fn whoever_has_one_is_asked_for_it_and_a_code_is_good_once(shop: &Shop) -> Result<()> {
    let (_, shared, _) = shop.add_with_factor("ana", Role::Owner).await?;
    let code = |offset: i64| shared.code(step_at(shop.hand.now()) + offset);
    let mut ana = shop.browser();
    let half = ana.login("ana", PASSWORD).await?.is(200, "")?;
    ensure!(half.body["me"]["user"]["next"] == "code", "{}", half.body);
    let before = ana.token();
    // Half in is not in.
    ana.get("/api/v1/users").await?.is(401, "unauthorized")?;
    ana.get("/api/v1/me/sessions").await?.is(401, "unauthorized")?;
    ana.post("/api/v1/me/password", json!({"current_password": PASSWORD, "new_password": "perro verde sin cola"}))
        .await?
        .is(401, "unauthorized")?;
    // The code that set it up was used by that.
    ana.post("/api/v1/auth/totp", json!({"code": code(0)})).await?.is(422, "invalid")?;
    let far = code(2);
    ana.post("/api/v1/auth/totp", json!({"code": far})).await?.is(422, "invalid")?;
    shop.hand.pass_seconds(30);
    let spaced = format!("{} {}", &code(0)[..3], &code(0)[3..]);
    ana.post("/api/v1/auth/totp", json!({"code": spaced})).await?.is(200, "")?;
    ensure!(ana.token() != before, "the session goes on under another token");
    ana.get("/api/v1/users").await?.is(200, "")?;
    ana.post("/api/v1/auth/totp", json!({"code": code(0)})).await?.is(409, "no_code_asked")?;
    let mut again = shop.browser();
    again.login("ana", PASSWORD).await?.is(200, "")?;
    again.post("/api/v1/auth/totp", json!({"code": code(0)})).await?.is(422, "invalid")?;
    again.post("/api/v1/auth/totp", json!({"code": code(-1)})).await?.is(422, "invalid")?;
    again.post("/api/v1/auth/totp", json!({"code": code(1)})).await?.is(200, "")?;
    let mut old = shop.browser();
    old.with_token(before);
    old.get("/api/v1/me").await?.is(401, "unauthorized")?;
    // Whoever waits too long between password and code begins again.
    let mut slow = shop.browser();
    slow.login("ana", PASSWORD).await?.is(200, "")?;
    shop.hand.pass_seconds(601);
    slow.post("/api/v1/auth/totp", json!({"code": code(0)})).await?.is(401, "unauthorized").map(drop)
}

async fn a_recovery_code_is_good_once(shop: &Shop) -> Result<()> {
    let (_, _, codes) = shop.add_with_factor("ana", Role::Owner).await?;
    ensure!(codes.len() == 10);
    let mut ana = shop.browser();
    ana.login("ana", PASSWORD).await?.is(200, "")?;
    let typed = codes[3].to_uppercase().replace('-', " ");
    ana.post("/api/v1/auth/totp", json!({"code": typed})).await?.is(200, "")?;
    let mut again = shop.browser();
    again.login("ana", PASSWORD).await?.is(200, "")?;
    again.post("/api/v1/auth/totp", json!({"code": codes[3]})).await?.is(422, "invalid")?;
    again.post("/api/v1/auth/totp", json!({"code": codes[4]})).await?.is(200, "")?;
    let used = shop.events().await?.iter().filter(|event| event.action == Action::RecoveryCodeUsed).count();
    ensure!(used == 2);
    Ok(())
}

async fn recovery_codes_are_renewed_with_the_password(shop: &Shop) -> Result<()> {
    let (mut ana, _, codes) = shop.add_with_factor("ana", Role::Owner).await?;
    let path = "/api/v1/me/recovery-codes";
    ana.post(path, json!({"current_password": "otra"})).await?.is(422, "invalid")?;
    let told = ana.post(path, json!({"current_password": PASSWORD})).await?.is(200, "")?;
    let new = told.body["recovery_codes"][0].as_str().unwrap_or_default().to_owned();
    let mut again = shop.browser();
    again.login("ana", PASSWORD).await?.is(200, "")?;
    again.post("/api/v1/auth/totp", json!({"code": codes[0]})).await?.is(422, "invalid")?;
    again.post("/api/v1/auth/totp", json!({"code": new})).await?.is(200, "").map(drop)
}

async fn only_whoever_needs_none_may_take_it_off(shop: &Shop) -> Result<()> {
    let (mut owner, ..) = shop.add_with_factor("ana", Role::Owner).await?;
    let (mut manager, ..) = shop.add_with_factor("beto", Role::Manager).await?;
    let path = "/api/v1/me/totp/remove";
    owner.post(path, json!({"current_password": PASSWORD})).await?.is(409, "second_factor_demanded")?;
    owner.send("POST", "/api/v1/me/totp", None).await?.is(409, "second_factor_there")?;
    manager.post(path, json!({"current_password": "otra"})).await?.is(422, "invalid")?;
    manager.post(path, json!({"current_password": PASSWORD})).await?.is(204, "")?;
    let mut again = shop.browser();
    again.login("beto", PASSWORD).await?.is(200, "")?;
    ensure!(again.next().await?.is_null());
    again
        .post("/api/v1/me/recovery-codes", json!({"current_password": PASSWORD}))
        .await?
        .is(409, "no_second_factor")?;
    Ok(())
}

async fn the_secret_is_nowhere_in_the_database(shop: &Shop) -> Result<()> {
    let (_, shared, codes) = shop.add_with_factor("ana", Role::Owner).await?;
    let (ana, _) = shop.access.user(access::Doer::CommandLine, "ana").await?;
    let kept = store::sealed::get(&shop.db, "person.totp", &ana.id.to_string()).await?.unwrap_or_default();
    ensure!(kept.len() > 20 && !kept.windows(20).any(|window| window == shared.bytes()));
    ensure!(store::person::recovery_left(&shop.db, ana.id).await? == i64::try_from(codes.len())?);
    Ok(())
}

async fn a_code_is_no_good_for_another_session(shop: &Shop) -> Result<()> {
    let (_, shared, _) = shop.add_with_factor("ana", Role::Owner).await?;
    shop.add_with_factor("beto", Role::Manager).await?;
    shop.hand.pass_seconds(60);
    let code = shared.code(step_at(shop.hand.now()));
    let mut beto = shop.browser();
    beto.login("beto", PASSWORD).await?.is(200, "")?;
    beto.post("/api/v1/auth/totp", json!({"code": code})).await?.is(422, "invalid").map(drop)
}
