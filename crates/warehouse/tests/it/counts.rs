//! Counting while the shop goes on selling.

use anyhow::Result;
use axum::{body::Body, http::Request};
use domain::{
    Quantity,
    ledger::{LineDraft, PostingKind},
};
use serde_json::{Value, json};

use crate::shop::{Answer, Shop, id, one};

async fn open(shop: &Shop, blind: bool) -> Result<String> {
    let body = json!({"id": id(100), "site": "centro", "location": "deposito", "blind": blind, "note": "fin de mes"});
    let sheet = shop.posted("/api/v1/counts", &body).await?;
    assert_eq!((&sheet["status"], &sheet["blind"]), (&json!("open"), &json!(blind)));
    Ok(format!("/api/v1/counts/{}", id(100)))
}

async fn count(shop: &Shop, sheet: &str, lines: Value) -> Result<Answer> {
    shop.post(&format!("{sheet}/lines"), &json!({ "lines": lines })).await
}

async fn stocked(shop: &Shop) -> Result<()> {
    let lines = json!([{"sku": "A", "quantity": 10, "line_cost": 100}, {"sku": "B", "quantity": 5, "line_cost": 50}]);
    shop.move_goods(1, "receipt", lines).await.map(drop)
}

fn sale(number: u128, quantity: i64) -> Value {
    one(number, "sale", json!([{"sku": "A", "quantity": quantity, "from": "deposito"}]))
}

async fn sales_go_on_meanwhile(shop: &Shop) -> Result<()> {
    stocked(shop).await?;
    let sheet = open(shop, true).await?;
    // 10 were there and 9 were found; then 2 were sold at the same instant, and 1 more later.
    assert_eq!(count(shop, &sheet, json!([{"sku": "A", "counted": 9}, {"sku": "B", "counted": 6}])).await?.status, 200);
    shop.posted("/api/v1/postings", &sale(2, 2)).await?;
    shop.hand.pass_seconds(60);
    shop.posted("/api/v1/postings", &sale(3, 1)).await?;
    assert_eq!(shop.get(&sheet).await?["lines"][0]["expected"], Value::Null);
    let closed = shop.posted(&format!("{sheet}/close"), &json!(null)).await?;
    assert_eq!((&closed["lines"][0]["expected"], &closed["lines"][0]["difference"]), (&json!("10"), &json!("-1")));
    assert_eq!((&closed["lines"][1]["expected"], &closed["lines"][1]["difference"]), (&json!("5"), &json!("1")));
    assert_eq!(shop.get("/api/v1/stock/A").await?["on_hand"], "6");
    assert_eq!(shop.get("/api/v1/stock/B").await?["on_hand"], "6");
    let posting = shop.get(&format!("/api/v1/postings/{}", closed["posting_id"].as_str().unwrap_or_default())).await?;
    assert_eq!(
        (&posting["kind"], &posting["lines"][0]["to"], &posting["lines"][1]["from"]),
        (&json!("count"), &json!("loss"), &json!("loss"))
    );
    Ok(())
}

async fn a_late_sale_stands_on_its_own_side_of_the_count(shop: &Shop) -> Result<()> {
    stocked(shop).await?;
    shop.hand.pass_seconds(3600);
    let sheet = open(shop, false).await?;
    // Counted at 10:30 and entered at 11:00; a sale of 10:20 arrives later, one of 10:40 came before.
    let mut after = sale(2, 1);
    after["postings"][0]["effective_at"] = json!("2026-02-02T10:40:00-03:00");
    shop.posted("/api/v1/postings", &after).await?;
    count(shop, &sheet, json!([{"sku": "A", "counted": 8, "counted_at": "2026-02-02T10:30:00-03:00"}])).await?;
    let mut before = sale(3, 2);
    before["postings"][0]["effective_at"] = json!("2026-02-02T10:20:00-03:00");
    shop.posted("/api/v1/postings", &before).await?;
    assert_eq!(shop.get(&sheet).await?["lines"][0]["difference"], "0");
    shop.posted(&format!("{sheet}/close"), &json!(null)).await?;
    assert_eq!(shop.get("/api/v1/stock/A").await?["on_hand"], "7");
    Ok(())
}

