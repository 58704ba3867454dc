//! The chain of a site over HTTP.

use anyhow::{Context, Result};
use axum::{body::Body, http::Request};
use serde_json::{Value, json};
use warehouse::{archive, checkpoints};

use crate::shop::{Shop, one};

async fn the_head_grows_and_is_signed_once(shop: &Shop) -> Result<()> {
    let head = shop.get("/api/v1/ledger/centro/head").await?;
    assert_eq!((&head["seq"], &head["closed_through"]), (&json!(0), &Value::Null));
    assert_eq!(shop.post("/api/v1/ledger/centro/checkpoints", &json!(null)).await?.body["code"], "nothing_to_sign");
    let posted = shop.move_goods(1, "receipt", json!([{"sku": "A", "quantity": 1, "line_cost": 10}])).await?;
    assert_eq!(shop.get("/api/v1/ledger/centro/head").await?["hash"], posted["results"][0]["hash"]);
    let first = shop.post("/api/v1/ledger/centro/checkpoints", &json!(null)).await?;
    assert_eq!((first.status.as_u16(), &first.body["seq"], &first.body["value"]), (201, &json!(1), &json!("10.00")));
    let again = shop.post("/api/v1/ledger/centro/checkpoints", &json!(null)).await?;
    assert_eq!((again.status.as_u16(), &again.body), (200, &first.body));
    assert_eq!(shop.get("/api/v1/ledger/centro/checkpoints").await?["items"], json!([first.body]));
    assert_eq!(shop.send("GET", "/api/v1/ledger/nowhere/head", None).await?.status, 404);
    Ok(())
}

async fn a_proof_is_a_job(shop: &Shop) -> Result<()> {
    shop.move_goods(1, "receipt", json!([{"sku": "A", "quantity": 1, "line_cost": 10}])).await?;
    let begun = shop.post("/api/v1/ledger/centro/verify", &json!(null)).await?;
    assert_eq!(begun.status, 202);
    let job = begun.body["id"].as_str().unwrap_or_default().parse()?;
    let ended = shop.ended(job).await?;
    assert_eq!((&ended["status"], &ended["result"]["ok"]), (&json!("done"), &json!(true)));
    assert_eq!(ended["result"]["sites"][0]["postings"], 1);
    Ok(())
}

async fn a_proof_asked_for_again_under_its_key_is_the_same_job(shop: &Shop) -> Result<()> {
    let ask = async || {
        let request = Request::post("/api/v1/ledger/centro/verify").header("idempotency-key", "k1");
        shop.answer("owner", request.body(Body::empty())?).await
    };
    let (first, second) = (ask().await?, ask().await?);
    assert_eq!((first.status.as_u16(), &first.bytes), (202, &second.bytes), "{second:?}");
    assert_eq!(second.headers["idempotency-replayed"], "true");
    let unkeyed = shop.post("/api/v1/ledger/centro/verify", &json!(null)).await?;
    assert_ne!(unkeyed.body["id"], first.body["id"]);
    Ok(())
}

async fn a_head_is_signed_by_itself_once_a_business_day(shop: &Shop) -> Result<()> {
    let due = async || checkpoints::sign_due(&shop.db, &shop.warehouse.data_dir, &shop.hand).await;
    assert_eq!(due().await?, 0, "nothing has happened");
    shop.move_goods(1, "receipt", json!([{"sku": "A", "quantity": 9, "line_cost": 10}])).await?;
    assert_eq!((due().await?, due().await?), (1, 0));
    shop.move_goods(2, "sale", json!([{"sku": "A", "quantity": 1}])).await?;
    // Ten in the morning and almost fourteen hours: the day of UTC is over, the shop's is not.
    shop.hand.pass_seconds(14 * 3600 - 1);
    assert_eq!(due().await?, 0);
    shop.hand.pass_seconds(1);
    assert_eq!((due().await?, due().await?), (1, 0));
    shop.hand.pass_seconds(86_400);
    assert_eq!(due().await?, 0, "the head stands where it was signed");
    let signed = shop.get("/api/v1/ledger/centro/checkpoints").await?;
    let told = |index: usize| (&signed["items"][index]["seq"], &signed["items"][index]["day"]);
    assert_eq!(told(0), (&json!(2), &json!("2026-02-03")), "{signed}");
    assert_eq!(told(1), (&json!(1), &json!("2026-02-02")), "{signed}");
    assert_eq!(checkpoints::compare(&shop.db, &shop.warehouse.data_dir).await?, []);
    Ok(())
}

