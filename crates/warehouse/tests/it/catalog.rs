//! Products, their barcodes, packs and prices, and categories.

use anyhow::Result;
use axum::{
    body::Body,
    http::{Request, header},
};
use serde_json::{Value, json};

use crate::shop::{Answer, Shop};

const PRODUCTS: &str = "/api/v1/products";

fn yerba() -> Value {
    json!({"sku": "YER/001 ñ", "name": "Yerba Mate Canarias", "unit": "kg", "category": "Almacén/Infusiones", "brand": "Canarias",
        "supplier": "Mayorista Sur", "barcodes": [{"code": "07730241003920"}, {"code": "CAJA-6", "pack_quantity": 6}],
        "packs": [{"name": "caja", "factor": "1/3"}], "minimum": 2.5, "maximum": "40", "vat_rate": 10.50, "price": 6350.5,
        "tracks_lots": true, "tracks_expiry": false})
}

/// The faults as `field:code`.
fn faults(answer: &Answer) -> Vec<String> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let errors = answer.body["errors"].as_array().into_iter().flatten();
    errors.map(|error| format!("{}:{}", text(&error["field"]), text(&error["code"]))).collect()
}

async fn change(shop: &Shop, path: &str, tag: Option<&str>, body: &Value) -> Result<Answer> {
    let mut request = Request::patch(path).header(header::CONTENT_TYPE, "application/json");
    if let Some(tag) = tag {
        request = request.header(header::IF_MATCH, tag);
    }
    shop.answer("owner", request.body(Body::from(body.to_string()))?).await
}

async fn a_product_is_made_and_read(shop: &Shop) -> Result<()> {
    let made = shop.post(PRODUCTS, &yerba()).await?;
    assert_eq!((made.status.as_u16(), &made.headers[header::ETAG]), (201, &"\"v1\"".parse()?));
    let path = made.headers[header::LOCATION].to_str()?;
    assert_eq!(path, "/api/v1/products/YER%2F001%20%C3%B1");
    let read = shop.get(path).await?;
    assert_eq!(read, made.body);
    let expected = json!({"sku": "YER/001 ñ", "name": "Yerba Mate Canarias", "unit": "kg", "category": "Almacén/Infusiones",
        "brand": "Canarias", "supplier": "mayorista-sur", "minimum": "2.500", "maximum": "40", "vat_rate": "10.5",
        "barcodes": [{"code": "7730241003920", "pack_quantity": "1"}, {"code": "CAJA-6", "pack_quantity": "6"}],
        "packs": [{"name": "caja", "factor": "1/3"}], "price": "6350.50", "currency": "ARS", "tracks_lots": true,
        "tracks_expiry": false, "active": true, "version": 1, "created_at": "2026-02-02T13:00:00Z",
        "updated_at": "2026-02-02T13:00:00Z"});
    assert_eq!(read, expected);
    let known = Request::get(path).header(header::IF_NONE_MATCH, "\"v1\"").body(Body::empty())?;
    assert_eq!(shop.answer("owner", known).await?.status, 304);
    assert_eq!(shop.send("GET", "/api/v1/products/nada%00", None).await?.status, 404);
    Ok(())
}

async fn a_code_that_could_not_be_reached_again_is_refused(shop: &Shop) -> Result<()> {
    for sku in ["search", "lookup", ".", ".."] {
        let answer = shop.post(PRODUCTS, &json!({"sku": sku, "name": "A", "unit": "unit"})).await?;
        assert_eq!((answer.status.as_u16(), faults(&answer)), (422, vec!["sku:reserved_code".to_owned()]), "{sku}");
    }
    for sku in ["Search", "lookup-1"] {
        shop.posted(PRODUCTS, &json!({"sku": sku, "name": "A", "unit": "unit"})).await?;
        assert_eq!(shop.get(&format!("{PRODUCTS}/{sku}")).await?["sku"], sku);
    }
    Ok(())
}

