//! What waits for a second person.

use anyhow::{Context, Result, ensure};
use contracts::approval::Desk;
use domain::Role;
use platform::http::{
    Principal,
    auth::{CallerKind, SiteScope},
};
use serde_json::{Value, json};
use store::{
    api_key::{self, NewApiKey},
    person::{self, NewPerson, Password},
    site,
};

use crate::shop::{Answer, NOW, Shop, id, one};

mod deciding;
mod documents;

/// Somebody with an account, in their session.
pub async fn person(shop: &Shop, code: &str, role: Role, sites: &[&str]) -> Result<Principal> {
    let mut numbers = Vec::new();
    for site in sites {
        numbers.push(site::get(&shop.db, site).await?.context("a site")?.id);
    }
    let new = NewPerson {
        id: uuid::Uuid::new_v5(&uuid::Uuid::NAMESPACE_OID, code.as_bytes()),
        code: code.to_owned(),
        login: code.trim_start_matches("p-").to_owned(),
        name: code.to_owned(),
        role: role.name().to_owned(),
        sites: (!sites.is_empty()).then_some(numbers),
        language: None,
        created_by: "cli".to_owned(),
    };
    let mut tx = shop.db.write().await?;
    person::create(&mut tx, &new, NOW).await?;
    let password = Password { hash: "x".to_owned(), set_at: NOW, one_time: false, usable_until: None };
    person::set_password(&mut tx, new.id, &password).await?;
    tx.commit().await?;
    let mut principal = Principal::new(CallerKind::User, code, &new.login, role);
    if !sites.is_empty() {
        principal.sites = SiteScope::only(sites);
    }
    Ok(principal)
}

/// Ten of A that cost 500000 in all, an owner and a manager.
pub async fn furnished(shop: &Shop) -> Result<(Principal, Principal)> {
    shop.move_goods(1, "receipt", json!([{"sku": "A", "quantity": 10, "line_cost": 500_000}])).await?;
    Ok((person(shop, "p-ana", Role::Owner, &[]).await?, person(shop, "p-beto", Role::Manager, &[]).await?))
}

pub fn waste(number: u128, quantity: i64) -> Value {
    let mut body = one(number, "waste", json!([{"sku": "A", "quantity": quantity}]));
    body["postings"][0]["note"] = json!("se cayó la estantería");
    body
}

pub async fn send(shop: &Shop, who: &Principal, body: &Value) -> Result<Answer> {
    shop.send_by(who.clone(), "POST", "/api/v1/postings", Some(body)).await
}

/// Sends a posting that has to wait; gives the address of its request.
pub async fn waiting(shop: &Shop, who: &Principal, body: &Value) -> Result<String> {
    let answer = send(shop, who, body).await?;
    ensure!(answer.status == 202, "{answer:?}");
    ensure!(answer.body["results"][0]["status"] == "pending_approval", "{answer:?}");
    let address = answer.headers["location"].to_str()?.to_owned();
    ensure!(address.ends_with(answer.body["results"][0]["approval_id"].as_str().context("an id")?));
    Ok(address)
}

pub async fn approve(shop: &Shop, who: &Principal, address: &str) -> Result<Answer> {
    shop.send_by(who.clone(), "POST", &format!("{address}/approve"), None).await
}

pub async fn reject(shop: &Shop, who: &Principal, address: &str, body: &Value) -> Result<Answer> {
    shop.send_by(who.clone(), "POST", &format!("{address}/reject"), Some(body)).await
}

pub fn told(answer: &Answer) -> (u16, &str) {
    (answer.status.as_u16(), answer.body["code"].as_str().unwrap_or_default())
}

/// A key that somebody made.
pub async fn key(shop: &Shop, name: &str, made_by: &str) -> Result<Principal> {
    let new = NewApiKey {
        id: name.to_owned(),
        name: name.to_owned(),
        role: "manager".to_owned(),
        secret_hash: [7; 32],
        expires_at: None,
        limits: api_key::Limits::default(),
        created_by: made_by.to_owned(),
    };
    let mut tx = shop.db.write().await?;
    api_key::create(&mut tx, &new, NOW).await?;
    tx.commit().await?;
    Ok(Principal::new(CallerKind::Key, name, name, Role::Manager))
}

/// What the audit log holds of consents: action and who.
pub async fn audited(shop: &Shop) -> Result<Vec<(String, String)>> {
    let events = store::audit::list(&shop.db, i64::MAX, &store::audit::Filter::default(), 100).await?;
    let own = events.into_iter().filter(|record| record.event.action.subject() == "approval");
    let mut own: Vec<_> = own.map(|record| (record.event.action.name().to_owned(), record.event.actor.name)).collect();
    own.reverse();
    Ok(own)
}

