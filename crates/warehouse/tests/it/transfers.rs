//! Goods between two sites.

mod again;

use anyhow::Result;
use axum::{body::Body, http::Request};
use domain::{
    Money, Quantity,
    ledger::{LineDraft, PostingKind},
};
use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::shop::{Answer, Shop, id};

const TRANSFERS: &str = "/api/v1/transfers";

async fn send(shop: &Shop) -> Result<Value> {
    shop.add_site("norte").await?;
    shop.move_goods(1, "receipt", json!([{"sku": "A", "quantity": 10, "line_cost": "100.01"}])).await?;
    shop.posted(TRANSFERS, &body(6)).await
}

fn body(quantity: i64) -> Value {
    json!({"id": id(50), "from_site": "centro", "to_site": "norte", "note": "camioneta", "lines": [{"sku": "A", "quantity": quantity}]})
}

fn path() -> String {
    format!("{TRANSFERS}/{}", id(50))
}

async fn on_hand(shop: &Shop) -> Result<Vec<(String, String)>> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let stock = shop.get("/api/v1/stock/A").await?;
    let sites = stock["sites"].as_array().into_iter().flatten();
    Ok(sites.map(|site| (text(&site["site"]), text(&site["on_hand"]))).collect())
}

fn stock(centro: &str, norte: &str) -> Vec<(String, String)> {
    vec![("centro".to_owned(), centro.to_owned()), ("norte".to_owned(), norte.to_owned())]
}

async fn goods_arrive_in_parts_with_their_value(shop: &Shop) -> Result<()> {
    let sent = send(shop).await?;
    assert_eq!((&sent["status"], &sent["lines"][0]["value"]), (&json!("sent"), &json!("60.0060")));
    let part = json!({"id": id(51), "lines": [{"sku": "A", "quantity": 4}]});
    let partial = shop.posted(&format!("{}/receive", path()), &part).await?;
    assert_eq!((&partial["status"], &partial["lines"][0]["missing"]), (&json!("partial"), &json!("2")));
    let again = shop.posted(&format!("{}/receive", path()), &part).await?;
    assert_eq!(again, partial, "the same receipt enters once");
    let whole = shop.posted(&format!("{}/receive", path()), &json!({})).await?;
    assert_eq!((&whole["status"], &whole["lines"][0]["received"]), (&json!("received"), &json!("6")));
    assert_eq!(on_hand(shop).await?, stock("4", "6"));
    assert_eq!(shop.get("/api/v1/valuation?site=norte").await?["total"], "60.0060");
    assert_eq!(shop.post(&format!("{}/receive", path()), &json!({})).await?.body["code"], "all_received");
    assert_eq!(shop.get(&format!("{TRANSFERS}?site=norte&status=received")).await?["items"][0]["id"], id(50));
    Ok(())
}

async fn sent_twice_leaves_once(shop: &Shop) -> Result<()> {
    let first = send(shop).await?;
    assert_eq!(shop.posted(TRANSFERS, &body(6)).await?, first);
    assert_eq!(on_hand(shop).await?[0].1, "4");
    assert_eq!(shop.post(TRANSFERS, &body(5)).await?.body["code"], "idempotency_conflict");
    let mut elsewhere = body(6);
    elsewhere["note"] = json!("a pie");
    assert_eq!(shop.post(TRANSFERS, &elsewhere).await?.body["code"], "id_taken");
    Ok(())
}

async fn a_key_stands_for_the_identity(shop: &Shop) -> Result<()> {
    send(shop).await?;
    let keyed = |path: String, body: Value| {
        let request = Request::post(path).header("content-type", "application/json").header("idempotency-key", "k1");
        request.body(Body::from(body.to_string()))
    };
    let part = json!({"lines": [{"sku": "A", "quantity": 1}]});
    for _ in 0..2 {
        let answer = shop.answer("owner", keyed(format!("{}/receive", path()), part.clone())?).await?;
        assert_eq!((answer.status.as_u16(), &answer.body["lines"][0]["received"]), (200, &json!("1")));
    }
    let mut other = body(1);
    other.as_object_mut().map(|fields| fields.remove("id"));
    let first = shop.answer("owner", keyed(TRANSFERS.to_owned(), other.clone())?).await?;
    let second = shop.answer("owner", keyed(TRANSFERS.to_owned(), other)?).await?;
    assert_eq!((first.status.as_u16(), &first.body), (201, &second.body));
    Ok(())
}