async fn a_recount_replaces_and_closing_twice_changes_nothing(shop: &Shop) -> Result<()> {
    stocked(shop).await?;
    let sheet = open(shop, true).await?;
    assert_eq!(shop.post(&format!("{sheet}/close"), &json!(null)).await?.body["code"], "count_empty");
    count(shop, &sheet, json!([{"sku": "A", "counted": 1}])).await?;
    count(shop, &sheet, json!([{"sku": "A", "counted": 8}])).await?;
    let first = shop.posted(&format!("{sheet}/close"), &json!(null)).await?;
    assert_eq!((&first["lines"][0]["recount"], &first["lines"][0]["difference"]), (&json!(true), &json!("-2")));
    let again = shop.posted(&format!("{sheet}/close"), &json!(null)).await?;
    assert_eq!(again, first);
    assert_eq!(count(shop, &sheet, json!([{"sku": "B", "counted": 1}])).await?.body["code"], "count_closed");
    assert_eq!(shop.get("/api/v1/counts?site=centro&status=closed").await?["items"][0]["id"], id(100));
    assert_eq!(shop.get("/api/v1/counts?status=open").await?["items"], json!([]));
    Ok(())
}

async fn what_was_counted_before_and_comes_late_leaves_what_was_counted_after_it(shop: &Shop) -> Result<()> {
    stocked(shop).await?;
    shop.hand.pass_seconds(3600);
    let sheet = open(shop, true).await?;
    let at = |counted: u32, time: &str| {
        json!([{"sku": "A", "counted": counted, "counted_at": format!("2026-02-02T{time}:00-03:00")},
            {"sku": "B", "counted": counted, "counted_at": "2026-02-02T10:30:00-03:00"}])
    };
    count(shop, &sheet, at(4, "10:40")).await?;
    let late = count(shop, &sheet, at(3, "10:20")).await?;
    assert_eq!(late.status, 200, "{}", late.body);
    let again = |answer: &Answer| answer.body["recount"].as_array().map(Vec::len);
    assert_eq!(again(&late), Some(0), "B was counted twice; of A the other line stands");
    let lines = shop.get(&sheet).await?["lines"].clone();
    assert_eq!((&lines[0]["counted"], &lines[0]["recount"]), (&json!("4"), &json!(false)), "counted once");
    assert_eq!((&lines[1]["counted"], &lines[1]["first_counted"]), (&json!("3"), &json!("4")), "the rest is put");
    let refused = shop.post(&format!("{sheet}/close"), &json!(null)).await?;
    assert_eq!(refused.body["code"], "recount_needed");
    // Who does not say when counts now, whatever a fast clock said before.
    count(shop, &sheet, json!([{"sku": "A", "counted": 5, "counted_at": "2026-02-02T11:02:00-03:00"}])).await?;
    count(shop, &sheet, json!([{"sku": "A", "counted": 6}])).await?;
    assert_eq!(shop.get(&sheet).await?["lines"][0]["counted"], "6");
    Ok(())
}

async fn every_mistake_of_its_lines_is_told_at_once(shop: &Shop) -> Result<()> {
    stocked(shop).await?;
    let sheet = open(shop, true).await?;
    let lines = json!([
        {"sku": "NADA", "counted": 1, "counted_at": "2099-01-01T00:00:00-03:00"},
        {"sku": "A", "counted": "x", "colour": "red"},
        {"sku": "A", "counted": 1, "lot": "L9"},
        {"counted": 1, "counted_at": "2099-01-01T00:00:00-03:00"},
        {"sku": "B", "counted": 1},
        {"sku": "B", "counted": 2},
    ]);
    let answer = shop.post(&format!("{sheet}/lines"), &json!({"lines": lines, "shape": "round"})).await?;
    let errors = answer.body["errors"].as_array().cloned().unwrap_or_default();
    let word = |error: &serde_json::Value, name: &str| error[name].as_str().unwrap_or_default().to_owned();
    let mut told: Vec<_> = errors.iter().map(|error| (word(error, "field"), word(error, "code"))).collect();
    told.sort();
    let expected = [
        ("lines[0].counted_at", "in_future"),
        ("lines[0].sku", "unknown_product"),
        ("lines[1].colour", "unknown_field"),
        ("lines[1].counted", "not_a_number"),
        ("lines[2].lot", "unknown_lot"),
        ("lines[3].counted_at", "in_future"),
        ("lines[3].sku", "required"),
        ("lines[5].sku", "repeated"),
        ("shape", "unknown_field"),
    ];
    assert_eq!(answer.status, 422);
    assert_eq!(told, expected.map(|(field, code)| (field.to_owned(), code.to_owned())));
    assert_eq!(shop.get(&sheet).await?["lines"], json!([]), "nothing of it is on the sheet");
    Ok(())
}

