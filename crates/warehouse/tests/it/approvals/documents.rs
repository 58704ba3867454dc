//! Postings of documents that wait.

use anyhow::{Context, Result, ensure};
use contracts::approval::Verdict;
use serde_json::{Value, json};
use store::approval::{self, State};

use super::{approve, desk, furnished, person, reject, send, told, waiting};
use crate::shop::{Answer, Shop, id, one};

both! {
    a_count_waits_and_is_closed_by_another_person
    a_count_that_is_refused_takes_lines_again
    a_transfer_follows_its_correction_once_that_is_let_through
    what_a_transfer_lost_waits_and_the_rest_enters
    what_a_transfer_lost_is_asked_for_though_the_first_who_sent_it_went_away
    what_was_begun_is_ended_though_whoever_asked_goes_away
}

/// A sheet on which seven of the ten were counted.
async fn counted(shop: &Shop) -> Result<String> {
    let body = json!({"id": id(100), "site": "centro", "location": "deposito", "blind": false, "note": ""});
    shop.posted("/api/v1/counts", &body).await?;
    let sheet = format!("/api/v1/counts/{}", id(100));
    let change = json!({"count_tolerance": "99", "count_tolerance_percent": 100, "count_approval_above": "9999999"});
    let site = shop.send_by(owner(), "PATCH", "/api/v1/sites/centro", Some(&change)).await?;
    ensure!(site.status == 200, "{site:?}");
    count(shop, &sheet, 7).await.map(|_| sheet)
}

fn owner() -> platform::http::Principal {
    platform::http::Principal::new(platform::http::auth::CallerKind::Key, "k", "k", domain::Role::Owner)
}

async fn count(shop: &Shop, sheet: &str, counted: i64) -> Result<Answer> {
    shop.post(&format!("{sheet}/lines"), &json!({"lines": [{"sku": "A", "counted": counted}]})).await
}

async fn close(shop: &Shop, who: &platform::http::Principal, sheet: &str) -> Result<Answer> {
    shop.send_by(who.clone(), "POST", &format!("{sheet}/close"), None).await
}

fn address(answer: &Answer) -> Result<String> {
    ensure!(answer.status == 202, "{answer:?}");
    Ok(answer.headers["location"].to_str()?.to_owned())
}

async fn a_count_waits_and_is_closed_by_another_person(shop: &Shop) -> Result<()> {
    let (ana, beto) = furnished(shop).await?;
    let sheet = counted(shop).await?;
    let request = address(&close(shop, &ana, &sheet).await?)?;
    ensure!(address(&close(shop, &ana, &sheet).await?)? == request, "closed again it waits once");
    ensure!(shop.get(&sheet).await?["status"] == "open");
    ensure!(count(shop, &sheet, 10).await?.status == 409, "it takes no lines meanwhile");
    shop.move_goods(2, "sale", json!([{"sku": "A", "quantity": 1}])).await?;
    ensure!(approve(shop, &beto, &request).await?.status == 200);
    let closed = shop.get(&sheet).await?;
    ensure!((&closed["status"], &closed["lines"][0]["difference"]) == (&json!("closed"), &json!("-3")), "{closed}");
    ensure!(shop.get("/api/v1/stock/A").await?["on_hand"] == "6");
    ensure!(close(shop, &ana, &sheet).await?.status == 200);
    Ok(())
}

async fn a_count_that_is_refused_takes_lines_again(shop: &Shop) -> Result<()> {
    let (ana, beto) = furnished(shop).await?;
    let sheet = counted(shop).await?;
    let request = address(&close(shop, &ana, &sheet).await?)?;
    ensure!(reject(shop, &beto, &request, &json!({"reason": "contar de nuevo"})).await?.status == 200);
    ensure!(count(shop, &sheet, 6).await?.status == 200);
    let second = address(&close(shop, &ana, &sheet).await?)?;
    ensure!(second != request);
    shop.hand.pass_seconds(8 * 86_400);
    ensure!(desk(shop).expire().await? == 1);
    ensure!(count(shop, &sheet, 9).await?.status == 200, "nobody decided in time");
    let closed = close(shop, &ana, &sheet).await?;
    ensure!(closed.status == 200 && closed.body["status"] == "closed", "{closed:?}");
    Ok(())
}

