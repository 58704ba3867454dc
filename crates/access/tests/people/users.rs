//! Looking after other people's accounts.

use access::{Doer, Role};
use anyhow::{Result, ensure};
use domain::audit::Action;
use platform::secrets::KeyText;
use serde_json::{Value, json};

use crate::shop::{NOW, PASSWORD, Shop};

both! {
    an_owner_adds_changes_and_closes_an_account
    an_account_is_not_added_under_an_idempotency_key
    every_mistake_is_told_at_once
    nobody_gives_more_than_they_have
    a_manager_sees_only_the_people_of_their_sites
    nobody_looks_after_their_own_account_and_an_owner_stays
    an_owner_who_cannot_come_in_is_none_to_rely_on
    two_owners_cannot_close_each_other_out
    whoever_changed_it_meanwhile_is_not_overwritten
    another_role_ends_their_sessions
    only_whoever_may_looks_after_accounts
}

/// Stores a key of that role.
pub async fn store_key(shop: &Shop, key: &KeyText, role: Role) -> Result<()> {
    let new = store::api_key::NewApiKey {
        id: key.id().into(),
        name: "caja-1".into(),
        role: role.name().into(),
        secret_hash: key.secret_hash(),
        expires_at: None,
        limits: store::api_key::Limits::default(),
        created_by: "cli".into(),
    };
    let mut tx = shop.db.write().await?;
    store::api_key::create(&mut tx, &new, NOW).await?;
    Ok(tx.commit().await?)
}

async fn an_owner_adds_changes_and_closes_an_account(shop: &Shop) -> Result<()> {
    shop.open_site("centro").await?;
    let (mut owner, ..) = shop.add_with_factor("duena", Role::Owner).await?;
    let new =
        json!({"login": "Beto", "name": "Beto", "role": "cashier", "sites": ["centro"], "email": "b@shop.example"});
    let added = owner.post("/api/v1/users", new.clone()).await?.is(201, "")?;
    ensure!(
        added.headers["location"] == "/api/v1/users/beto" && added.body["sites"] == json!(["centro"]),
        "{}",
        added.body
    );
    let password = added.body["one_time_password"].as_str().unwrap_or_default().to_owned();
    owner.post("/api/v1/users", new).await?.is(409, "login_taken")?;
    let mut beto = shop.browser();
    beto.login("beto", &password).await?.is(200, "")?;
    beto.post("/api/v1/me/password", json!({"new_password": PASSWORD})).await?.is(200, "")?;
    ensure!(beto.get("/api/v1/me").await?.body["sites"] == json!(["centro"]));
    let user = owner.get("/api/v1/users/beto").await?.is(200, "")?.body;
    ensure!(
        user["email"] == "b@shop.example" && user["one_time_password"] == false && user["second_factor"] == false,
        "{user}"
    );
    let list = owner.get("/api/v1/users?role=cashier&site=centro").await?.is(200, "")?.body;
    ensure!(list["items"].as_array().map(Vec::len) == Some(1) && list["items"][0].get("email").is_none(), "{list}");
    owner.send("POST", "/api/v1/users/beto/disable", None).await?.is(204, "")?;
    beto.get("/api/v1/me").await?.is(401, "unauthorized")?;
    beto.login("beto", PASSWORD).await?.is(401, "wrong_credentials")?;
    owner.send("POST", "/api/v1/users/beto/enable", None).await?.is(204, "")?;
    beto.login("beto", PASSWORD).await?.is(200, "")?;
    let made = owner.send("POST", "/api/v1/users/beto/reset-password", None).await?.is(200, "")?;
    beto.get("/api/v1/me").await?.is(401, "unauthorized")?;
    let password = made.body["one_time_password"].as_str().unwrap_or_default();
    ensure!(beto.login("beto", password).await?.is(200, "")?.body["me"]["user"]["next"] == "password");
    owner.send("POST", "/api/v1/users/beto/reset-totp", None).await?.is(204, "")?;
    owner.send("POST", "/api/v1/users/beto/unlock", None).await?.is(204, "")?;
    owner.get("/api/v1/users/nadie").await?.is(404, "not_found").map(drop)
}

async fn an_account_is_not_added_under_an_idempotency_key(shop: &Shop) -> Result<()> {
    let (mut owner, ..) = shop.add_with_factor("duena", Role::Owner).await?;
    owner.repeats = Some("k1");
    let new = json!({"login": "ana", "name": "Ana", "role": "cashier"});
    let refused = owner.post("/api/v1/users", new).await?.is(400, "idempotency_of_secret")?;
    ensure!(refused.body["detail"].as_str().is_some_and(|detail| detail.contains("Idempotency-Key")), "{refused:?}");
    owner.get("/api/v1/users/ana").await?.is(404, "not_found").map(drop)
}