async fn after_a_crash_the_sheet_is_settled_from_its_posting(shop: &Shop) -> Result<()> {
    stocked(shop).await?;
    let sheet = open(shop, true).await?;
    count(shop, &sheet, json!([{"sku": "A", "counted": 8}])).await?;
    // The posting was committed and the sheet was not: as if the process had ended in between.
    let (from, to) = (Some("deposito".to_owned()), Some("loss".to_owned()));
    let line = LineDraft { sku: "A".to_owned(), quantity: Quantity::units(2), from, to, ..LineDraft::default() };
    let posting = domain::ids::named(id(100).parse()?, "close");
    shop.write_alone((posting, None), PostingKind::Count, "centro", line).await?;
    let closed = shop.posted(&format!("{sheet}/close"), &json!(null)).await?;
    assert_eq!((&closed["status"], &closed["lines"][0]["expected"]), (&json!("closed"), &json!("10")));
    assert_eq!(shop.get("/api/v1/stock/A").await?["on_hand"], "8");
    Ok(())
}

async fn a_large_difference_is_counted_twice_and_tells_nothing(shop: &Shop) -> Result<()> {
    stocked(shop).await?;
    let sheet = open(shop, true).await?;
    let lines = json!([{"sku": "A", "counted": 4}, {"sku": "B", "counted": 6}]);
    let taken = count(shop, &sheet, lines.clone()).await?.body;
    assert_eq!(taken["recount"], json!([{"sku": "A", "lot": null, "expires_on": null}]));
    // Sent again as it was, by a till that got no answer: that is no second count.
    assert_eq!(count(shop, &sheet, lines).await?.body["recount"], taken["recount"]);
    let open = shop.get(&sheet).await?;
    assert_eq!(
        (&open["lines"][0]["needs_recount"], &open["lines"][0]["recount"], &open["lines"][0]["expected"]),
        (&json!(true), &json!(false), &Value::Null)
    );
    assert_eq!(open["lines"][1]["needs_recount"], false);
    let refused = shop.post(&format!("{sheet}/close"), &json!(null)).await?;
    assert_eq!((refused.status.as_u16(), &refused.body["code"]), (409, &json!("recount_needed")));
    assert_eq!(refused.body["errors"][0]["field"], "lines[0].counted");
    assert_eq!(refused.body["errors"].as_array().map(Vec::len), Some(1));
    assert_eq!(shop.get("/api/v1/stock/A").await?["on_hand"], "10");
    shop.hand.pass_seconds(60);
    let again = count(shop, &sheet, json!([{"sku": "A", "counted": 4}])).await?.body;
    assert_eq!(again["recount"], json!([]));
    let closed = shop.posted(&format!("{sheet}/close"), &json!(null)).await?;
    let line = &closed["lines"][0];
    assert_eq!((&line["difference"], &line["first_counted"]), (&json!("-6"), &json!("4")));
    assert_eq!((&line["recount"], &line["needs_recount"]), (&json!(true), &json!(false)));
    assert_eq!(shop.get("/api/v1/stock/A").await?["on_hand"], "4");
    Ok(())
}

async fn a_site_says_what_is_large_and_who_answers_for_it(shop: &Shop) -> Result<()> {
    stocked(shop).await?;
    let site = shop.get("/api/v1/sites/centro").await?;
    assert_eq!(
        (&site["count_tolerance"], &site["count_tolerance_percent"], &site["count_approval_above"]),
        (&json!("2"), &json!(5), &json!("100000.00"))
    );
    let change = json!({"count_tolerance": "7", "count_tolerance_percent": 0, "count_approval_above": 50});
    let request = Request::patch("/api/v1/sites/centro").header("content-type", "application/json");
    let request = request.header("if-match", "\"v1\"").body(Body::from(change.to_string()))?;
    let changed = shop.answer("owner", request).await?;
    assert_eq!((changed.status.as_u16(), &changed.body["count_approval_above"]), (200, &json!("50.00")));
    let sheet = open(shop, true).await?;
    // Six pieces at ten each are missing: within the tolerance, and worth more than a stock keeper decides.
    let taken = count(shop, &sheet, json!([{"sku": "A", "counted": 4}])).await?.body;
    assert_eq!(taken["recount"], json!([]));
    for role in ["stock_keeper", "service"] {
        let refused = shop.send_as(role, "POST", &format!("{sheet}/close"), None).await?;
        assert_eq!((refused.status.as_u16(), &refused.body["code"]), (403, &json!("approval_needed")), "{role}");
        assert!(refused.body["detail"].as_str().is_some_and(|text| text.contains("50") && !text.contains("60")));
    }
    // Refused, the sheet takes lines again; one piece less is what may be decided.
    shop.hand.pass_seconds(60);
    assert_eq!(count(shop, &sheet, json!([{"sku": "A", "counted": 5}])).await?.status, 200);
    let closed = shop.send_as("stock_keeper", "POST", &format!("{sheet}/close"), None).await?;
    assert_eq!((closed.status.as_u16(), &closed.body["lines"][0]["difference"]), (200, &json!("-5")));
    Ok(())
}