async fn what_did_not_come_is_written_off(shop: &Shop) -> Result<()> {
    send(shop).await?;
    let short = json!({"lines": [{"sku": "A", "quantity": 5}], "write_off_missing": true});
    let received = shop.posted(&format!("{}/receive", path()), &short).await?;
    assert_eq!(received["status"], "received");
    assert_eq!(on_hand(shop).await?, stock("4", "5"));
    let lost = shop.get("/api/v1/postings?site=norte&kind=loss").await?;
    assert_eq!(lost["items"][0]["reference"], json!({"type": "transfer", "number": id(50)}));
    Ok(())
}

async fn refused_it_leaves_no_trace(shop: &Shop) -> Result<()> {
    send(shop).await?;
    let mut much = body(5);
    much["id"] = json!(id(60));
    assert_eq!(shop.post(TRANSFERS, &much).await?.body["code"], "insufficient_stock");
    assert_eq!(shop.send("GET", &format!("{TRANSFERS}/{}", id(60)), None).await?.status, 404);
    let over = json!({"lines": [{"sku": "A", "quantity": 7}]});
    assert_eq!(shop.post(&format!("{}/receive", path()), &over).await?.body["errors"][0]["code"], "more_than_sent");
    let mut own = body(1);
    own["to_site"] = json!("centro");
    assert_eq!(shop.post(TRANSFERS, &own).await?.body["errors"][0]["code"], "same_site");
    Ok(())
}

async fn after_a_crash_it_is_settled_from_the_ledger(shop: &Shop) -> Result<()> {
    shop.add_site("norte").await?;
    shop.move_goods(1, "receipt", json!([{"sku": "A", "quantity": 10, "line_cost": 100}])).await?;
    let (from, to) = (site(shop, "centro").await?, site(shop, "norte").await?);
    // Written down and posted, and the process ended before the document was brought in line.
    let transfer: uuid::Uuid = id(50).parse()?;
    let new = store::transfer::NewTransfer {
        id: transfer,
        from_site: from,
        to_site: to,
        note: String::new(),
        actor: "ana".into(),
    };
    let mut tx = shop.db.write().await?;
    store::transfer::begin(&mut tx, &new, crate::shop::NOW).await?;
    tx.commit().await?;
    assert_eq!(shop.post(&format!("{}/receive", path()), &json!({})).await?.body["code"], "not_sent");
    let line =
        |quantity| LineDraft { sku: "A".to_owned(), quantity: Quantity::units(quantity), ..LineDraft::default() };
    let sent = store::transfer::posting_of(transfer);
    shop.write_alone((sent, None), PostingKind::TransferOut, "centro", line(6)).await?;
    assert_eq!(warehouse::api::transfers::settle::settle_all(&shop.warehouse).await?, 1);
    let receipt = uuid::Uuid::from_u128(70);
    let mut tx = shop.db.write().await?;
    store::transfer::begin_receipt(&mut tx, transfer, receipt, Some(false), crate::shop::NOW).await?;
    tx.commit().await?;
    let came = LineDraft { line_cost: Some(Money::from_minor(200_000)), ..line(2) };
    shop.write_alone((receipt, Some(sent)), PostingKind::TransferIn, "norte", came).await?;
    let settled = shop.get(&path()).await?;
    assert_eq!((&settled["status"], &settled["lines"][0]["missing"]), (&json!("partial"), &json!("4")));
    Ok(())
}

async fn no_more_arrives_than_left_however_many_receive_at_once(shop: &Shop) -> Result<()> {
    shop.add_site("norte").await?;
    shop.move_goods(1, "receipt", json!([{"sku": "A", "quantity": 10, "line_cost": "100.00"}])).await?;
    shop.posted(TRANSFERS, &body(3)).await?;
    let (receive, part) = (format!("{}/receive", path()), json!({"lines": [{"sku": "A", "quantity": 1}]}));
    let answers = join_all((0..20).map(|_| shop.post(&receive, &part))).await;
    let mut taken = 0;
    for answer in answers {
        let answer = answer?;
        taken += i32::from(answer.status == 200);
        let refused = (answer.status.as_u16(), &answer.body["code"]) == (409, &json!("all_received"));
        assert!(answer.status == 200 || refused, "{:?}", answer.body);
    }
    assert_eq!(taken, 3);
    assert_eq!(on_hand(shop).await?, stock("7", "3"));
    assert_eq!(shop.get("/api/v1/valuation").await?["total"], "100.00");
    Ok(())
}

