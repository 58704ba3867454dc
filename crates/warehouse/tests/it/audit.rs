//! Every change of master data leaves its event, in the transaction that makes it.

use anyhow::{Context, Result, ensure};
use axum::{body::Body, http::Request};
use serde_json::{Value, json};
use store::audit::Filter;

use crate::shop::Shop;

/// What the log says, oldest first: action, resource, site and details.
async fn log(shop: &Shop) -> Result<Vec<(String, String, String, Value)>> {
    let records = store::audit::list(&shop.db, i64::MAX, &Filter::default(), 100).await?;
    let line = |record: domain::audit::Record| {
        let event = record.event;
        let details = serde_json::from_str(&event.details).unwrap_or_default();
        (event.action.name().to_owned(), event.resource, event.site, details)
    };
    Ok(records.into_iter().rev().map(line).collect())
}

async fn done(shop: &Shop, method: &str, path: &str, body: Value) -> Result<()> {
    let request = Request::builder().method(method).uri(path).header("if-match", "*");
    let body = if body.is_null() { Body::empty() } else { Body::from(body.to_string()) };
    let answer = shop.answer("owner", request.header("content-type", "application/json").body(body)?).await?;
    ensure!(answer.status.is_success(), "{method} {path}: {answer:?}");
    Ok(())
}

async fn every_change_of_master_data_leaves_its_event(shop: &Shop) -> Result<()> {
    let zone = "America/Argentina/Buenos_Aires";
    for (method, path, body) in [
        ("POST", "/products", json!({"sku": "N", "name": "Nuevo", "unit": "unit"})),
        ("PATCH", "/products/N", json!({"name": "Otro"})),
        ("PATCH", "/products/N", json!({"name": "Otro"})),
        ("POST", "/products/N/prices", json!({"price": "12.50"})),
        ("POST", "/products/N/barcodes", json!({"code": "7790895000997"})),
        ("DELETE", "/products/N/barcodes/7790895000997", Value::Null),
        ("POST", "/products/N/packs", json!({"name": "caja", "factor": "12"})),
        ("DELETE", "/products/N/packs/caja", Value::Null),
        ("POST", "/products/N/deactivate", Value::Null),
        ("POST", "/categories", json!({"path": "Bebidas/Aguas"})),
        ("POST", "/sites", json!({"code": "norte", "name": "Norte", "timezone": zone})),
        ("PATCH", "/sites/norte", json!({"allow_oversell": true})),
        ("POST", "/sites/norte/locations", json!({"code": "patio", "name": "Patio"})),
        ("POST", "/sites/norte/periods/2026-02-01/close", Value::Null),
    ] {
        done(shop, method, &format!("/api/v1{path}"), body).await?;
    }
    let log = log(shop).await?;
    let told: Vec<(&str, &str, &str)> =
        log.iter().map(|(action, resource, site, _)| (action.as_str(), resource.as_str(), site.as_str())).collect();
    assert_eq!(
        told,
        [
            ("product.created", "product:N", ""),
            ("product.updated", "product:N", ""),
            ("price.set", "product:N", ""),
            ("barcode.added", "product:N", ""),
            ("barcode.removed", "product:N", ""),
            ("pack.added", "product:N", ""),
            ("pack.removed", "product:N", ""),
            ("product.deactivated", "product:N", ""),
            ("category.created", "category:Bebidas/Aguas", ""),
            ("site.created", "site:norte", "norte"),
            ("site.updated", "site:norte", "norte"),
            ("location.created", "location:norte/patio", "norte"),
            ("ledger.closed", "ledger:norte", "norte"),
        ],
        "what changed nothing says nothing"
    );
    let details = |action: &str| log.iter().find(|line| line.0 == action).map(|line| &line.3).context("told");
    assert_eq!(details("product.updated")?["changes"]["name"], json!({"before": "Nuevo", "after": "Otro"}));
    assert_eq!(details("price.set")?["changes"]["price"]["after"], "12.50");
    assert_eq!(details("site.updated")?["changes"]["allow_oversell"], json!({"before": false, "after": true}));
    ensure!(store::audit::verify(&shop.db, &mut |_, _| {}).await?.fault.is_none());
    Ok(())
}

async fn a_refused_change_leaves_none(shop: &Shop) -> Result<()> {
    let taken = shop.post("/api/v1/products", &json!({"sku": "A", "name": "x", "unit": "unit"})).await?;
    assert_eq!(taken.status, 409);
    ensure!(log(shop).await?.is_empty());
    Ok(())
}

both! { every_change_of_master_data_leaves_its_event a_refused_change_leaves_none }