async fn every_mistake_is_told_at_once(shop: &Shop) -> Result<()> {
    let (mut owner, ..) = shop.add_with_factor("duena", Role::Owner).await?;
    let wrong = json!({"login": "a b", "name": "", "role": "service", "sites": "centro", "language": "fr", "email": "x", "phone": "y", "z": 1});
    let answer = owner.post("/api/v1/users", wrong).await?.is(422, "invalid")?;
    let mut fields: Vec<&str> =
        answer.body["errors"].as_array().unwrap().iter().filter_map(|error| error["field"].as_str()).collect();
    fields.sort_unstable();
    ensure!(fields == ["email", "language", "login", "name", "phone", "role", "sites", "z"], "{fields:?}");
    let unknown = json!({"login": "beto", "name": "Beto", "role": "cashier", "sites": ["centro", "norte"]});
    let answer = owner.post("/api/v1/users", unknown).await?.is(422, "invalid")?;
    ensure!(answer.body["errors"].as_array().map(Vec::len) == Some(2), "{}", answer.body);
    owner.get("/api/v1/users?role=boss").await?.is(422, "invalid")?;
    owner.get("/api/v1/users?x=1").await?.is(422, "invalid")?;
    owner.get("/api/v1/users?site=x").await?.is(404, "not_found").map(drop)
}

async fn nobody_gives_more_than_they_have(shop: &Shop) -> Result<()> {
    shop.open_site("centro").await?;
    shop.open_site("norte").await?;
    let mut manager = shop.add("mara", Role::Manager, &["centro"]).await?;
    let new =
        |role: &str, sites: Value| json!({"login": format!("x-{role}"), "name": "X", "role": role, "sites": sites});
    for (role, sites, expected) in [
        ("cashier", json!(["centro"]), None),
        ("stock_keeper", json!(["centro"]), None),
        ("cashier", json!(["norte"]), Some("sites_not_yours_to_give")),
        ("cashier", json!(null), Some("sites_not_yours_to_give")),
        ("manager", json!(["centro"]), Some("role_not_yours_to_give")),
        ("owner", json!(["centro"]), Some("role_not_yours_to_give")),
        ("operator", json!(["centro"]), Some("role_not_yours_to_give")),
    ] {
        let answer = manager.post("/api/v1/users", new(role, sites.clone())).await?;
        let told = answer.body["errors"][0]["code"].as_str().map(str::to_owned);
        ensure!(told.as_deref() == expected, "{role} {sites}: {} {}", answer.status, answer.body);
    }
    shop.add("otra", Role::Manager, &["centro"]).await?;
    let raise = json!({"role": "manager"});
    manager.send("PATCH", "/api/v1/users/x-cashier", Some(raise)).await?.is(422, "invalid")?;
    for act in ["disable", "reset-password", "reset-totp", "unlock"] {
        manager.send("POST", &format!("/api/v1/users/otra/{act}"), None).await?.is(403, "forbidden")?;
    }
    manager.send("PATCH", "/api/v1/users/otra", Some(json!({"name": "X"}))).await?.is(403, "forbidden").map(drop)
}

async fn a_manager_sees_only_the_people_of_their_sites(shop: &Shop) -> Result<()> {
    shop.open_site("centro").await?;
    shop.open_site("norte").await?;
    let mut manager = shop.add("mara", Role::Manager, &["centro"]).await?;
    for (login, sites) in
        [("uno", &["centro"][..]), ("dos", &["norte"]), ("tres", &["centro", "norte"]), ("cuatro", &[])]
    {
        shop.add(login, Role::Cashier, sites).await?;
    }
    let list = manager.get("/api/v1/users").await?.is(200, "")?.body;
    let logins: Vec<&str> =
        list["items"].as_array().unwrap().iter().filter_map(|user| user["login"].as_str()).collect();
    ensure!(logins == ["mara", "uno"], "{logins:?}");
    for (login, status, code) in
        [("uno", 200, ""), ("dos", 404, "not_found"), ("tres", 404, "not_found"), ("cuatro", 404, "not_found")]
    {
        manager.get(&format!("/api/v1/users/{login}")).await?.is(status, code)?;
    }
    manager.send("POST", "/api/v1/users/dos/disable", None).await?.is(404, "not_found")?;
    manager.get("/api/v1/users?site=norte").await?.is(404, "not_found").map(drop)
}

async fn nobody_looks_after_their_own_account_and_an_owner_stays(shop: &Shop) -> Result<()> {
    let (mut owner, ..) = shop.add_with_factor("duena", Role::Owner).await?;
    for act in ["disable", "reset-password", "reset-totp"] {
        owner.send("POST", &format!("/api/v1/users/duena/{act}"), None).await?.is(409, "not_yourself")?;
    }
    owner.send("PATCH", "/api/v1/users/duena", Some(json!({"role": "cashier"}))).await?.is(409, "not_yourself")?;
    let (person, sites) = shop.access.user(Doer::CommandLine, "duena").await?;
    let closed = shop.access.set_user_disabled(Doer::CommandLine, (&person, &sites), true).await;
    ensure!(closed.is_err_and(|problem| problem.code() == "last_owner"));
    let change = access::people::UserChange { role: Some(Role::Cashier), ..Default::default() };
    let changed = shop.access.change_user(Doer::CommandLine, (&person, &sites), &change, person.version).await;
    ensure!(changed.is_err_and(|problem| problem.code() == "last_owner"));
    Ok(())
}