async fn whoever_comes_late_is_told_the_same_however_late(shop: &Shop) -> Result<()> {
    shop.add_site("norte").await?;
    shop.move_goods(1, "receipt", json!([{"sku": "A", "quantity": 10, "line_cost": "100.00"}])).await?;
    shop.posted(TRANSFERS, &body(3)).await?;
    let receive = format!("{}/receive", path());
    let (two, four) =
        (json!({"lines": [{"sku": "A", "quantity": 2}]}), json!({"lines": [{"sku": "A", "quantity": 4}]}));
    let told = |answer: &Answer| (answer.status.as_u16(), answer.body["code"].as_str().unwrap_or_default().to_owned());
    let answers = join_all((0..10).map(|_| shop.post(&receive, &two))).await;
    let mut refused = Vec::new();
    for answer in answers.into_iter().collect::<Result<Vec<_>>>()? {
        if answer.status != 200 {
            refused.push(told(&answer));
        }
    }
    assert_eq!(refused, vec![(409, "taken_meanwhile".to_owned()); 9], "one is left");
    assert_eq!(told(&shop.post(&receive, &four).await?), (422, "invalid".to_owned()), "so many were never sent");
    shop.posted(&receive, &json!({})).await?;
    assert_eq!(told(&shop.post(&receive, &two).await?), (409, "all_received".to_owned()));
    assert_eq!(told(&shop.post(&receive, &four).await?), (422, "invalid".to_owned()), "nor are they now");
    Ok(())
}

async fn what_came_cannot_be_unsent(shop: &Shop) -> Result<()> {
    send(shop).await?;
    let part = json!({"lines": [{"sku": "A", "quantity": 4}]});
    shop.posted(&format!("{}/receive", path()), &part).await?;
    let sent = store::transfer::posting_of(id(50).parse()?);
    let undo = json!({"postings": [{"id": id(60), "kind": "correction", "site": "centro", "corrects": sent}]});
    let refused = shop.post("/api/v1/postings", &undo).await?;
    assert_eq!((refused.status.as_u16(), &refused.body["code"]), (409, &json!("exceeds_original")));
    assert_eq!(on_hand(shop).await?, stock("4", "4"));
    Ok(())
}

/// Corrects a posting at a site: all of it, or so much.
async fn correct(shop: &Shop, number: u128, site: &str, corrects: &Value, quantity: Option<i64>) -> Result<Value> {
    let mut body = json!({"id": id(number), "kind": "correction", "site": site, "corrects": corrects});
    if let Some(quantity) = quantity {
        body["lines"] = json!([{"sku": "A", "quantity": quantity}]);
    }
    shop.posted("/api/v1/postings", &json!({"postings": [body]})).await
}

fn line_of(transfer: &Value) -> [&Value; 4] {
    let line = &transfer["lines"][0];
    [&transfer["status"], &line["received"], &line["returned"], &line["missing"]]
}

async fn a_receipt_taken_back_opens_the_transfer_again(shop: &Shop) -> Result<()> {
    send(shop).await?;
    shop.posted(&format!("{}/receive", path()), &json!({})).await?;
    let receipts = shop.get("/api/v1/postings?site=norte&kind=transfer_in").await?;
    let receipt = &receipts["items"][0]["id"];
    // Four were miscounted: they did not come.
    correct(shop, 61, "norte", receipt, Some(4)).await?;
    let listed = shop.get(&format!("{TRANSFERS}?status=partial")).await?;
    assert_eq!(listed["items"][0]["id"], id(50), "the list knows without a look at the transfer");
    let open = shop.get(&path()).await?;
    assert_eq!(line_of(&open), [&json!("partial"), &json!("2"), &json!("0"), &json!("4")]);
    assert_eq!(on_hand(shop).await?, stock("4", "2"));
    // All of it after all, and the correction was the mistake: taking that back lets them in again.
    correct(shop, 62, "norte", receipt, None).await?;
    assert_eq!(line_of(&shop.get(&path()).await?), [&json!("sent"), &json!("0"), &json!("0"), &json!("6")]);
    correct(shop, 63, "norte", &json!(id(61)), None).await?;
    assert_eq!(line_of(&shop.get(&path()).await?), [&json!("partial"), &json!("4"), &json!("0"), &json!("2")]);
    let whole = shop.posted(&format!("{}/receive", path()), &json!({})).await?;
    assert_eq!(line_of(&whole), [&json!("received"), &json!("6"), &json!("0"), &json!("0")]);
    assert_eq!(on_hand(shop).await?, stock("4", "6"));
    assert_eq!(shop.get("/api/v1/valuation").await?["total"], "100.01", "nothing was won or lost on the way");
    assert_eq!(shop.get(&path()).await?, whole, "reading it again changes nothing");
    Ok(())
}