async fn second(shop: &Shop) -> Result<String> {
    shop.posted("/api/v1/counts", &json!({"id": id(101), "site": "centro", "location": "deposito"})).await?;
    Ok(format!("/api/v1/counts/{}", id(101)))
}

async fn two_sheets_do_not_post_one_difference_twice(shop: &Shop) -> Result<()> {
    shop.move_goods(1, "receipt", json!([{"sku": "A", "quantity": 4}, {"sku": "B", "quantity": 5}])).await?;
    let (one, other) = (open(shop, true).await?, second(shop).await?);
    let lines = json!([{"sku": "A", "counted": 3}, {"sku": "B", "counted": 5}]);
    for sheet in [&one, &other] {
        assert_eq!(count(shop, sheet, lines.clone()).await?.status, 200);
    }
    shop.posted(&format!("{one}/close"), &json!(null)).await?;
    let refused = shop.post(&format!("{other}/close"), &json!(null)).await?;
    assert_eq!((refused.status.as_u16(), &refused.body["code"]), (409, &json!("counted_elsewhere")));
    assert!(refused.body["detail"].as_str().is_some_and(|detail| detail.contains(&id(100))), "{}", refused.body);
    let errors = refused.body["errors"].as_array().cloned().unwrap_or_default();
    assert_eq!((errors.len(), &errors[0]["field"]), (1, &json!("lines[0].counted")), "what did not differ stands");
    assert_eq!(shop.get("/api/v1/stock/A").await?["on_hand"], "3");
    // Counted again it stands by itself: nothing is missing any more, or one more is.
    shop.hand.pass_seconds(60);
    count(shop, &other, json!([{"sku": "A", "counted": 2}])).await?;
    let closed = shop.posted(&format!("{other}/close"), &json!(null)).await?;
    assert_eq!((&closed["lines"][0]["expected"], &closed["lines"][0]["difference"]), (&json!("3"), &json!("-1")));
    assert_eq!(shop.get("/api/v1/stock/A").await?["on_hand"], "2");
    Ok(())
}

async fn a_count_that_was_taken_back_stands_in_nobodys_way(shop: &Shop) -> Result<()> {
    shop.move_goods(1, "receipt", json!([{"sku": "A", "quantity": 4}])).await?;
    let (one, other) = (open(shop, true).await?, second(shop).await?);
    for sheet in [&one, &other] {
        count(shop, sheet, json!([{"sku": "A", "counted": 3}])).await?;
    }
    let closed = shop.posted(&format!("{one}/close"), &json!(null)).await?;
    let correction =
        json!({"postings": [{"id": id(9), "kind": "correction", "site": "centro", "corrects": closed["posting_id"]}]});
    shop.posted("/api/v1/postings", &correction).await?;
    shop.posted(&format!("{other}/close"), &json!(null)).await?;
    assert_eq!(shop.get("/api/v1/stock/A").await?["on_hand"], "3");
    Ok(())
}

async fn of_two_sheets_that_close_at_once_one_waits(shop: &Shop) -> Result<()> {
    shop.move_goods(1, "receipt", json!([{"sku": "A", "quantity": 4}])).await?;
    let (one, other) = (open(shop, true).await?, second(shop).await?);
    for sheet in [&one, &other] {
        count(shop, sheet, json!([{"sku": "A", "counted": 3}])).await?;
    }
    // The first is being closed and has not posted yet.
    let mut tx = shop.db.write().await?;
    store::count::mark_closing(&mut tx, id(100).parse()?, Some(crate::shop::NOW)).await?;
    tx.commit().await?;
    let refused = shop.post(&format!("{other}/close"), &json!(null)).await?;
    assert_eq!((refused.status.as_u16(), &refused.body["code"]), (409, &json!("closing_elsewhere")));
    shop.posted(&format!("{one}/close"), &json!(null)).await?;
    assert_eq!(shop.post(&format!("{other}/close"), &json!(null)).await?.body["code"], "counted_elsewhere");
    assert_eq!(shop.get("/api/v1/stock/A").await?["on_hand"], "3");
    Ok(())
}