async fn an_owner_who_cannot_come_in_is_none_to_rely_on(shop: &Shop) -> Result<()> {
    shop.add("duena", Role::Owner, &[]).await?;
    shop.add("beto", Role::Owner, &[]).await?;
    let (duena, every) = shop.access.user(Doer::CommandLine, "duena").await?;
    let (beto, _) = shop.access.user(Doer::CommandLine, "beto").await?;
    shop.access.reset_password(Doer::CommandLine, (&beto, &every)).await?;
    let close = async |disabled| shop.access.set_user_disabled(Doer::CommandLine, (&duena, &every), disabled).await;
    close(true).await?;
    close(false).await?;
    shop.hand.pass_seconds(3 * 24 * 3600);
    // Nobody has looked at what was handed to him, and now it opens nothing.
    let refused = close(true).await.expect_err("nobody would be left");
    ensure!(refused.code() == "last_owner", "{refused}");
    Ok(())
}

async fn two_owners_cannot_close_each_other_out(shop: &Shop) -> Result<()> {
    shop.add("ana", Role::Owner, &[]).await?;
    shop.add("beto", Role::Owner, &[]).await?;
    let (ana, beto) =
        (shop.access.user(Doer::CommandLine, "ana").await?, shop.access.user(Doer::CommandLine, "beto").await?);
    let close = |whom: &(store::person::Person, platform::http::auth::SiteScope)| {
        let whom = whom.clone();
        async move { shop.access.set_user_disabled(Doer::CommandLine, (&whom.0, &whom.1), true).await.is_ok() }
    };
    let (first, second) = tokio::join!(close(&ana), close(&beto));
    ensure!(first != second, "one of them stays: {first} {second}");
    Ok(())
}

async fn whoever_changed_it_meanwhile_is_not_overwritten(shop: &Shop) -> Result<()> {
    let (mut owner, ..) = shop.add_with_factor("duena", Role::Owner).await?;
    shop.add("beto", Role::Cashier, &[]).await?;
    let (beto, sites) = shop.access.user(Doer::CommandLine, "beto").await?;
    owner.send("PATCH", "/api/v1/users/beto", Some(json!({"name": "Beto"}))).await?.is(200, "")?;
    let change = access::people::UserChange { name: Some("X".into()), ..Default::default() };
    let stale = shop.access.change_user(Doer::CommandLine, (&beto, &sites), &change, beto.version).await;
    ensure!(stale.is_err_and(|problem| problem.code() == "stale"));
    Ok(())
}

async fn another_role_ends_their_sessions(shop: &Shop) -> Result<()> {
    let (mut owner, ..) = shop.add_with_factor("duena", Role::Owner).await?;
    let mut beto = shop.add("beto", Role::Cashier, &[]).await?;
    owner.send("PATCH", "/api/v1/users/beto", Some(json!({"name": "Alberto"}))).await?.is(200, "")?;
    ensure!(beto.get("/api/v1/me").await?.is(200, "")?.body["user"]["name"] == "Alberto");
    owner.send("PATCH", "/api/v1/users/beto", Some(json!({"role": "auditor"}))).await?.is(200, "")?;
    beto.get("/api/v1/me").await?.is(401, "unauthorized")?;
    beto.login("beto", PASSWORD).await?.is(200, "")?;
    ensure!(beto.get("/api/v1/me").await?.body["role"] == "auditor");
    let events = shop.events().await?;
    let moved = events.iter().find(|event| event.action == Action::UserRoleChanged).unwrap();
    ensure!(
        moved.details.contains("cashier") && moved.details.contains("auditor") && moved.actor.name == "duena",
        "{moved:?}"
    );
    Ok(())
}

async fn only_whoever_may_looks_after_accounts(shop: &Shop) -> Result<()> {
    for (login, role, reads) in [
        ("a", Role::Cashier, false),
        ("b", Role::StockKeeper, false),
        ("c", Role::Accountant, false),
        ("d", Role::Auditor, true),
        ("e", Role::Manager, true),
    ] {
        let mut browser = shop.add(&format!("{login}{login}"), role, &[]).await?;
        let answer = browser.get("/api/v1/users").await?;
        ensure!(answer.status == if reads { 200 } else { 403 }, "{login}: {}", answer.body);
        if role != Role::Manager {
            browser.send("POST", "/api/v1/users/aa/unlock", None).await?.is(403, "forbidden")?;
        }
    }
    Ok(())
}