async fn what_is_wrong_is_told_at_once(shop: &Shop) -> Result<()> {
    let body = json!({"sku": "", "unit": "box", "minimum": "5", "maximum": "4.5", "vat_rate": "19", "price": -1, "colour": "red",
        "barcodes": [{"code": "1"}, {"code": "1"}], "packs": [{"name": "x", "factor": 0}]});
    let answer = shop.post(PRODUCTS, &body).await?;
    assert_eq!(answer.status, 422);
    let mut found = faults(&answer);
    found.sort();
    let mut expected = [
        "barcodes[1]:repeated",
        "colour:unknown_field",
        "maximum:below_minimum",
        "name:required",
        "packs[0].factor:not_a_pack_factor",
        "price:negative",
        "sku:blank",
        "unit:not_one_of",
        "vat_rate:unknown_vat_rate",
    ];
    expected.sort_unstable();
    assert_eq!(found, expected);
    Ok(())
}

async fn a_sku_and_a_barcode_are_taken_once(shop: &Shop) -> Result<()> {
    shop.posted(PRODUCTS, &yerba()).await?;
    let again = shop.post(PRODUCTS, &yerba()).await?;
    assert_eq!((again.status.as_u16(), &again.body["code"]), (409, &json!("product_exists")));
    assert_eq!(faults(&again), ["sku:taken"]);
    let thief = json!({"sku": "X", "name": "X", "unit": "unit", "barcodes": [{"code": "7730241003920"}]});
    let refused = shop.post(PRODUCTS, &thief).await?;
    assert_eq!((refused.status.as_u16(), &refused.body["code"]), (409, &json!("barcode_taken")));
    assert_eq!(shop.send("GET", "/api/v1/products/X", None).await?.status, 404, "nothing half-done");
    Ok(())
}

async fn a_creation_sent_twice_is_made_once(shop: &Shop) -> Result<()> {
    let send = async || -> Result<Answer> {
        let request =
            Request::post(PRODUCTS).header(header::CONTENT_TYPE, "application/json").header("Idempotency-Key", "k-1");
        shop.answer("owner", request.body(Body::from(yerba().to_string()))?).await
    };
    let (first, second) = (send().await?, send().await?);
    assert_eq!((first.status.as_u16(), second.status.as_u16()), (201, 201));
    assert_eq!((first.bytes, &first.headers[header::LOCATION]), (second.bytes, &second.headers[header::LOCATION]));
    assert_eq!(second.headers["idempotency-replayed"], "true");
    Ok(())
}

async fn a_change_is_made_to_the_version_seen(shop: &Shop) -> Result<()> {
    let path = "/api/v1/products/A";
    let body = json!({"brand": "Marca", "category": "Pan", "minimum": 3, "price": "10"});
    let done = change(shop, path, Some("\"v1\""), &body).await?;
    assert_eq!((done.status.as_u16(), &done.headers[header::ETAG]), (200, &"\"v2\"".parse()?));
    assert_eq!(
        (&done.body["brand"], &done.body["minimum"], &done.body["price"]),
        (&json!("Marca"), &json!("3"), &json!("10.00"))
    );
    let late = change(shop, path, Some("\"v1\""), &json!({"brand": "Otra"})).await?;
    assert_eq!((late.status.as_u16(), &late.body["code"]), (412, &json!("stale")));
    let cleared = change(shop, path, Some("*"), &json!({"brand": null, "category": null, "minimum": null})).await?;
    assert_eq!(
        (&cleared.body["brand"], &cleared.body["category"], &cleared.body["version"]),
        (&Value::Null, &Value::Null, &json!(3))
    );
    assert_eq!(cleared.body["price"], "10.00", "what is not mentioned stays");
    let wrong = change(shop, path, Some("*"), &json!({"name": null, "sku": "B"})).await?;
    assert_eq!(faults(&wrong), ["name:required", "sku:unknown_field"]);
    assert_eq!(change(shop, "/api/v1/products/Z", Some("*"), &json!({})).await?.status, 404);
    Ok(())
}

