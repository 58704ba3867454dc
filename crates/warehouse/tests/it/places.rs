//! Sites and their locations.

use anyhow::Result;
use axum::{
    body::Body,
    http::{Request, header},
};
use serde_json::{Value, json};

use crate::shop::Shop;

const SITES: &str = "/api/v1/sites";

fn abasto() -> Value {
    json!({"code": "abasto", "name": "Abasto", "kind": "depot", "timezone": "America/Argentina/Buenos_Aires"})
}

async fn a_site_comes_with_its_places(shop: &Shop) -> Result<()> {
    let made = shop.post(SITES, &abasto()).await?;
    assert_eq!((made.status.as_u16(), &made.headers[header::LOCATION]), (201, &"/api/v1/sites/abasto".parse()?));
    let expected = json!({"code": "abasto", "name": "Abasto", "kind": "depot", "timezone": "America/Argentina/Buenos_Aires",
        "allow_oversell": false, "receive_at": null, "sell_from": null, "count_tolerance": "2", "count_tolerance_percent": 5, "count_approval_above": "100000.00", "version": 1, "created_at": "2026-02-02T10:00:00-03:00"});
    assert_eq!((&made.body, &shop.get("/api/v1/sites/abasto").await?), (&expected, &expected));
    let again = shop.post(SITES, &abasto()).await?;
    assert_eq!((again.status.as_u16(), &again.body["code"]), (409, &json!("site_exists")));
    let locations = shop.get("/api/v1/sites/abasto/locations").await?;
    assert_eq!(locations["items"][0], json!({"code": "deposito", "name": "Depósito", "kind": "internal"}));
    assert_eq!(locations["items"].as_array().map(Vec::len), Some(9));
    let page = shop.get(&format!("{SITES}?limit=1")).await?;
    let next = page["next_cursor"].as_str().unwrap_or_default();
    let codes = [&page["items"][0]["code"], &shop.get(&format!("{SITES}?cursor={next}")).await?["items"][0]["code"]];
    assert_eq!(codes, ["abasto", "centro"]);
    Ok(())
}

async fn what_is_wrong_with_a_site_is_told_at_once(shop: &Shop) -> Result<()> {
    let body = json!({"code": "El Abasto", "kind": "kiosk", "timezone": "Buenos Aires", "extra": 1});
    let answer = shop.post(SITES, &body).await?;
    let errors = answer.body["errors"].as_array().into_iter().flatten();
    let mut codes: Vec<_> = errors.filter_map(|error| error["code"].as_str()).collect();
    codes.sort_unstable();
    assert_eq!(
        (answer.status.as_u16(), codes),
        (422, vec!["not_a_slug", "not_one_of", "required", "unknown_field", "unknown_zone"])
    );
    Ok(())
}

async fn settings_name_places_of_the_site(shop: &Shop) -> Result<()> {
    let fridge = shop.post("/api/v1/sites/centro/locations", &json!({"code": "heladera", "name": "Heladera"})).await?;
    assert_eq!((fridge.status.as_u16(), &fridge.body["kind"]), (201, &json!("internal")));
    for (code, status) in [("heladera", 409), ("customer", 409), ("No", 422)] {
        let answer = shop.post("/api/v1/sites/centro/locations", &json!({"code": code, "name": "x"})).await?;
        assert_eq!(answer.status, status, "{code}");
    }
    let change = async |tag: &str, body: Value| {
        let request = Request::patch("/api/v1/sites/centro")
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::IF_MATCH, tag);
        shop.answer("owner", request.body(Body::from(body.to_string()))?).await
    };
    let done = change("\"v1\"", json!({"sell_from": "heladera", "allow_oversell": true, "name": "Centro"})).await?;
    assert_eq!(
        (done.status.as_u16(), &done.body["sell_from"], &done.body["allow_oversell"]),
        (200, &json!("heladera"), &json!(true))
    );
    assert_eq!(change("\"v1\"", json!({"name": "x"})).await?.status, 412);
    let wrong = change("\"v2\"", json!({"sell_from": "customer", "receive_at": "nada"})).await?;
    assert_eq!((wrong.status.as_u16(), wrong.body["errors"].as_array().map(Vec::len)), (422, Some(2)));
    shop.move_goods(1, "receipt", json!([{"sku": "A", "quantity": 2, "to": "heladera"}])).await?;
    let sale = shop.move_goods(2, "sale", json!([{"sku": "A", "quantity": 1}])).await?;
    assert_eq!(sale["results"][0]["lines"][0]["from"], "heladera", "the settings decide where sales leave from");
    let back = change("*", json!({"sell_from": null})).await?;
    assert_eq!((&back.body["sell_from"], &back.body["version"]), (&Value::Null, &json!(3)));
    assert_eq!(shop.send("GET", "/api/v1/sites/nada/locations", None).await?.status, 404);
    assert_eq!(shop.send_as("cashier", "POST", SITES, Some(&abasto().to_string())).await?.status, 403);
    Ok(())
}

both! { a_site_comes_with_its_places what_is_wrong_with_a_site_is_told_at_once settings_name_places_of_the_site }
