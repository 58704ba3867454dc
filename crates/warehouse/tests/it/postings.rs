//! Making postings and reading them back.

use anyhow::Result;
use axum::{
    body::Body,
    http::{Request, header},
};
use serde_json::{Value, json};

use crate::shop::{Shop, id, one};

const POSTINGS: &str = "/api/v1/postings";

async fn one_posting_has_its_own_status(shop: &Shop) -> Result<()> {
    let receipt = one(1, "receipt", json!([{"sku": "A", "quantity": "8", "line_cost": "80.00"}]));
    let first = shop.post(POSTINGS, &receipt).await?;
    assert_eq!((first.status.as_u16(), &first.body["results"][0]["status"]), (201, &json!("posted")));
    assert_eq!(first.headers["location"], format!("/api/v1/postings/{}", id(1)));
    let line = &first.body["results"][0]["lines"][0];
    let expected = json!({"sku": "A", "from": "supplier", "to": "deposito", "lot": null, "expires_on": null, "quantity": "8",
        "on_hand_after": "8", "value": "80.00"});
    assert_eq!(line, &expected);
    let again = shop.post(POSTINGS, &receipt).await?;
    assert_eq!((again.status.as_u16(), &again.body["results"][0]["status"]), (200, &json!("duplicate")));
    assert_eq!(again.body["results"][0]["hash"], first.body["results"][0]["hash"]);
    let other = shop.post(POSTINGS, &one(1, "receipt", json!([{"sku": "A", "quantity": 9}]))).await?;
    assert_eq!((other.status.as_u16(), &other.body["code"]), (409, &json!("idempotency_conflict")));
    let short = shop.post(POSTINGS, &one(2, "sale", json!([{"sku": "A", "quantity": 9}]))).await?;
    assert_eq!((short.status.as_u16(), &short.body["code"]), (409, &json!("insufficient_stock")));
    assert_eq!(short.body["errors"][0]["field"], "postings[0].lines[0].quantity");
    let unknown = shop.post(POSTINGS, &one(3, "sale", json!([{"sku": "Z", "quantity": 1}]))).await?;
    assert_eq!((unknown.status.as_u16(), &unknown.body["code"]), (422, &json!("unknown_product")));
    Ok(())
}

async fn many_postings_have_a_result_each(shop: &Shop) -> Result<()> {
    let posting = |number: u128, kind: &str, quantity: i64| {
        one(number, kind, json!([{"sku": "A", "quantity": quantity}]))["postings"][0].clone()
    };
    let body = json!({"postings": [posting(1, "receipt", 3), posting(2, "sale", 5), posting(3, "sale", 3), posting(1, "receipt", 3)]});
    let answer = shop.post(POSTINGS, &body).await?;
    let statuses: Vec<_> =
        answer.body["results"].as_array().into_iter().flatten().map(|result| &result["status"]).collect();
    assert_eq!(answer.status, 200);
    assert_eq!(statuses, ["posted", "rejected", "posted", "duplicate"]);
    assert_eq!(answer.body["results"][1]["problem"]["errors"][0]["field"], "postings[1].lines[0].quantity");
    assert_eq!(answer.body["results"][2]["lines"][0]["on_hand_after"], "0");
    Ok(())
}

async fn a_posting_reads_back(shop: &Shop) -> Result<()> {
    shop.move_goods(1, "receipt", json!([{"sku": "K", "quantity": 0.845, "unit_cost": "1000"}])).await?;
    let sale = json!({"postings": [{"id": id(2), "kind": "sale", "site": "centro", "device": "caja-1", "note": "sin bolsa",
        "reference": {"type": "ticket", "number": "0003-1"}, "effective_at": "2026-02-02T09:30:00-03:00",
        "lines": [{"sku": "K", "quantity": "0.345", "unit_price": "2000.00"}]}]});
    shop.posted(POSTINGS, &sale).await?;
    let posting = shop.get(&format!("{POSTINGS}/{}", id(2))).await?;
    assert_eq!((&posting["seq"], &posting["actor"], &posting["device"]), (&json!(2), &json!("ana"), &json!("caja-1")));
    assert_eq!(posting["effective_at"], "2026-02-02T09:30:00-03:00");
    assert_eq!((&posting["revenue"], &posting["lines"][0]["value"]), (&json!("690.00"), &json!("345.00")));
    assert_eq!(posting["reference"], json!({"type": "ticket", "number": "0003-1"}));
    for missing in [id(9), "x".to_owned()] {
        assert_eq!(shop.send("GET", &format!("{POSTINGS}/{missing}"), None).await?.status, 404);
    }
    Ok(())
}

