//! Who decides, and when.

use anyhow::{Context, Result, ensure};
use contracts::approval::draft_of;
use domain::{
    Role,
    audit::{Action, Outcome as Ended},
    ledger::{Draft, Limits, Outcome},
};
use serde_json::{Value, json};
use store::{
    api_key::{self, Rotation},
    approval::{self, Approval, State},
};

use super::{approve, audited, desk, furnished, key, person, reject, send, told, waiting, waste};
use crate::shop::{NOW, Shop, id, one};

both! {
    nobody_consents_to_what_they_asked_for
    a_name_with_anothers_code_in_it_hides_nobody
    only_who_works_there_and_may_consents
    of_two_who_consent_at_once_one_does
    nobody_decides_too_late
    what_the_ledger_refuses_goes_on_waiting
    what_waits_or_was_refused_is_not_posted_by_sending_it_again
    what_was_posted_meanwhile_was_let_through_by_nobody
    what_is_stored_has_to_be_what_was_asked_for
    whoever_asked_takes_it_back_whatever_else_they_may
    whoever_is_turned_away_is_in_the_audit_log
}

async fn nobody_consents_to_what_they_asked_for(shop: &Shop) -> Result<()> {
    let (ana, beto) = furnished(shop).await?;
    let own = waiting(shop, &ana, &waste(2, 3)).await?;
    ensure!(told(&approve(shop, &ana, &own).await?) == (403, "approval_own"));
    // Nor by a key, their own or another's.
    let till = key(shop, "caja-1", "p-ana").await?;
    let other = key(shop, "caja-2", "cli").await?;
    for program in [&till, &other] {
        ensure!(told(&approve(shop, program, &own).await?) == (403, "approval_by_person"));
        ensure!(told(&reject(shop, program, &own, &json!({"reason": "x"})).await?) == (403, "approval_by_person"));
    }
    // Nor to what their key asked for, nor the key that their key made.
    let below = key(shop, "caja-3", "caja-1").await?;
    for (number, program) in [(3, &till), (4, &below)] {
        let address = waiting(shop, program, &waste(number, 3)).await?;
        ensure!(told(&approve(shop, &ana, &address).await?) == (403, "approval_own"), "{number}");
        ensure!(shop.get(&address).await?["state"] == "pending");
    }
    let address = waiting(shop, &other, &waste(5, 3)).await?;
    ensure!(approve(shop, &ana, &address).await?.status == 200, "the operator's key is nobody's");
    // Whoever replaced a secret had it, though others replaced it since.
    let asked = waiting(shop, &till, &waste(6, 3)).await?;
    rotate(shop, "caja-1", &["p-beto", "p-ana"]).await?;
    ensure!(told(&approve(shop, &beto, &asked).await?) == (403, "approval_own"));
    let carla = person(shop, "p-carla", Role::Manager, &["centro"]).await?;
    ensure!(approve(shop, &carla, &asked).await?.status == 200);
    ensure!(approve(shop, &beto, &own).await?.status == 200);
    Ok(())
}

/// Those replace the secret of a key, one after the other.
async fn rotate(shop: &Shop, key: &str, those: &[&str]) -> Result<()> {
    let mut tx = shop.db.write().await?;
    for by in those {
        let replaces = api_key::find_in(&mut tx, key).await?.context("a key")?.secret_hash;
        let rotation = Rotation { secret_hash: [8; 32], replaces, previous_until: NOW, by, at: NOW };
        ensure!(api_key::rotate(&mut tx, key, &rotation).await?);
    }
    Ok(tx.commit().await?)
}

async fn a_name_with_anothers_code_in_it_hides_nobody(shop: &Shop) -> Result<()> {
    let (_, beto) = furnished(shop).await?;
    let sly = key(shop, "x,p-beto,y", "p-ana").await?;
    let address = waiting(shop, &sly, &waste(2, 3)).await?;
    ensure!(approve(shop, &beto, &address).await?.status == 200);
    Ok(())
}

async fn only_who_works_there_and_may_consents(shop: &Shop) -> Result<()> {
    let (ana, _) = furnished(shop).await?;
    shop.add_site("norte").await?;
    let address = waiting(shop, &ana, &waste(2, 3)).await?;
    let norte = person(shop, "p-norte", Role::Manager, &["norte"]).await?;
    for path in [String::new(), "/approve".to_owned()] {
        let method = if path.is_empty() { "GET" } else { "POST" };
        let answer = shop.send_by(norte.clone(), method, &format!("{address}{path}"), None).await?;
        ensure!(told(&answer) == (404, "not_found"), "{answer:?}");
    }
    ensure!(told(&reject(shop, &norte, &address, &json!({"reason": "x"})).await?) == (404, "not_found"));
    let list = shop.send_by(norte.clone(), "GET", "/api/v1/approvals", None).await?;
    ensure!(list.body["items"] == json!([]));
    ensure!(shop.send_by(norte, "GET", "/api/v1/approvals?site=centro", None).await?.status == 422);
    for role in [Role::Cashier, Role::StockKeeper, Role::Accountant, Role::Auditor, Role::Operator, Role::Service] {
        let who = platform::http::Principal::new(platform::http::auth::CallerKind::User, "p-x", "x", role);
        ensure!(told(&approve(shop, &who, &address).await?) == (403, "forbidden"), "{}", role.name());
        ensure!(shop.send_by(who, "GET", &address, None).await?.status == 200);
    }
    for missing in ["/api/v1/approvals/none", "/api/v1/approvals/01936f6e-0000-7000-8000-000000000001"] {
        ensure!(shop.send_by(ana.clone(), "POST", &format!("{missing}/approve"), None).await?.status == 404);
    }
    Ok(())
}