async fn a_transfer_follows_its_correction_once_that_is_let_through(shop: &Shop) -> Result<()> {
    let (ana, beto) = furnished(shop).await?;
    shop.add_site("norte").await?;
    let body =
        json!({"id": id(200), "from_site": "centro", "to_site": "norte", "lines": [{"sku": "A", "quantity": 4}]});
    let sent = shop.posted("/api/v1/transfers", &body).await?;
    let left = sent["posting_id"].as_str().context("what it was sent by")?.to_owned();
    let mut back = one(3, "correction", json!([]));
    back["postings"][0]["corrects"] = json!(left);
    let request = waiting(shop, &ana, &back).await?;
    ensure!(approve(shop, &beto, &request).await?.status == 200);
    let transfer = shop.get(&format!("/api/v1/transfers/{}", id(200))).await?;
    ensure!(transfer["lines"][0]["returned"] == "4", "{transfer}");
    ensure!(shop.get("/api/v1/stock/A?site=centro").await?["on_hand"] == "10");
    let again = send(shop, &ana, &back).await?;
    ensure!(told(&again) == (200, "") && again.body["results"][0]["status"] == "duplicate");
    let _third = person(shop, "p-carla", domain::Role::Manager, &[]).await?;
    ensure!(shop.get("/api/v1/approvals?state=refused").await?["items"] == Value::Array(Vec::new()));
    Ok(())
}

async fn what_a_transfer_lost_waits_and_the_rest_enters(shop: &Shop) -> Result<()> {
    let (ana, beto) = furnished(shop).await?;
    shop.add_site("norte").await?;
    let body =
        json!({"id": id(200), "from_site": "centro", "to_site": "norte", "lines": [{"sku": "A", "quantity": 8}]});
    shop.posted("/api/v1/transfers", &body).await?;
    let receive = format!("/api/v1/transfers/{}/receive", id(200));
    let short = json!({"id": id(201), "lines": [{"sku": "A", "quantity": 5}], "write_off_missing": true});
    let came = shop.send_by(ana.clone(), "POST", &receive, Some(&short)).await?;
    let request = address(&came)?;
    ensure!(came.body["status"] == "received", "{came:?}");
    ensure!(shop.get("/api/v1/stock/A").await?["on_hand"] == "10", "all of it is there until it is let through");
    let again = shop.send_by(ana.clone(), "POST", &receive, Some(&short)).await?;
    ensure!(address(&again)? == request, "sent again it waits once");
    ensure!(told(&approve(shop, &ana, &request).await?) == (403, "approval_own"));
    ensure!(approve(shop, &beto, &request).await?.status == 200);
    ensure!(shop.get("/api/v1/stock/A").await?["on_hand"] == "7");
    ensure!(shop.send_by(ana, "POST", &receive, Some(&short)).await?.status == 200);
    Ok(())
}

async fn what_a_transfer_lost_is_asked_for_though_the_first_who_sent_it_went_away(shop: &Shop) -> Result<()> {
    let (ana, beto) = furnished(shop).await?;
    shop.add_site("norte").await?;
    let body =
        json!({"id": id(200), "from_site": "centro", "to_site": "norte", "lines": [{"sku": "A", "quantity": 8}]});
    shop.posted("/api/v1/transfers", &body).await?;
    let receive = format!("/api/v1/transfers/{}/receive", id(200));
    let short = json!({"id": id(201), "lines": [{"sku": "A", "quantity": 5}], "write_off_missing": true});
    let arrived = async {
        while shop.get("/api/v1/stock/A").await?["on_hand"] != "10" {}
        anyhow::Ok(())
    };
    let mut first = Box::pin(shop.send_by(ana.clone(), "POST", &receive, Some(&short)));
    tokio::select! {
        // As soon as the goods are there nobody waits any more.
        biased;
        done = arrived => done?,
        answer = &mut first => { answer?; }
    }
    drop(first);
    let asked = shop.get("/api/v1/approvals?state=pending").await?;
    ensure!(asked["items"].as_array().is_some_and(|items| items.len() == 1), "nobody is asked: {asked}");
    let request = address(&shop.send_by(ana.clone(), "POST", &receive, Some(&short)).await?)?;
    ensure!(reject(shop, &beto, &request, &json!({"reason": "están"})).await?.status == 200);
    let again = shop.send_by(ana, "POST", &receive, Some(&short)).await?;
    ensure!(told(&again) == (409, "approval_refused"), "{again:?}");
    ensure!(shop.get("/api/v1/stock/A").await?["on_hand"] == "10", "it was not lost");
    Ok(())
}

async fn what_was_begun_is_ended_though_whoever_asked_goes_away(shop: &Shop) -> Result<()> {
    let (ana, beto) = furnished(shop).await?;
    let sheet = counted(shop).await?;
    let request = address(&close(shop, &ana, &sheet).await?)?;
    let number = request.rsplit('/').next().context("an id")?.parse()?;
    let granted = async {
        while approval::get(&shop.db, number).await?.is_none_or(|one| one.state == State::Pending) {}
        anyhow::Ok(())
    };
    let mut settle = Box::pin(desk(shop).settle(&beto, number, Verdict::Approve));
    tokio::select! {
        // As soon as it is in the database nobody waits any more.
        biased;
        done = granted => done?,
        settled = &mut settle => { settled?; }
    }
    drop(settle);
    while shop.get(&sheet).await?["status"] != "closed" {}
    ensure!(shop.get("/api/v1/stock/A").await?["on_hand"] == "7");
    Ok(())
}
