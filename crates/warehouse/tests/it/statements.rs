//! How many questions a list asks the database.
//!
//! Invariant: as many with a hundred rows as with ten, or one more where there is a next page: a question for each row would be one trip to the database for each.

use anyhow::{Result, ensure};
use domain::{
    Clock, Money, Unit,
    ledger::{Over, PostingKind},
};
use serde_json::{Value, json};
use store::approval::{self, NewApproval};
use uuid::Uuid;

use crate::shop::{Shop, id, one};

/// Lists of the role, with as many rows as there are.
const LISTS: [&str; 20] = [
    "/api/v1/products?limit=200",
    "/api/v1/products/search?q=product&limit=50",
    "/api/v1/products/A/barcodes",
    "/api/v1/products/A/packs",
    "/api/v1/products/A/prices?limit=200",
    "/api/v1/products/A/movements?site=centro&limit=200",
    "/api/v1/products/A/movements?from=2020-01-01&limit=200",
    "/api/v1/categories?limit=200",
    "/api/v1/sites?limit=200",
    "/api/v1/sites/centro/locations?limit=200",
    "/api/v1/postings?site=centro&kind=sale&limit=200",
    "/api/v1/postings?kind=sale&from=2020-01-01&limit=200",
    "/api/v1/stock?limit=200",
    "/api/v1/stock?site=centro&limit=200",
    "/api/v1/valuation?limit=200",
    "/api/v1/counts?limit=200",
    "/api/v1/counts?site=centro&limit=200",
    "/api/v1/approvals?limit=200",
    "/api/v1/transfers?limit=200",
    "/api/v1/transfers?site=centro&limit=200",
];
/// Files of tables.
const EXPORTS: [&str; 10] = [
    "products.csv",
    "prices.csv",
    "stock.csv?site=centro",
    "valuation.csv?site=centro",
    "movements.csv",
    "movements.csv?site=centro",
    "postings.csv",
    "postings.csv?site=centro",
    "counts.csv?site=centro",
    "transfers.csv?site=centro",
];

/// Where there is more than fits, a list may ask for what is beyond; a question for each row would be thirty more.
const MORE: u64 = 1;

async fn one_more(shop: &Shop, n: u128) -> Result<()> {
    let (sku, site) = (format!("P{n}"), format!("s{n}"));
    shop.add_product(&sku, Unit::Piece, |_| {}).await?;
    shop.add_site(&site).await?;
    shop.posted("/api/v1/categories", &json!({"path": format!("Rubro {n}")})).await?;
    shop.posted("/api/v1/products/A/barcodes", &json!({"code": format!("INT{n}")})).await?;
    shop.posted("/api/v1/products/A/packs", &json!({"name": format!("caja {n}"), "factor": "12"})).await?;
    shop.hand.pass_seconds(60);
    shop.posted("/api/v1/products/A/prices", &json!({"price": format!("{}", 100 + n)})).await?;
    let location = json!({"code": format!("l{n}"), "name": format!("Lugar {n}")});
    shop.posted("/api/v1/sites/centro/locations", &location).await?;
    let received =
        json!([{"sku": sku, "quantity": 10, "line_cost": 100}, {"sku": "A", "quantity": 10, "line_cost": 100}]);
    shop.move_goods(1_000 + n, "receipt", received).await?;
    shop.posted("/api/v1/postings", &one(2_000 + n, "sale", json!([{"sku": "A", "quantity": 1}]))).await?;
    let sheet = json!({"id": id(3_000 + n), "site": "centro", "location": location["code"], "blind": false});
    shop.posted("/api/v1/counts", &sheet).await?;
    let lines = json!([{"sku": sku, "quantity": 1}, {"sku": "A", "quantity": 1}]);
    let transfer = json!({"id": id(4_000 + n), "from_site": "centro", "to_site": site, "lines": lines});
    shop.posted("/api/v1/transfers", &transfer).await?;
    one_more_waits(shop, n).await
}

async fn one_more_waits(shop: &Shop, n: u128) -> Result<()> {
    let site = store::site::get(&shop.db, "centro").await?.map_or(0, |site| site.id);
    let now = shop.hand.now();
    let new = NewApproval {
        id: Uuid::from_u128(5_000 + n),
        posting: Uuid::from_u128(6_000 + n),
        digest: [7; 32],
        site,
        kind: PostingKind::Waste,
        draft: "{}".to_owned(),
        asked_by: format!("persona{n}"),
        asked_at: now,
        expires_at: now.plus_seconds(1_000_000),
        passed: Over::Worth,
        worth: Money::from_cents(1),
        days_back: 0,
    };
    let mut tx = shop.db.write().await?;
    ensure!(approval::request(&mut tx, &new).await?);
    Ok(tx.commit().await?)
}

fn asked_so_far(shop: &Shop) -> u64 {
    shop.db.statements().iter().map(store::db::StatementFigures::count).sum()
}

fn rows(answer: &Value) -> usize {
    ["items", "sites"].iter().filter_map(|name| answer[name].as_array()).map(Vec::len).max().unwrap_or(0)
}

/// How many statements one such question makes, and how many rows it gives. What others ask meanwhile only adds to it, so the least of a
/// few is its own.
async fn asked(shop: &Shop, path: &str) -> Result<(u64, usize)> {
    let (mut least, mut found) = (u64::MAX, 0);
    for _ in 0..3 {
        let before = asked_so_far(shop);
        let answer = shop.send("GET", path, None).await?;
        ensure!(answer.status == 200, "{path}: {answer:?}");
        least = least.min(asked_so_far(shop) - before);
        found = if answer.body.is_null() {
            answer.bytes.iter().filter(|byte| **byte == b'\n').count()
        } else {
            rows(&answer.body)
        };
    }
    Ok((least, found))
}

async fn a_list_asks_as_often_for_a_hundred_rows_as_for_ten(shop: &Shop) -> Result<()> {
    let exports = EXPORTS.map(|file| format!("/api/v1/exports/{file}"));
    let paths: Vec<&str> = LISTS.into_iter().chain(exports.iter().map(String::as_str)).collect();
    let (mut few, mut grown) = (Vec::new(), Vec::new());
    for n in 0..10 {
        one_more(shop, n).await?;
    }
    for path in &paths {
        few.push(asked(shop, path).await?);
    }
    for n in 10..100 {
        one_more(shop, n).await?;
    }
    for (path, (few, before)) in paths.iter().zip(few) {
        let (many, after) = asked(shop, path).await?;
        ensure!(after >= before + 30, "{path}: {before} rows and then {after}");
        // Files are read a page at a time: of fifty documents, or more rows.
        let most = if path.contains("/exports/") { 4 * few } else { few + MORE };
        if many > most {
            grown.push(format!("{path}: {few} statements for {before} rows, {many} for {after}"));
        }
    }
    ensure!(grown.is_empty(), "{grown:#?}");
    Ok(())
}

both! {
    a_list_asks_as_often_for_a_hundred_rows_as_for_ten
}
