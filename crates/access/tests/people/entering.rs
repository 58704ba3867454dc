//! Coming in and leaving.

use std::time::Duration;

use access::Role;
use anyhow::{Result, ensure};
use axum::{
    body::Body,
    http::{Request, header},
};
use domain::audit::{Action, ActorKind, Outcome};
use serde_json::json;

use crate::shop::{PASSWORD, Shop};

both! {
    whoever_knows_the_password_comes_in_and_leaves
    every_reason_not_to_come_in_gets_one_answer
    a_change_without_the_mark_of_its_session_is_refused
    a_session_ends_after_half_an_hour_unused_and_after_twelve_hours
    whoever_comes_by_a_key_is_known_and_has_no_account
    over_a_network_in_the_clear_no_password_is_taken
    what_happens_is_written_down_and_tells_no_password
    sessions_go_on_while_the_database_is_away
}

async fn whoever_knows_the_password_comes_in_and_leaves(shop: &Shop) -> Result<()> {
    shop.add("ana", Role::Cashier, &[]).await?;
    let mut ana = shop.browser();
    let answer = ana.login(" Ana ", PASSWORD).await?.is(200, "")?;
    ensure!(answer.body["me"]["role"] == "cashier" && answer.body["me"]["user"]["next"].is_null(), "{}", answer.body);
    let cookie = answer.headers[header::SET_COOKIE].to_str()?;
    for wanted in ["__Host-gondola=", "; Path=/", "; Secure", "; HttpOnly", "; SameSite=Lax"] {
        ensure!(cookie.contains(wanted), "{cookie}");
    }
    let me = ana.get("/api/v1/me").await?.is(200, "")?.body;
    ensure!(me["kind"] == "user" && me["name"] == "ana" && me["sites"].is_null(), "{me}");
    ensure!(me["permissions"].as_array().is_some_and(|all| all.contains(&json!("postings.sell"))), "{me}");
    let before = ana.token();
    ana.send("POST", "/api/v1/auth/logout", None).await?.is(204, "")?;
    ensure!(ana.token().is_none(), "the cookie is taken back");
    ana.with_token(before);
    ana.get("/api/v1/me").await?.is(401, "unauthorized").map(drop)
}

async fn every_reason_not_to_come_in_gets_one_answer(shop: &Shop) -> Result<()> {
    shop.add("ana", Role::Cashier, &[]).await?;
    shop.add("beto", Role::Cashier, &[]).await?;
    let (beto, sites) = shop.access.user(access::Doer::CommandLine, "beto").await?;
    shop.access.set_user_disabled(access::Doer::CommandLine, (&beto, &sites), true).await?;
    let long = "x".repeat(1000);
    let mut seen = Vec::new();
    for (login, password) in [
        ("ana", "otra cosa distinta"),
        ("nadie", PASSWORD),
        ("beto", PASSWORD),
        ("ana", "gato azul con bota"),
        ("ana", long.as_str()),
        ("' OR 1=1 --", "x"),
    ] {
        let answer = shop.browser().login(login, password).await?.is(401, "wrong_credentials")?;
        ensure!(answer.headers.get(header::SET_COOKIE).is_none());
        seen.push((answer.body["title"].clone(), answer.body["detail"].clone()));
    }
    ensure!(seen.iter().all(|told| *told == seen[0]), "nothing can be learned from the answer");
    for body in [
        json!({}),
        json!({"login": "", "password": ""}),
        json!({"login": 1, "password": []}),
        json!({"login": "ana", "password": "x", "x": 1}),
    ] {
        shop.browser().post("/api/v1/auth/login", body).await?.is(422, "invalid")?;
    }
    Ok(())
}

async fn a_change_without_the_mark_of_its_session_is_refused(shop: &Shop) -> Result<()> {
    let mut ana = shop.add("ana", Role::Cashier, &[]).await?;
    let mut other = shop.browser();
    let others = other.login("ana", PASSWORD).await?.body["me"]["user"]["csrf_token"].as_str().unwrap().to_owned();
    for mark in ["", "x", others.as_str()] {
        ana.send_marked("PATCH", "/api/v1/me", Some(json!({"name": "X"})), mark).await?.is(403, "csrf")?;
        ana.send_marked("POST", "/api/v1/auth/logout", None, mark).await?.is(403, "csrf")?;
    }
    ana.get("/api/v1/me").await?.is(200, "")?;
    ana.send("PATCH", "/api/v1/me", Some(json!({"name": "X"}))).await?.is(200, "").map(drop)
}

async fn a_session_ends_after_half_an_hour_unused_and_after_twelve_hours(shop: &Shop) -> Result<()> {
    let mut ana = shop.add("ana", Role::Cashier, &[]).await?;
    for _ in 0..2 {
        shop.hand.pass_seconds(29 * 60);
        use_now(shop, &mut ana).await?;
    }
    shop.hand.pass_seconds(31 * 60);
    ana.get("/api/v1/me").await?.is(401, "unauthorized")?;
    let mut again = shop.browser();
    again.login("ana", PASSWORD).await?.is(200, "")?;
    for _ in 0..35 {
        shop.hand.pass_seconds(20 * 60);
        use_now(shop, &mut again).await?;
    }
    shop.hand.pass_seconds(20 * 60);
    again.get("/api/v1/me").await?.is(401, "unauthorized")?;
    ensure!(shop.access.purge().await? >= 2, "what is over is forgotten");
    Ok(())
}

