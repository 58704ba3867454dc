//! Tables that leave and files that come in.

use anyhow::{Context, Result};
use axum::{body::Body, http::Request};
use futures_util::StreamExt;
use serde_json::json;

use crate::shop::{Answer, Shop};

async fn text(shop: &Shop, path: &str) -> Result<String> {
    let answer = shop.send("GET", path, None).await?;
    anyhow::ensure!(answer.status == 200, "{path}: {answer:?}");
    Ok(String::from_utf8(answer.bytes)?)
}

async fn tables_leave_as_csv(shop: &Shop) -> Result<()> {
    shop.add_product("=F", domain::Unit::Piece, |patch| patch.name = Some("@SUM(1), \"x\"".to_owned())).await?;
    let lines = json!([{"sku": "A", "quantity": 2, "line_cost": 5}, {"sku": "=F", "quantity": 1, "line_cost": 1}]);
    shop.move_goods(1, "receipt", lines).await?;
    let stock = text(shop, "/api/v1/exports/stock.csv?site=centro").await?;
    let expected = "sku,name,unit,site,location,lot,expires_on,quantity,on_hand,level,minimum,value\n\
        '=F,\"'@SUM(1), \"\"x\"\"\",unit,centro,deposito,,,1,1,ok,,1.00\nA,Product A,unit,centro,deposito,,,2,2,ok,,5.00\n";
    assert_eq!(stock, expected);
    assert_eq!(shop.told(), [r#"export.taken export:stock ok {"form":"csv","query":"site=centro","rows":2}"#]);
    assert!(text(shop, "/api/v1/exports/products.csv").await?.contains("\nA,Product A,"));
    assert!(text(shop, "/api/v1/exports/valuation.csv").await?.contains("\nA,Product A,centro,2,5.00,2.50\n"));
    assert_eq!(text(shop, "/api/v1/exports/movements.csv?sku=A").await?.lines().count(), 2);
    assert_eq!(text(shop, "/api/v1/exports/movements.csv").await?.lines().count(), 3);
    assert!(text(shop, "/api/v1/exports/postings.csv?kind=receipt").await?.contains(",receipt,"));
    for (path, status) in [
        ("nothing.csv", 404),
        ("stock.pdf", 404),
        ("stock", 404),
        ("stock.csv?colour=red", 422),
        ("movements.csv?sku=Z", 422),
    ] {
        assert_eq!(shop.send("GET", &format!("/api/v1/exports/{path}"), None).await?.status, status, "{path}");
    }
    Ok(())
}

async fn a_table_may_be_asked_for_more_after_its_end(shop: &Shop) -> Result<()> {
    let request = Request::get("/api/v1/exports/products.csv").body(Body::empty())?;
    let mut chunks = shop.unread("owner", request).await?.into_body().into_data_stream();
    while let Some(chunk) = chunks.next().await {
        chunk?;
    }
    assert!(chunks.next().await.is_none());
    Ok(())
}

async fn tables_leave_as_sheets(shop: &Shop) -> Result<()> {
    shop.move_goods(1, "receipt", json!([{"sku": "A", "quantity": 2, "line_cost": 5}])).await?;
    let answer = shop.send("GET", "/api/v1/exports/valuation.xlsx", None).await?;
    assert_eq!(answer.headers["content-disposition"], "attachment; filename=\"valuation.xlsx\"");
    let mut book = calamine::open_workbook_from_rs::<calamine::Xlsx<_>, _>(std::io::Cursor::new(answer.bytes))?;
    let sheet = calamine::Reader::worksheet_range(&mut book, "valuation")?;
    let cells: Vec<String> = sheet.rows().nth(1).context("a row")?.iter().map(ToString::to_string).collect();
    assert_eq!(cells, ["A", "Product A", "centro", "2", "5", "2.5"]);
    Ok(())
}

async fn import(shop: &Shop, kind: &str, file: &str) -> Result<Answer> {
    let part = |name: &str, rest: &str, value: &str| {
        format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"{rest}\r\n\r\n{value}\r\n")
    };
    let body = format!("{}{}--b--\r\n", part("kind", "", kind), part("file", "; filename=\"f.csv\"", file));
    let request = Request::post("/api/v1/imports")
        .header("content-type", "multipart/form-data; boundary=b")
        .body(Body::from(body))?;
    shop.answer("owner", request).await
}

async fn files_come_in_as_jobs(shop: &Shop) -> Result<()> {
    let begun = import(shop, "products", "sku,name,unit,price\nN-1,Nuevo,unit,10.50\n,Sin código,unit,x\n").await?;
    assert_eq!(begun.status, 202, "{begun:?}");
    let id = begun.body["id"].as_str().unwrap_or_default();
    assert_eq!(begun.headers["location"], format!("/api/v1/jobs/{id}"));
    let path = format!("/api/v1/imports/{id}");
    let ended = shop.ended(id.parse()?).await?;
    assert_eq!((&ended["status"], &ended["result"]["products"]["created"]), (&json!("done"), &json!(1)), "{ended}");
    assert_eq!(shop.get(&path).await?["status"], "done");
    assert!(text(shop, &format!("{path}/errors.csv")).await?.starts_with("row,column,code,message\n3,"));
    assert!(text(shop, "/api/v1/exports/products.csv").await?.contains("\nN-1,Nuevo,"));
    let wrong = import(shop, "recipes", "x").await?;
    assert_eq!((wrong.status.as_u16(), &wrong.body["errors"][0]["field"]), (422, &json!("kind")));
    assert_eq!(shop.post("/api/v1/imports", &json!({})).await?.status, 415);
    assert_eq!(shop.send("GET", "/api/v1/imports/0193", None).await?.status, 404);
    Ok(())
}

both! {
    tables_leave_as_csv a_table_may_be_asked_for_more_after_its_end tables_leave_as_sheets files_come_in_as_jobs
}