async fn stock_keeps_a_product_in_use(shop: &Shop) -> Result<()> {
    shop.move_goods(1, "receipt", json!([{"sku": "A", "quantity": 8, "line_cost": 80}])).await?;
    let refused = shop.send("POST", "/api/v1/products/A/deactivate", None).await?;
    assert_eq!((refused.status.as_u16(), &refused.body["code"]), (409, &json!("product_has_stock")));
    let refused = change(shop, "/api/v1/products/A", Some("*"), &json!({"unit": "kg"})).await?;
    assert_eq!((refused.status.as_u16(), &refused.body["code"]), (409, &json!("product_moved")));
    shop.move_goods(2, "sale", json!([{"sku": "A", "quantity": 8}])).await?;
    for _ in 0..2 {
        let done = shop.send("POST", "/api/v1/products/A/deactivate", None).await?;
        assert_eq!(
            (done.status.as_u16(), &done.body["active"], &done.body["version"]),
            (200, &json!(false), &json!(2))
        );
    }
    assert_eq!(shop.send("POST", "/api/v1/products/Z/deactivate", None).await?.status, 404);
    let back = change(shop, "/api/v1/products/A", Some("*"), &json!({"active": true})).await?;
    assert_eq!(back.body["active"], true);
    Ok(())
}

async fn lists_filter_and_page(shop: &Shop) -> Result<()> {
    shop.posted(PRODUCTS, &yerba()).await?;
    let skus = async |query: &str| -> Result<Vec<String>> {
        let body = shop.get(&format!("{PRODUCTS}?{query}")).await?;
        let items = body["items"].as_array().into_iter().flatten();
        Ok(items.filter_map(|item| item["sku"].as_str().map(str::to_owned)).collect())
    };
    let first = shop.get(&format!("{PRODUCTS}?limit=3")).await?;
    let next = first["next_cursor"].as_str().unwrap_or_default();
    assert_eq!(
        (skus("limit=3").await?, skus(&format!("limit=3&cursor={next}")).await?),
        (vec!["A".into(), "B".into(), "K".into()], vec!["YER/001 ñ".to_owned()])
    );
    assert_eq!(skus("category=ALMACEN").await?, ["YER/001 ñ"]);
    assert_eq!(skus("supplier=mayorista+sur&active=true&brand=Canarias").await?, ["YER/001 ñ"]);
    assert!(skus("active=false").await?.is_empty());
    for wrong in ["colour=red", "limit=501", "active=maybe", "cursor=x", "brand=a&brand=b"] {
        assert_eq!(shop.send("GET", &format!("{PRODUCTS}?{wrong}"), None).await?.status, 422, "{wrong}");
    }
    Ok(())
}

async fn barcodes_and_packs_come_and_go(shop: &Shop) -> Result<()> {
    let path = "/api/v1/products/A/barcodes";
    let added = shop.post(path, &json!({"code": "07790742333001", "pack_quantity": 12})).await?;
    assert_eq!((added.status.as_u16(), &added.body), (201, &json!({"code": "7790742333001", "pack_quantity": "12"})));
    let changed = shop.post(path, &json!({"code": "7790742333001"})).await?;
    assert_eq!((changed.status.as_u16(), &changed.body["pack_quantity"]), (200, &json!("1")));
    let taken = shop.post("/api/v1/products/B/barcodes", &json!({"code": "7790742333001"})).await?;
    assert_eq!((taken.status.as_u16(), &taken.body["code"]), (409, &json!("barcode_taken")));
    assert_eq!(shop.get(path).await?["items"].as_array().map(Vec::len), Some(1));
    let location = added.headers[header::LOCATION].to_str()?;
    let statuses =
        [shop.send("DELETE", location, None).await?.status, shop.send("DELETE", location, None).await?.status];
    assert_eq!(statuses.map(|status| status.as_u16()), [204, 404]);
    let path = "/api/v1/products/A/packs";
    let added = shop.post(path, &json!({"name": "media docena", "factor": 6})).await?;
    assert_eq!((added.status.as_u16(), &added.body["factor"]), (201, &json!("6")));
    assert_eq!(shop.post(path, &json!({"name": "media docena", "factor": "0.5"})).await?.body["factor"], "1/2");
    let location = added.headers[header::LOCATION].to_str()?;
    assert_eq!(shop.send("DELETE", location, None).await?.status, 204);
    assert_eq!(shop.get(path).await?["items"], json!([]));
    Ok(())
}