async fn a_correction_takes_back(shop: &Shop) -> Result<()> {
    shop.move_goods(1, "receipt", json!([{"sku": "A", "quantity": 8, "line_cost": 80}])).await?;
    let correction = json!({"postings": [{"id": id(2), "kind": "correction", "site": "centro", "corrects": id(1)}]});
    let answer = shop.posted(POSTINGS, &correction).await?;
    assert_eq!(answer["results"][0]["lines"][0]["on_hand_after"], "0");
    assert_eq!(shop.get(&format!("{POSTINGS}/{}", id(1))).await?["corrected_by"], id(2));
    Ok(())
}

async fn a_preview_writes_nothing_and_says_what_the_past_would_be(shop: &Shop) -> Result<()> {
    shop.move_goods(1, "receipt", json!([{"sku": "A", "quantity": 8, "line_cost": 80}])).await?;
    shop.hand.pass_seconds(3 * 86_400);
    shop.move_goods(2, "sale", json!([{"sku": "A", "quantity": 5}])).await?;
    let mut late = one(3, "sale", json!([{"sku": "A", "quantity": 2}]));
    late["postings"][0]["effective_at"] = json!("2026-02-03T12:00:00-03:00");
    let preview = shop.posted(&format!("{POSTINGS}?dry_run=true"), &late).await?;
    assert_eq!((&preview["dry_run"], &preview["results"][0]["status"]), (&json!(true), &json!("posted")));
    let expected = json!([{"sku": "A", "days": 3, "on_hand_before": "3", "on_hand_after": "1", "lowest": "1", "lowest_on": "2026-02-05"}]);
    assert_eq!(preview["results"][0]["impact"], expected);
    assert_eq!(shop.get(&format!("{POSTINGS}?site=centro")).await?["items"].as_array().map(Vec::len), Some(2));
    let refused = shop.send_as("cashier", "POST", POSTINGS, Some(&late.to_string())).await?;
    assert_eq!((refused.status.as_u16(), &refused.body["code"]), (422, &json!("back_dating_forbidden")));
    assert_eq!(shop.post(POSTINGS, &late).await?.status, 201);
    Ok(())
}

/// What each role gets for a kind: `+` it is posted, `-` it is refused to the role, `d` it comes of a document.
const ROLES: [&str; 8] =
    ["owner", "manager", "stock_keeper", "cashier", "service", "accountant", "operator", "auditor"];
const KINDS: [(&str, &str); 15] = [
    ("opening", "++------"),
    ("receipt", "+++-+---"),
    ("sale", "++-++---"),
    ("customer_return", "++-++---"),
    ("supplier_return", "+++-+---"),
    ("move", "+++-+---"),
    ("transfer_out", "ddddd---"),
    ("transfer_in", "ddddd---"),
    ("waste", "+++-+---"),
    ("loss", "+++-+---"),
    ("found", "+++-+---"),
    ("count", "ddddd---"),
    ("production", "+++-+---"),
    ("consumption", "+++-+---"),
    ("correction", "++------"),
];

async fn each_role_posts_its_own_kinds(shop: &Shop) -> Result<()> {
    let kinds: Vec<&str> = domain::ledger::PostingKind::ALL.iter().map(|kind| kind.name()).collect();
    assert_eq!(kinds, KINDS.map(|(kind, _)| kind), "every kind is walked");
    shop.move_goods(1, "receipt", json!([{"sku": "A", "quantity": 500, "line_cost": 500}])).await?;
    let mut number = 10;
    for (kind, wanted) in KINDS {
        for (role, wanted) in ROLES.iter().zip(wanted.chars()) {
            number += 2;
            let (mut body, mut line) = (one(number, kind, json!([])), json!({"sku": "A", "quantity": 1}));
            match kind {
                "move" => line["to"] = json!("salon"),
                "correction" => {
                    // Each correction needs something of its own to correct.
                    shop.move_goods(number + 1, "receipt", json!([{"sku": "A", "quantity": 1}])).await?;
                    body["postings"][0]["corrects"] = json!(id(number + 1));
                }
                _ => {}
            }
            if kind != "correction" {
                body["postings"][0]["lines"] = json!([line]);
            }
            for (query, done) in [("?dry_run=true", 200), ("", 201)] {
                let answer = shop.send_as(role, "POST", &format!("{POSTINGS}{query}"), Some(&body.to_string())).await?;
                let status = match wanted {
                    '+' => done,
                    'd' => 422,
                    _ => 403,
                };
                assert_eq!(answer.status, status, "{role} {kind}{query}: {}", answer.body);
                if wanted == 'd' {
                    let error = &answer.body["errors"][0];
                    assert_eq!(
                        (&error["field"], &error["code"]),
                        (&json!("postings[0].kind"), &json!("kind_of_document"))
                    );
                    assert!(error["message"].as_str().is_some_and(|text| text.contains("POST /api/v1/")), "{error}");
                }
            }
        }
    }
    Ok(())
}