async fn of_two_who_consent_at_once_one_does(shop: &Shop) -> Result<()> {
    let (ana, beto) = furnished(shop).await?;
    let carla = person(shop, "p-carla", Role::Manager, &["centro"]).await?;
    for number in 2..5 {
        let address = waiting(shop, &ana, &waste(number, 3)).await?;
        let (one, other) = tokio::join!(approve(shop, &beto, &address), approve(shop, &carla, &address));
        let (one, other) = (one?, other?);
        let mut both = [told(&one), told(&other)];
        both.sort_unstable();
        ensure!(both == [(200, ""), (409, "approval_decided")], "{both:?}");
    }
    ensure!(shop.get("/api/v1/stock/A").await?["on_hand"] == "1");
    ensure!(shop.get("/api/v1/ledger/centro/head").await?["seq"] == 4);
    Ok(())
}

async fn nobody_decides_too_late(shop: &Shop) -> Result<()> {
    let (ana, beto) = furnished(shop).await?;
    let first = waiting(shop, &ana, &waste(2, 3)).await?;
    shop.hand.pass_seconds(7 * 86_400 - 1);
    ensure!(desk(shop).expire().await? == 0);
    let second = waiting(shop, &ana, &waste(3, 3)).await?;
    shop.hand.pass_seconds(1);
    ensure!(told(&approve(shop, &beto, &first).await?) == (409, "approval_expired"));
    ensure!(told(&reject(shop, &beto, &first, &json!({"reason": "x"})).await?) == (409, "approval_expired"));
    ensure!((desk(shop).expire().await?, desk(shop).expire().await?) == (1, 0));
    ensure!(shop.get(&first).await?["state"] == "expired" && shop.get(&second).await?["state"] == "pending");
    ensure!(told(&approve(shop, &beto, &first).await?) == (409, "approval_expired"));
    let again = waiting(shop, &ana, &waste(2, 3)).await?;
    ensure!(again != first, "sent again it waits anew");
    ensure!(approve(shop, &beto, &again).await?.status == 200);
    let events = audited(shop).await?;
    ensure!(events.contains(&("approval.expired".to_owned(), "upkeep".to_owned())), "{events:?}");
    Ok(())
}

async fn what_the_ledger_refuses_goes_on_waiting(shop: &Shop) -> Result<()> {
    let (ana, beto) = furnished(shop).await?;
    let address = waiting(shop, &ana, &waste(2, 5)).await?;
    shop.move_goods(3, "sale", json!([{"sku": "A", "quantity": 6}])).await?;
    let answer = approve(shop, &beto, &address).await?;
    ensure!(told(&answer) == (409, "insufficient_stock") && answer.body["errors"][0]["field"] == "lines[0].quantity");
    let document = shop.get(&address).await?;
    ensure!(document["state"] == "pending" && document["preview"]["problem"]["code"] == "insufficient_stock");
    shop.move_goods(4, "receipt", json!([{"sku": "A", "quantity": 6, "line_cost": 300_000}])).await?;
    ensure!(approve(shop, &beto, &address).await?.status == 200);
    Ok(())
}

async fn what_waits_or_was_refused_is_not_posted_by_sending_it_again(shop: &Shop) -> Result<()> {
    let (ana, beto) = furnished(shop).await?;
    let (first, second) = (waiting(shop, &ana, &waste(2, 3)).await?, waiting(shop, &ana, &waste(3, 3)).await?);
    ensure!(reject(shop, &beto, &second, &json!({"reason": "no"})).await?.status == 200);
    // What they are worth falls, so that the same posting is within the limit.
    shop.move_goods(4, "receipt", json!([{"sku": "A", "quantity": 90, "line_cost": 0}])).await?;
    ensure!(waiting(shop, &ana, &waste(2, 3)).await? == first);
    ensure!(told(&send(shop, &ana, &waste(3, 3)).await?) == (409, "approval_refused"));
    for number in [2, 3] {
        ensure!(told(&send(shop, &ana, &waste(number, 1)).await?) == (409, "idempotency_conflict"));
    }
    let mut old = one(5, "receipt", json!([{"sku": "A", "quantity": 1, "line_cost": 1}]));
    old["postings"][0]["effective_at"] = json!("2026-01-25T10:00:00-03:00");
    let third = waiting(shop, &ana, &old).await?;
    ensure!(reject(shop, &beto, &third, &json!({"reason": "no"})).await?.status == 200);
    ensure!(told(&send(shop, &ana, &old).await?) == (409, "approval_refused"));
    ensure!(shop.get("/api/v1/stock/A").await?["on_hand"] == "100");
    Ok(())
}

