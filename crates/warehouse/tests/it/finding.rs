//! Finding products by words and by codes.

use anyhow::Result;
use axum::{body::Body, http::Request};
use serde_json::{Value, json};

use crate::shop::Shop;

const PRODUCTS: &str = "/api/v1/products";

async fn fill(shop: &Shop) -> Result<()> {
    for (sku, name, unit, barcode) in [
        ("LEC-1", "Leche La Serenísima 1L", "unit", "7790742333001"),
        ("LEC-2", "Leche Sancor", "unit", "7790070318619"),
        ("DUL-1", "Dulce de leche", "unit", "7791813421580"),
        ("00042", "Queso cremoso", "kg", "Q-42"),
    ] {
        let body = json!({"sku": sku, "name": name, "unit": unit, "barcodes": [{"code": barcode}]});
        shop.posted(PRODUCTS, &body).await?;
    }
    Ok(())
}

async fn found(shop: &Shop, query: &str) -> Result<Vec<String>> {
    let body = shop.get(&format!("{PRODUCTS}/search?{query}")).await?;
    let items = body["items"].as_array().into_iter().flatten();
    Ok(items.filter_map(|item| item["sku"].as_str().map(str::to_owned)).collect())
}

async fn search_knows_every_change_at_once(shop: &Shop) -> Result<()> {
    assert!(found(shop, "q=leche").await?.is_empty());
    fill(shop).await?;
    assert_eq!(found(shop, "q=LECHE").await?, ["LEC-1", "LEC-2", "DUL-1"]);
    assert_eq!(found(shop, "q=leche+seren").await?, ["LEC-1"]);
    assert_eq!(found(shop, "q=leche&limit=1").await?, ["LEC-1"]);
    assert_eq!(found(shop, "q=7791813421580").await?, ["DUL-1"]);
    assert_eq!(found(shop, "q=dul-1").await?, ["DUL-1"]);
    let patch = json!({"name": "Leche Ilolay"}).to_string();
    let request = Request::patch("/api/v1/products/LEC-2").header("content-type", "application/json");
    let renamed = shop.answer("owner", request.header("if-match", "*").body(Body::from(patch))?).await?;
    assert_eq!(renamed.status, 200);
    shop.send("POST", "/api/v1/products/LEC-1/deactivate", None).await?;
    assert_eq!(found(shop, "q=leche").await?, ["LEC-2", "DUL-1"]);
    assert_eq!(found(shop, "q=LEC-1").await?, ["LEC-1", "DUL-1"], "exactly its SKU finds it even out of use");
    assert!(found(shop, "q=sancor").await?.is_empty());
    for wrong in ["", "q=", "q=a&limit=101", "q=a&x=1", "q=a%00"] {
        assert_eq!(shop.send("GET", &format!("{PRODUCTS}/search?{wrong}"), None).await?.status, 422, "{wrong}");
    }
    Ok(())
}

async fn a_scanner_may_send_any_code(shop: &Shop) -> Result<()> {
    fill(shop).await?;
    let scan = async |code: &str| -> Result<Value> {
        let body = shop.get(&format!("{PRODUCTS}/lookup?code={code}")).await?;
        Ok(json!([
            body["kind"],
            body["product"]["sku"],
            body["quantity"],
            body["price"],
            body["lot"],
            body["expires_on"]
        ]))
    };
    for (code, expected) in [
        ("07791813421580", json!(["barcode", "DUL-1", "1", null, null, null])),
        ("LEC-1", json!(["sku", "LEC-1", "1", null, null, null])),
        ("(01)07791813421580(17)261231(10)L7", json!(["gs1", "DUL-1", "1", null, "L7", "2026-12-31"])),
        ("%5DC10107791813421580%1D10L7", json!(["gs1", "DUL-1", "1", null, "L7", null])),
    ] {
        assert_eq!(scan(code).await?, expected, "{code}");
    }
    for (query, status) in [("code=nada", 404), ("", 422), ("code=a%01b", 422), ("code=x&y=1", 422)] {
        assert_eq!(shop.send("GET", &format!("{PRODUCTS}/lookup?{query}"), None).await?.status, status, "{query}");
    }
    Ok(())
}

async fn a_scale_label_says_how_much(shop: &Shop) -> Result<()> {
    fill(shop).await?;
    let scan = async |body: &str| {
        let check = domain::gtin::check_digit(body).unwrap_or_default();
        shop.send("GET", &format!("{PRODUCTS}/lookup?code={body}{check}"), None).await
    };
    let label = scan("200004200845").await?.body;
    assert_eq!(
        (&label["kind"], &label["product"]["sku"], &label["quantity"]),
        (&json!("scale_label"), &json!("00042"), &json!("0.845"))
    );
    // A layout of this shop's own, and one that is usual elsewhere but not one of its scales'.
    let label = scan("230004208450").await?.body;
    assert_eq!((&label["product"]["sku"], &label["price"]), (&json!("00042"), &json!("8450.00")));
    assert_eq!(scan("210004208450").await?.status, 404);
    Ok(())
}

both! { search_knows_every_change_at_once a_scanner_may_send_any_code a_scale_label_says_how_much }