async fn what_the_sender_took_back_is_not_on_its_way(shop: &Shop) -> Result<()> {
    send(shop).await?;
    let sent = json!(store::transfer::posting_of(id(50).parse()?));
    correct(shop, 61, "centro", &sent, Some(2)).await?;
    assert_eq!(line_of(&shop.get(&path()).await?), [&json!("sent"), &json!("0"), &json!("2"), &json!("4")]);
    let whole = shop.posted(&format!("{}/receive", path()), &json!({})).await?;
    assert_eq!(line_of(&whole), [&json!("received"), &json!("4"), &json!("2"), &json!("0")]);
    assert_eq!(on_hand(shop).await?, stock("6", "4"));
    assert_eq!(shop.get("/api/v1/valuation").await?["total"], "100.01");
    Ok(())
}

async fn a_correction_that_a_crash_left_behind_is_followed(shop: &Shop) -> Result<()> {
    send(shop).await?;
    shop.posted(&format!("{}/receive", path()), &json!({})).await?;
    let receipts = shop.get("/api/v1/postings?site=norte&kind=transfer_in").await?;
    let receipt = receipts["items"][0]["id"].as_str().unwrap_or_default().parse()?;
    let back = LineDraft { sku: "A".to_owned(), quantity: Quantity::units(6), ..LineDraft::default() };
    shop.write_alone((uuid::Uuid::from_u128(71), Some(receipt)), PostingKind::Correction, "norte", back).await?;
    assert_eq!(shop.get(&format!("{TRANSFERS}?status=received")).await?["items"][0]["id"], id(50));
    assert_eq!(warehouse::api::transfers::settle::settle_all(&shop.warehouse).await?, 1);
    assert_eq!(shop.get(&format!("{TRANSFERS}?status=sent")).await?["items"][0]["id"], id(50));
    assert_eq!(warehouse::api::transfers::settle::settle_all(&shop.warehouse).await?, 0);
    Ok(())
}

async fn a_part_that_somebody_else_took_is_said_so(shop: &Shop) -> Result<()> {
    send(shop).await?;
    // As if another server had let them in between our look at the document and our posting.
    let sent = store::transfer::posting_of(id(50).parse()?);
    let came = LineDraft {
        sku: "A".to_owned(),
        quantity: Quantity::units(5),
        line_cost: Some(Money::from_minor(500_000)),
        ..LineDraft::default()
    };
    shop.write_alone((uuid::Uuid::from_u128(72), Some(sent)), PostingKind::TransferIn, "norte", came).await?;
    let late = shop.post(&format!("{}/receive", path()), &json!({"lines": [{"sku": "A", "quantity": 3}]})).await?;
    assert_eq!((late.status.as_u16(), &late.body["code"]), (409, &json!("taken_meanwhile")));
    let detail = late.body["detail"].as_str().unwrap_or_default();
    assert!(detail.contains("A") && detail.contains('1') && detail.contains('3'), "{detail}");
    assert_eq!(on_hand(shop).await?, stock("4", "5"));
    Ok(())
}

async fn site(shop: &Shop, code: &str) -> Result<i64> {
    Ok(store::site::get(&shop.db, code).await?.map_or(0, |site| site.id))
}

both! {
    goods_arrive_in_parts_with_their_value sent_twice_leaves_once a_key_stands_for_the_identity
    what_did_not_come_is_written_off
    refused_it_leaves_no_trace after_a_crash_it_is_settled_from_the_ledger
    no_more_arrives_than_left_however_many_receive_at_once whoever_comes_late_is_told_the_same_however_late what_came_cannot_be_unsent
    a_receipt_taken_back_opens_the_transfer_again what_the_sender_took_back_is_not_on_its_way
    a_correction_that_a_crash_left_behind_is_followed a_part_that_somebody_else_took_is_said_so
}