async fn prices_keep_their_history(shop: &Shop) -> Result<()> {
    let path = "/api/v1/products/A/prices";
    assert_eq!(shop.post(path, &json!({"price": "100"})).await?.status, 201);
    shop.hand.pass_seconds(60);
    shop.posted(path, &json!({"price": 120.5})).await?;
    let past = json!({"price": "110", "valid_from": "2026-02-02T10:00:30-03:00"});
    assert_eq!(shop.posted(path, &past).await?["valid_from"], "2026-02-02T13:00:30Z");
    assert_eq!(shop.get("/api/v1/products/A").await?["price"], "120.50");
    let page = shop.get(&format!("{path}?limit=2")).await?;
    let prices = |page: &Value| [page["items"][0]["price"].clone(), page["items"][1]["price"].clone()];
    assert_eq!(prices(&page), [json!("120.50"), json!("110.00")]);
    let cursor = page["next_cursor"].as_str().unwrap_or_default();
    assert_eq!(prices(&shop.get(&format!("{path}?limit=2&cursor={cursor}")).await?), [json!("100.00"), Value::Null]);
    let future = shop.post(path, &json!({"price": "1", "valid_from": "2030-01-01T00:00:00Z"})).await?;
    assert_eq!(faults(&future), ["valid_from:in_future"]);
    Ok(())
}

async fn categories_are_one_whatever_their_spelling(shop: &Shop) -> Result<()> {
    let path = "/api/v1/categories";
    let made = shop.post(path, &json!({"path": " Bebidas / Gaseosas "})).await?;
    assert_eq!(
        (made.status.as_u16(), &made.body),
        (201, &json!({"path": "Bebidas/Gaseosas", "name": "Gaseosas", "parent": "Bebidas"}))
    );
    let again = shop.post(path, &json!({"path": "BEBIDAS/gaseósas"})).await?;
    assert_eq!((again.status.as_u16(), &again.body["code"]), (409, &json!("category_exists")));
    let first = shop.get(&format!("{path}?limit=1")).await?;
    assert_eq!((&first["items"][0]["path"], &first["items"][0]["parent"]), (&json!("Bebidas"), &Value::Null));
    let cursor = first["next_cursor"].as_str().unwrap_or_default();
    let second = shop.get(&format!("{path}?limit=1&cursor={cursor}")).await?;
    assert_eq!((&second["items"][0]["name"], &second["next_cursor"]), (&json!("Gaseosas"), &Value::Null));
    assert_eq!(faults(&shop.post(path, &json!({"path": " / "})).await?), ["path:blank"]);
    Ok(())
}

async fn whoever_may_only_read_changes_nothing(shop: &Shop) -> Result<()> {
    let body = yerba().to_string();
    for (role, status) in [("auditor", 403), ("cashier", 403), ("stock_keeper", 201)] {
        assert_eq!(shop.send_as(role, "POST", PRODUCTS, Some(&body)).await?.status, status, "{role}");
    }
    let price = json!({"price": 1}).to_string();
    assert_eq!(shop.send_as("stock_keeper", "POST", "/api/v1/products/A/prices", Some(&price)).await?.status, 403);
    Ok(())
}

async fn a_change_says_which_version_it_changes(shop: &Shop) -> Result<()> {
    for path in ["/api/v1/products/A", "/api/v1/sites/centro"] {
        let blind = change(shop, path, None, &json!({"name": "Otro"})).await?;
        assert_eq!((blind.status.as_u16(), &blind.body["code"]), (428, &json!("precondition_required")), "{path}");
        let read = shop.send("GET", path, None).await?;
        assert_ne!(read.body["name"], "Otro", "{path}");
        let tag = read.headers[header::ETAG].to_str()?;
        let seen = change(shop, path, Some(tag), &json!({"name": "Otro"})).await?;
        assert_eq!((seen.status.as_u16(), &seen.body["name"]), (200, &json!("Otro")), "{path}");
    }
    Ok(())
}

both! {
    a_change_says_which_version_it_changes
    a_product_is_made_and_read a_code_that_could_not_be_reached_again_is_refused what_is_wrong_is_told_at_once a_sku_and_a_barcode_are_taken_once
    a_creation_sent_twice_is_made_once a_change_is_made_to_the_version_seen stock_keeps_a_product_in_use lists_filter_and_page
    barcodes_and_packs_come_and_go prices_keep_their_history categories_are_one_whatever_their_spelling
    whoever_may_only_read_changes_nothing
}