/// Uses a session, and waits until that was noted, which happens aside.
async fn use_now(shop: &Shop, browser: &mut crate::shop::Browser<'_>) -> Result<()> {
    shop.access.forget_sessions();
    browser.get("/api/v1/me").await?.is(200, "")?;
    let now = domain::Clock::now(&shop.hand);
    let (person, _) = shop.access.user(access::Doer::CommandLine, "ana").await?;
    let noted = async {
        loop {
            let sessions = store::session::list(&shop.db, person.id, access::session::over(now)).await?;
            if sessions.iter().any(|session| session.seen_at == now) {
                shop.access.forget_sessions();
                return anyhow::Ok(());
            }
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), noted).await?
}

async fn whoever_comes_by_a_key_is_known_and_has_no_account(shop: &Shop) -> Result<()> {
    let key = platform::secrets::KeyText::generate()?;
    crate::users::store_key(shop, &key, Role::Manager).await?;
    let ask = async |method: &str, path: &str| {
        let request = Request::builder().method(method).uri(path).header("X-API-Key", key.expose());
        shop.answer([192, 0, 2, 1].into(), request.body(Body::empty())?).await
    };
    let me = ask("GET", "/api/v1/me").await?.is(200, "")?.body;
    ensure!(me["kind"] == "key" && me["user"].is_null() && me["role"] == "manager", "{me}");
    ask("GET", "/api/v1/me/sessions").await?.is(403, "only_for_people")?;
    ask("POST", "/api/v1/auth/logout").await?.is(403, "only_for_people")?;
    ask("GET", "/api/v1/users").await?.is(200, "").map(drop)
}

async fn over_a_network_in_the_clear_no_password_is_taken(shop: &Shop) -> Result<()> {
    shop.add("ana", Role::Cashier, &[]).await?;
    let ask = async |host: &str, origin: &str| {
        let request = Request::post("/api/v1/auth/login").header(header::HOST, host).header(header::ORIGIN, origin);
        let body = json!({"login": "ana", "password": PASSWORD}).to_string();
        let request = request.header(header::CONTENT_TYPE, "application/json").body(Body::from(body))?;
        shop.answer([192, 0, 2, 1].into(), request).await
    };
    ask("shop.example", "http://shop.example").await?.is(403, "insecure_connection")?;
    ask("shop.example", "https://shop.example").await?.is(200, "")?;
    let local = ask("localhost:8080", "http://localhost:8080").await?.is(200, "")?;
    let cookie = local.headers[header::SET_COOKIE].to_str()?;
    ensure!(cookie.starts_with("gondola-loopback=") && !cookie.contains("Secure"), "{cookie}");
    Ok(())
}

async fn what_happens_is_written_down_and_tells_no_password(shop: &Shop) -> Result<()> {
    let mut ana = shop.add("ana", Role::Cashier, &[]).await?;
    shop.browser().login("ana", "una equivocada").await?.is(401, "wrong_credentials")?;
    shop.browser().login("MiContraseñaSecreta", "x").await?.is(401, "wrong_credentials")?;
    ana.send("POST", "/api/v1/auth/logout", None).await?.is(204, "")?;
    let events = shop.events().await?;
    let count = |action, outcome| events.iter().filter(|e| e.action == action && e.outcome == outcome).count();
    ensure!(count(Action::UserCreated, Outcome::Ok) == 1 && count(Action::PasswordChanged, Outcome::Ok) == 1);
    ensure!(count(Action::LoggedIn, Outcome::Ok) == 1 && count(Action::LoggedIn, Outcome::Failed) == 2);
    ensure!(count(Action::LoggedOut, Outcome::Ok) == 1);
    let came = events.iter().find(|e| e.action == Action::LoggedIn && e.outcome == Outcome::Ok).unwrap();
    ensure!(came.actor.kind == ActorKind::User && came.actor.name == "ana" && came.actor.role == "cashier");
    ensure!(came.actor.id.starts_with("p-") && came.origin.address == "192.0.2.7");
    let told = format!("{events:?}").to_lowercase();
    for secret in [PASSWORD, "micontrase", "una equivocada"] {
        ensure!(!told.contains(secret), "{secret}");
    }
    Ok(())
}

async fn sessions_go_on_while_the_database_is_away(shop: &Shop) -> Result<()> {
    let mut ana = shop.add("ana", Role::Cashier, &[]).await?;
    ana.get("/api/v1/me/sessions").await?.is(200, "")?;
    shop.db.close().await;
    // Whoever came in a moment ago is known; what needs the database says that it is away.
    ana.get("/api/v1/me/sessions").await?.is(503, "unavailable")?;
    shop.browser().login("ana", PASSWORD).await?.is(503, "unavailable").map(drop)
}