async fn a_refused_kind_is_named_and_nothing_is_written(shop: &Shop) -> Result<()> {
    let posting =
        |number: u128, kind: &str| one(number, kind, json!([{"sku": "A", "quantity": 1}]))["postings"][0].clone();
    let body =
        json!({"postings": [posting(1, "customer_return"), posting(2, "receipt"), posting(3, "found")]}).to_string();
    let refused = shop.send_as("cashier", "POST", POSTINGS, Some(&body)).await?;
    assert_eq!((refused.status.as_u16(), &refused.body["code"]), (403, &json!("kind_forbidden")));
    let fields: Vec<&Value> = refused.body["errors"].as_array().into_iter().flatten().map(|e| &e["field"]).collect();
    assert_eq!(fields, ["postings[1].kind", "postings[2].kind"]);
    assert_eq!(shop.get(POSTINGS).await?["items"], json!([]));
    let mut wrong = one(4, "count", json!([{"sku": "A", "quantity": 0}]));
    wrong["postings"][0]["site"] = json!("");
    let told = shop.post(POSTINGS, &wrong).await?;
    assert_eq!(told.body["errors"].as_array().map(Vec::len), Some(3), "all at once: {}", told.body);
    Ok(())
}

async fn lists_narrow_and_page(shop: &Shop) -> Result<()> {
    for number in 1..=5 {
        shop.move_goods(number, "receipt", json!([{"sku": if number == 3 { "B" } else { "A" }, "quantity": 1}]))
            .await?;
    }
    let seqs = |body: &Value| -> Vec<i64> {
        body["items"].as_array().into_iter().flatten().filter_map(|item| item["seq"].as_i64()).collect()
    };
    let first = shop.get(&format!("{POSTINGS}?limit=2")).await?;
    let cursor = first["next_cursor"].as_str().unwrap_or_default();
    let second = shop.get(&format!("{POSTINGS}?limit=2&cursor={cursor}")).await?;
    assert_eq!((seqs(&first), seqs(&second)), (vec![5, 4], vec![3, 2]));
    assert_eq!(
        seqs(&shop.get(&format!("{POSTINGS}?sku=B&kind=receipt&actor=ana&from=2026-02-02&to=2026-02-02")).await?),
        [3]
    );
    assert_eq!(seqs(&shop.get(&format!("{POSTINGS}?from=2026-02-03")).await?), Vec::<i64>::new());
    let movements = shop.get("/api/v1/products/A/movements?limit=1").await?;
    assert_eq!(
        (&movements["items"][0]["on_hand_after"], &movements["items"][0]["to"]),
        (&json!("4"), &json!("deposito"))
    );
    for wrong in ["sku=Z", "site=nowhere", "kind=gift", "from=yesterday", "limit=0", "colour=red", "cursor=abc"] {
        assert_eq!(shop.send("GET", &format!("{POSTINGS}?{wrong}"), None).await?.status, 422, "{wrong}");
    }
    assert_eq!(shop.send("GET", "/api/v1/products/Z/movements", None).await?.status, 404);
    Ok(())
}

async fn a_posting_is_not_sent_again_until_something_corrects_it(shop: &Shop) -> Result<()> {
    shop.move_goods(1, "receipt", json!([{"sku": "A", "quantity": "8", "line_cost": "80.00"}])).await?;
    let path = format!("{POSTINGS}/{}", id(1));
    let first = shop.send("GET", &path, None).await?;
    let tag = first.headers["etag"].clone();
    assert_eq!(tag, format!("\"{}\"", first.body["hash"].as_str().unwrap_or_default()));
    let ask = async || {
        let request = Request::get(&path).header(header::IF_NONE_MATCH, &tag).body(Body::empty())?;
        shop.answer("owner", request).await
    };
    assert_eq!(ask().await?.status, 304);
    let mut correction = one(2, "correction", json!([]));
    correction["postings"][0]["corrects"] = json!(id(1));
    shop.posted(POSTINGS, &correction).await?;
    let corrected = ask().await?;
    assert_eq!((corrected.status.as_u16(), &corrected.body["corrected_by"]), (200, &json!(id(2))));
    Ok(())
}

both! {
    a_posting_is_not_sent_again_until_something_corrects_it
    one_posting_has_its_own_status many_postings_have_a_result_each a_posting_reads_back a_correction_takes_back
    a_preview_writes_nothing_and_says_what_the_past_would_be each_role_posts_its_own_kinds
    a_refused_kind_is_named_and_nothing_is_written lists_narrow_and_page
}