async fn stored(shop: &Shop, address: &str) -> Result<Approval> {
    let id = address.rsplit('/').next().context("an id")?.parse()?;
    approval::get(&shop.db, id).await?.context("a request")
}

async fn what_was_posted_meanwhile_was_let_through_by_nobody(shop: &Shop) -> Result<()> {
    let (ana, beto) = furnished(shop).await?;
    let address = waiting(shop, &ana, &waste(2, 3)).await?;
    let draft = Draft { limits: Limits::NONE, ..draft_of(&stored(shop, &address).await?)? };
    ensure!(matches!(shop.warehouse.writer.post(vec![draft]).await?[..], [Outcome::Posted(_)]));
    ensure!(told(&approve(shop, &beto, &address).await?) == (409, "approval_decided"));
    let ended = shop.get(&address).await?;
    ensure!((&ended["state"], &ended["decided_by"]) == (&json!("expired"), &Value::Null), "{ended}");
    ensure!(ended["answer"] == "Mientras tanto ya se asentó.", "{ended}");
    let posting = shop.get(&format!("/api/v1/postings/{}", id(2))).await?;
    ensure!(posting["approved_by"] == Value::Null, "{posting}");
    ensure!(shop.get("/api/v1/stock/A").await?["on_hand"] == "7");
    let mut other = one(5, "waste", json!([{"sku": "B", "quantity": 1}]));
    other["postings"][0]["id"] = json!(id(2));
    ensure!(told(&send(shop, &ana, &other).await?) == (409, "idempotency_conflict"));
    ensure!(shop.get("/api/v1/ledger/centro/head").await?["seq"] == 2);
    ensure!(told(&approve(shop, &beto, &address).await?) == (409, "approval_expired"));
    Ok(())
}

async fn what_is_stored_has_to_be_what_was_asked_for(shop: &Shop) -> Result<()> {
    let (ana, beto) = furnished(shop).await?;
    let address = waiting(shop, &ana, &waste(2, 3)).await?;
    let request = stored(shop, &address).await?;
    let changed = request.draft.replace("3000", "9000");
    ensure!(changed != request.draft, "{changed}");
    let mut tx = shop.db.write().await?;
    tx.query("UPDATE approval SET draft = $2 WHERE id = $1").bind(request.id).bind(changed).run().await?;
    tx.commit().await?;
    ensure!(approve(shop, &beto, &address).await?.status == 500);
    ensure!(stored(shop, &address).await?.state == State::Pending);
    ensure!(shop.get("/api/v1/stock/A").await?["on_hand"] == "10");
    Ok(())
}

async fn whoever_asked_takes_it_back_whatever_else_they_may(shop: &Shop) -> Result<()> {
    let (ana, _) = furnished(shop).await?;
    let leo = person(shop, "p-leo", Role::StockKeeper, &["centro"]).await?;
    let (own, anas) = (waiting(shop, &leo, &waste(2, 3)).await?, waiting(shop, &ana, &waste(3, 3)).await?);
    ensure!(told(&approve(shop, &leo, &own).await?) == (403, "forbidden"));
    ensure!(told(&reject(shop, &leo, &anas, &json!({"reason": "x"})).await?) == (403, "forbidden"));
    ensure!(reject(shop, &leo, &own, &json!({"reason": "me equivoqué"})).await?.body["state"] == "refused");
    Ok(())
}

async fn whoever_is_turned_away_is_in_the_audit_log(shop: &Shop) -> Result<()> {
    let (ana, beto) = furnished(shop).await?;
    let address = waiting(shop, &ana, &waste(2, 3)).await?;
    let (till, leo) = (key(shop, "caja-1", "cli").await?, person(shop, "p-leo", Role::StockKeeper, &[]).await?);
    for who in [&ana, &till] {
        ensure!(approve(shop, who, &address).await?.status == 403);
    }
    ensure!(reject(shop, &leo, &address, &json!({"reason": "x"})).await?.status == 403);
    let filter = store::audit::Filter::default();
    let events = store::audit::list(&shop.db, i64::MAX, &filter, 100).await?.into_iter().map(|record| record.event);
    let denied: Vec<_> = events.filter(|event| event.action == Action::AccessDenied).collect();
    let who: Vec<&str> = denied.iter().map(|event| &*event.actor.id).collect();
    ensure!(who == ["p-leo", "caja-1", "p-ana"], "{who:?}");
    let on = format!("approval:{}", stored(shop, &address).await?.id);
    ensure!(denied.iter().all(|event| event.resource == on && event.outcome == Ended::Denied), "{denied:?}");
    ensure!(approve(shop, &beto, &address).await?.status == 200);
    Ok(())
}