async fn a_closed_day_takes_no_postings(shop: &Shop) -> Result<()> {
    let close = |day: &str| format!("/api/v1/sites/centro/periods/{day}/close");
    assert_eq!(shop.post(&close("2026-02-03"), &json!(null)).await?.body["code"], "day_in_future");
    assert_eq!(shop.post(&close("2026-02-01"), &json!(null)).await?.body["closed_through"], "2026-02-01");
    assert_eq!(shop.post(&close("2026-01-01"), &json!(null)).await?.body["code"], "closed_already");
    assert_eq!(shop.post(&close("soon"), &json!(null)).await?.status, 422);
    assert_eq!(shop.send_as("cashier", "POST", &close("2026-02-02"), None).await?.status, 403);
    let mut late = one(1, "receipt", json!([{"sku": "A", "quantity": 1}]));
    late["postings"][0]["effective_at"] = json!("2026-02-01T12:00:00-03:00");
    let refused = shop.post("/api/v1/postings", &late).await?;
    assert_eq!((refused.status.as_u16(), &refused.body["code"]), (409, &json!("closed_day")));
    Ok(())
}

async fn a_day_that_is_not_over_closes_only_when_confirmed(shop: &Shop) -> Result<()> {
    let close = "/api/v1/sites/centro/periods/2026-02-02/close";
    for path in [close.to_owned(), format!("{close}?confirm_today=false")] {
        let asked = shop.post(&path, &json!(null)).await?;
        assert_eq!((asked.status.as_u16(), &asked.body["code"]), (409, &json!("day_not_over")));
        assert!(asked.body["detail"].as_str().is_some_and(|detail| detail.contains("2026-02-02")));
    }
    shop.move_goods(1, "receipt", json!([{"sku": "A", "quantity": 1, "line_cost": 10}])).await?;
    let closed = shop.posted(&format!("{close}?confirm_today=true"), &json!(null)).await?;
    assert_eq!(closed["closed_through"], "2026-02-02");
    let late = shop.post("/api/v1/postings", &one(2, "sale", json!([{"sku": "A", "quantity": 1}]))).await?;
    assert_eq!(late.body["code"], "closed_day");
    Ok(())
}

async fn the_file_of_a_ledger_is_proved_line_by_line(shop: &Shop) -> Result<()> {
    for number in 1..=3 {
        shop.move_goods(number, "receipt", json!([{"sku": "A", "quantity": 1, "line_cost": 10}])).await?;
        if number < 3 {
            shop.posted("/api/v1/ledger/centro/checkpoints", &json!(null)).await?;
        }
    }
    let folder = tempfile::tempdir()?;
    let (path, changed) = (folder.path().join("centro.jsonl"), folder.path().join("changed.jsonl"));
    let site = store::site::get(&shop.db, "centro").await?.context("the site is there")?;
    assert_eq!(archive::export(&shop.db, &site, &path, &mut |_, _| {}).await?, 3);
    let report = archive::verify(&path, &mut |_, _| {})?;
    assert_eq!((report.faults.len(), report.sites[0].checkpoints, report.sites[0].postings), (0, 2, 3));
    // A reader meets each checkpoint when the sums it states are at hand.
    let text = std::fs::read_to_string(&path)?;
    let lines: Vec<&str> = text.lines().collect();
    let kinds: Vec<bool> = lines[1..].iter().map(|line| line.starts_with("{\"checkpoint\"")).collect();
    assert_eq!(kinds, [false, true, false, true, false]);
    for (order, fault) in [([0, 1, 3, 2, 4, 5], "behind"), ([0, 2, 1, 3, 4, 5], "behind"), ([0, 3, 2, 1, 4, 5], "")] {
        std::fs::write(&changed, order.map(|place| lines[place]).join("\n"))?;
        let report = archive::verify(&changed, &mut |_, _| {})?;
        assert!(report.faults.len() == 1 && report.faults[0].what.contains(fault), "{order:?} {:?}", report.faults);
    }
    Ok(())
}