both! {
    what_is_within_the_limits_is_posted_at_once
    nothing_waits_where_nobody_else_could_consent
    a_large_waste_waits_and_is_posted_by_another_person
    what_was_refused_is_not_asked_for_again
    goods_are_worth_what_they_were_in_the_books
    each_of_many_is_answered_by_itself
    a_preview_says_what_would_wait
}

async fn what_is_within_the_limits_is_posted_at_once(shop: &Shop) -> Result<()> {
    let (ana, _) = furnished(shop).await?;
    // 100000 is the limit, and not above it.
    ensure!(send(shop, &ana, &waste(2, 2)).await?.status == 201);
    let mut sale = one(3, "sale", json!([{"sku": "A", "quantity": 6, "unit_price": 90_000}]));
    sale["postings"][0]["effective_at"] = json!("2026-01-27T10:00:00-03:00");
    ensure!(send(shop, &ana, &sale).await?.status == 201, "a sale of six days ago");
    ensure!(audited(shop).await?.is_empty());
    Ok(())
}

async fn nothing_waits_where_nobody_else_could_consent(shop: &Shop) -> Result<()> {
    shop.move_goods(1, "receipt", json!([{"sku": "A", "quantity": 10, "line_cost": 500_000}])).await?;
    shop.add_site("norte").await?;
    let ana = person(shop, "p-ana", Role::Owner, &[]).await?;
    person(shop, "p-caja", Role::Cashier, &[]).await?;
    person(shop, "p-norte", Role::Manager, &["norte"]).await?;
    let answer = send(shop, &ana, &waste(2, 3)).await?;
    ensure!(answer.status == 201 && answer.body["results"][0]["status"] == "posted", "{answer:?}");
    ensure!(send(shop, &ana, &waste(2, 3)).await?.body["results"][0]["status"] == "duplicate");
    ensure!(audited(shop).await? == [("approval.waived".to_owned(), "ana".to_owned())]);
    // Whoever may not consent has somebody to ask all the same.
    let leo = person(shop, "p-leo", Role::StockKeeper, &["centro"]).await?;
    waiting(shop, &leo, &waste(3, 3)).await?;
    ensure!(shop.get("/api/v1/stock/A").await?["on_hand"] == "7");
    Ok(())
}

async fn a_large_waste_waits_and_is_posted_by_another_person(shop: &Shop) -> Result<()> {
    let (ana, beto) = furnished(shop).await?;
    let address = waiting(shop, &ana, &waste(2, 3)).await?;
    ensure!(waiting(shop, &ana, &waste(2, 3)).await? == address, "sent again it waits once");
    ensure!(told(&send(shop, &ana, &waste(2, 4)).await?) == (409, "idempotency_conflict"));
    ensure!(shop.get("/api/v1/stock/A").await?["on_hand"] == "10");
    let list = shop.get("/api/v1/approvals?state=pending").await?;
    ensure!(list["items"].as_array().map(Vec::len) == Some(1));
    let item = &list["items"][0];
    ensure!(
        (&item["worth"], &item["passed"], &item["asked_by"]) == (&json!("150000.00"), &json!("worth"), &json!("p-ana"))
    );
    let document = shop.get(&address).await?;
    ensure!(document["note"] == "se cayó la estantería" && document["lines"][0]["quantity"] == "3");
    ensure!(document["preview"]["lines"][0]["on_hand_after"] == "7" && document["decided_by"] == Value::Null);
    ensure!(document["expires_at"] == "2026-02-09T10:00:00-03:00", "{document}");

    shop.hand.pass_seconds(60);
    let granted = approve(shop, &beto, &address).await?;
    ensure!(granted.status == 200 && granted.body["state"] == "granted", "{granted:?}");
    ensure!((&granted.body["decided_by"], &granted.body["preview"]) == (&json!("p-beto"), &Value::Null));
    let posting = shop.get(&format!("/api/v1/postings/{}", id(2))).await?;
    ensure!((&posting["actor"], &posting["approved_by"]) == (&json!("p-ana"), &json!("p-beto")), "{posting}");
    ensure!(posting["effective_at"] == "2026-02-02T10:00:00-03:00", "when it was asked for: {posting}");
    ensure!(posting["recorded_at"] == "2026-02-02T10:01:00-03:00");
    ensure!(shop.get("/api/v1/stock/A").await?["on_hand"] == "7");
    ensure!(approve(shop, &beto, &address).await?.status == 200, "the same again is no mistake");
    ensure!(told(&reject(shop, &beto, &address, &json!({"reason": "no"})).await?) == (409, "approval_decided"));
    ensure!(send(shop, &ana, &waste(2, 3)).await?.body["results"][0]["status"] == "duplicate");
    let events =
        [("approval.requested".to_owned(), "ana".to_owned()), ("approval.granted".to_owned(), "beto".to_owned())];
    ensure!(audited(shop).await? == events);
    Ok(())
}