async fn the_open_sheets_are_told_without_their_lines(shop: &Shop) -> Result<()> {
    stocked(shop).await?;
    let sheet = open(shop, true).await?;
    count(shop, &sheet, json!([{"sku": "A", "counted": 10}])).await?;
    let known = store::count::open(&shop.db, 10).await?;
    let known: Vec<_> = known.iter().map(|one| (one.id.to_string(), one.site.as_str(), one.closed_at)).collect();
    assert_eq!(known, [(id(100), "centro", None)]);
    assert_eq!(store::count::open(&shop.db, 0).await?, []);
    let mut tx = shop.db.write().await?;
    store::count::mark_closing(&mut tx, id(100).parse()?, Some(shop.warehouse.clock.now())).await?;
    tx.commit().await?;
    assert!(store::count::open(&shop.db, 10).await?[0].closed_at.is_some(), "it takes no lines");
    shop.posted(&format!("{sheet}/close"), &json!(null)).await?;
    assert_eq!(store::count::open(&shop.db, 10).await?, []);
    Ok(())
}

async fn nothing_was_counted_in_a_closed_day(shop: &Shop) -> Result<()> {
    stocked(shop).await?;
    let sheet = open(shop, false).await?;
    shop.posted("/api/v1/sites/centro/periods/2026-02-01/close", &json!(null)).await?;
    let at = |sku: &str, at: &str| json!({"sku": sku, "counted": 8, "counted_at": at});
    let open = at("A", "2026-02-02T00:00:00-03:00");
    for late in [json!([at("A", "1970-01-01T00:00:00Z")]), json!([open, at("B", "2026-02-01T23:59:59-03:00")])] {
        let refused = count(shop, &sheet, late).await?;
        assert_eq!((refused.status.as_u16(), &refused.body["code"]), (409, &json!("closed_day")), "{:?}", refused.body);
    }
    assert_eq!(shop.get(&sheet).await?["lines"], json!([]));
    assert_eq!(count(shop, &sheet, json!([open, {"sku": "B", "counted": 5}])).await?.status, 200);
    Ok(())
}

async fn what_is_wrong_is_told(shop: &Shop) -> Result<()> {
    let body = json!({"site": "centro", "location": "luna"});
    assert_eq!(shop.post("/api/v1/counts", &body).await?.body["errors"][0]["code"], "unknown_location");
    let sheet = open(shop, true).await?;
    let lines = json!([{"sku": "Z", "counted": 1}, {"sku": "A", "counted": -1}]);
    assert_eq!(count(shop, &sheet, lines).await?.body["errors"][0]["field"], "lines[1].counted");
    let lines = json!([{"sku": "Z", "counted": 1}, {"sku": "A", "counted": 1, "lot": "L"}]);
    let fields: Vec<Value> = count(shop, &sheet, lines).await?.body["errors"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|e| e["field"].clone())
        .collect();
    assert_eq!(fields, ["lines[0].sku", "lines[1].lot"]);
    let twice = count(shop, &sheet, json!([{"sku": "A", "counted": 1}, {"sku": "A", "counted": 2}])).await?;
    assert_eq!((twice.status.as_u16(), &twice.body["errors"][0]["field"]), (422, &json!("lines[1].sku")));
    assert_eq!(shop.send("GET", "/api/v1/counts/x", None).await?.status, 404);
    Ok(())
}

both! {
    every_mistake_of_its_lines_is_told_at_once what_was_counted_before_and_comes_late_leaves_what_was_counted_after_it
    two_sheets_do_not_post_one_difference_twice a_count_that_was_taken_back_stands_in_nobodys_way
    of_two_sheets_that_close_at_once_one_waits
    sales_go_on_meanwhile a_late_sale_stands_on_its_own_side_of_the_count
    a_recount_replaces_and_closing_twice_changes_nothing after_a_crash_the_sheet_is_settled_from_its_posting
    a_large_difference_is_counted_twice_and_tells_nothing a_site_says_what_is_large_and_who_answers_for_it
    nothing_was_counted_in_a_closed_day the_open_sheets_are_told_without_their_lines what_is_wrong_is_told
}