async fn a_closed_day_is_signed_and_the_file_says_so(shop: &Shop) -> Result<()> {
    shop.move_goods(1, "receipt", json!([{"sku": "A", "quantity": 1, "line_cost": 10}])).await?;
    let head = shop.posted("/api/v1/ledger/centro/checkpoints", &json!(null)).await?;
    assert_eq!(head["closed_through"], Value::Null);
    shop.posted("/api/v1/sites/centro/periods/2026-02-01/close", &json!(null)).await?;
    let signed = shop.get("/api/v1/ledger/centro/checkpoints?limit=1").await?;
    let closing = &signed["items"][0];
    assert_eq!((&closing["seq"], &closing["closed_through"]), (&json!(1), &json!("2026-02-01")));
    assert!(closing["message"].as_str().is_some_and(|message| message.ends_with("closed-through 2026-02-01\n")));
    let cursor = signed["next_cursor"].as_str().context("there is another page")?;
    let rest = shop.get(&format!("/api/v1/ledger/centro/checkpoints?cursor={cursor}")).await?;
    assert_eq!((&rest["items"], &rest["next_cursor"]), (&json!([head]), &Value::Null));

    let folder = tempfile::tempdir()?;
    let path = folder.path().join("centro.jsonl");
    let site = store::site::get(&shop.db, "centro").await?.context("the site is there")?;
    archive::export(&shop.db, &site, &path, &mut |_, _| {}).await?;
    let text = std::fs::read_to_string(&path)?;
    let day = domain::Day::from_ymd(2026, 2, 1).context("a day")?.number();
    let closed = format!("\"closed_through\":{day}");
    assert_eq!(text.matches(&closed).count(), 2, "{text}");
    let faults = |text: &str| archive::prove(text.as_bytes(), &mut |_, _| {}).map(|report| report.faults);
    assert_eq!(faults(&text)?, []);
    let opened = faults(&text.replacen(&closed, "\"closed_through\":null", 1))?;
    assert!(opened.len() == 1 && opened[0].what.contains("closed through nothing"), "{opened:?}");
    // A file of version 1 says nothing of closed days, and neither did the checkpoints in it.
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    lines[0] = lines[0].replace(&format!(",{closed}"), "").replace("\"version\":2", "\"version\":1");
    lines.retain(|line| !line.starts_with("{\"checkpoint\""));
    assert!(lines[0].contains("\"version\":1") && lines.len() == 2, "{lines:?}");
    assert_eq!(faults(&lines.join("\n"))?, []);
    assert!(faults(&text.replacen("\"version\":2", "\"version\":3", 1)).is_err(), "of a version to come");
    Ok(())
}

async fn what_an_earlier_key_signed_still_proves_after_a_new_one_has_come(shop: &Shop) -> Result<()> {
    let data_dir = &shop.warehouse.data_dir;
    let mut keys = Vec::new();
    for number in 1..=3 {
        shop.move_goods(number, "receipt", json!([{"sku": "A", "quantity": 1, "line_cost": 10}])).await?;
        let signed = shop.posted("/api/v1/ledger/centro/checkpoints", &json!(null)).await?;
        keys.push(signed["public_key"].as_str().context("a key")?.to_owned());
        let told = platform::rotation::by_itself("checkpoint");
        checkpoints::replace_key(&shop.db, data_dir, &shop.hand, told).await?;
    }
    keys.sort();
    keys.dedup();
    assert_eq!(keys.len(), 3, "each was signed with another key");
    let report = store::ledger::verify::verify(&shop.db, None, &mut |_, _| {}).await?;
    assert_eq!((report.faults.len(), report.sites[0].checkpoints), (0, 3));
    assert_eq!(checkpoints::compare(&shop.db, data_dir).await?, []);
    let public = std::fs::read_dir(data_dir.join("keys"))?.filter_map(|file| file.ok()?.file_name().into_string().ok());
    assert_eq!(public.filter(|name| name.ends_with(".pub")).count(), 4, "the public part of every key stays");
    assert!(checkpoints::key_made_at(data_dir).is_some());
    Ok(())
}

both! { a_proof_asked_for_again_under_its_key_is_the_same_job a_head_is_signed_by_itself_once_a_business_day
what_an_earlier_key_signed_still_proves_after_a_new_one_has_come a_closed_day_is_signed_and_the_file_says_so
the_file_of_a_ledger_is_proved_line_by_line the_head_grows_and_is_signed_once a_proof_is_a_job a_closed_day_takes_no_postings
a_day_that_is_not_over_closes_only_when_confirmed }