async fn what_was_refused_is_not_asked_for_again(shop: &Shop) -> Result<()> {
    let (ana, beto) = furnished(shop).await?;
    let address = waiting(shop, &ana, &waste(2, 3)).await?;
    ensure!(reject(shop, &beto, &address, &json!({"reason": " "})).await?.status == 422);
    ensure!(reject(shop, &beto, &address, &json!({})).await?.status == 422);
    let refused = reject(shop, &beto, &address, &json!({"reason": "no se cayó nada"})).await?;
    ensure!((&refused.body["state"], &refused.body["answer"]) == (&json!("refused"), &json!("no se cayó nada")));
    ensure!(told(&send(shop, &ana, &waste(2, 3)).await?) == (409, "approval_refused"));
    ensure!(told(&approve(shop, &beto, &address).await?) == (409, "approval_decided"));
    ensure!(shop.get("/api/v1/stock/A").await?["on_hand"] == "10");
    // One's own may be taken back.
    let own = waiting(shop, &ana, &waste(3, 3)).await?;
    ensure!(reject(shop, &ana, &own, &json!({"reason": "me equivoqué"})).await?.status == 200);
    Ok(())
}

async fn goods_are_worth_what_they_were_in_the_books(shop: &Shop) -> Result<()> {
    let (ana, _) = furnished(shop).await?;
    waiting(shop, &ana, &one(2, "found", json!([{"sku": "A", "quantity": 3, "line_cost": 0}]))).await?;
    let lines = json!([{"sku": "A", "quantity": 1}, {"sku": "A", "quantity": 1}, {"sku": "A", "quantity": 1}]);
    waiting(shop, &ana, &one(3, "loss", lines)).await?;
    let mut correction = one(4, "correction", json!([]));
    correction["postings"][0]["corrects"] = json!(id(1));
    waiting(shop, &ana, &correction).await?;
    let mut late = one(5, "receipt", json!([{"sku": "B", "quantity": 1, "line_cost": 1}]));
    late["postings"][0]["effective_at"] = json!("2026-01-25T10:00:00-03:00");
    let address = waiting(shop, &ana, &late).await?;
    ensure!(
        (&shop.get(&address).await?["passed"], &shop.get(&address).await?["days_back"]) == (&json!("age"), &json!(8))
    );
    Ok(())
}

async fn each_of_many_is_answered_by_itself(shop: &Shop) -> Result<()> {
    let (ana, beto) = furnished(shop).await?;
    let mut body = waste(2, 3);
    for other in [waste(3, 1), waste(4, 99), waste(5, 4)] {
        let posting = other["postings"][0].clone();
        body["postings"].as_array_mut().context("a list")?.push(posting);
    }
    let answer = send(shop, &ana, &body).await?;
    ensure!(answer.status == 202, "{answer:?}");
    let results = answer.body["results"].as_array().context("results")?;
    let stand: Vec<&str> = results.iter().filter_map(|one| one["status"].as_str()).collect();
    ensure!(stand == ["pending_approval", "posted", "rejected", "pending_approval"], "{stand:?}");
    for of in [0, 3] {
        let address = format!("/api/v1/approvals/{}", results[of]["approval_id"].as_str().context("an id")?);
        ensure!(approve(shop, &beto, &address).await?.status == 200);
    }
    ensure!(shop.get("/api/v1/stock/A").await?["on_hand"] == "2");
    Ok(())
}

async fn a_preview_says_what_would_wait(shop: &Shop) -> Result<()> {
    let (ana, _) = furnished(shop).await?;
    let answer = shop.send_by(ana.clone(), "POST", "/api/v1/postings?dry_run=true", Some(&waste(2, 3))).await?;
    let result = &answer.body["results"][0];
    ensure!(answer.status == 200 && result["status"] == "pending_approval", "{answer:?}");
    ensure!(result["lines"][0]["on_hand_after"] == "7" && result["approval_id"] == Value::Null);
    ensure!(shop.get("/api/v1/approvals").await?["items"] == json!([]));
    Ok(())
}

/// The desk of a shop.
pub fn desk(shop: &Shop) -> &Desk {
    &shop.warehouse.approvals
}
