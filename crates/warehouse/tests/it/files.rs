//! Tables that leave and files that come in.

use anyhow::{Context, Result};
use axum::{body::Body, http::Request};
use futures_util::StreamExt;
use platform::http::auth::SiteScope;
use serde_json::{Value, json};

use warehouse::{api::imports::room::MOST_BYTES, imports::legacy::file::sweep};

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
    send(shop, &[("kind", kind)], file.as_bytes()).await
}

async fn send(shop: &Shop, parts: &[(&str, &str)], file: &[u8]) -> Result<Answer> {
    shop.answer("owner", form("b-6f1d", parts, file)?).await
}

/// A form with these parts and a file, between boundaries of choice, as each sender chooses its own each time.
fn form(boundary: &str, parts: &[(&str, &str)], file: &[u8]) -> Result<Request<Body>> {
    let mut body = Vec::new();
    let mut part = |name: &str, rest: &str, value: &[u8]| {
        let head = format!("--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"{rest}\r\n\r\n");
        [head.as_bytes(), value, b"\r\n"].iter().for_each(|piece| body.extend_from_slice(piece));
    };
    parts.iter().for_each(|(name, value)| part(name, "", value.as_bytes()));
    part("file", "; filename=\"f.csv\"", file);
    body.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
    let request = Request::post("/api/v1/imports")
        .header("content-type", format!("multipart/form-data; boundary={boundary}"))
        .body(Body::from(body))?;
    Ok(request)
}

/// What became of an import, once its job has ended.
async fn sent(shop: &Shop, parts: &[(&str, &str)], file: &[u8]) -> Result<Value> {
    let begun = send(shop, parts, file).await?;
    anyhow::ensure!(begun.status == 202, "{begun:?}");
    shop.ended(begun.body["id"].as_str().unwrap_or_default().parse()?).await
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

async fn the_older_system_comes_in_too(shop: &Shop) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("viejo.db");
    let rows = "INSERT INTO movimientos_stock VALUES (1, NULL, 'Leche', 'entrada', 3, 10, NULL, NULL, NULL, NULL, '2025-09-01 10:00:00', 'ana');";
    testkit::older::make(&path, &format!("{}{rows}", testkit::older::SCHEMA))?;
    let file = std::fs::read(&path)?;
    for (posted, duplicate) in [(1, 0), (0, 1)] {
        let ended = sent(shop, &[("kind", "legacy")], &file).await?;
        let postings = &ended["result"]["postings"];
        assert_eq!((&ended["status"], &postings["posted"]), (&json!("done"), &json!(posted)), "{ended}");
        assert_eq!(postings["duplicate"], duplicate);
    }
    // Cut off, and no database at all: said in words, and nothing stays behind.
    for file in [&file[..5000], b"codigo;cantidad\n"] {
        let ended = sent(shop, &[("kind", "legacy")], file).await?;
        assert_eq!(
            (&ended["status"], &ended["problem"]["code"]),
            (&json!("failed"), &json!("import_failed")),
            "{ended}"
        );
    }
    let left = std::fs::read_dir(shop.warehouse.scratch())?.count();
    assert_eq!(left, 0);
    Ok(())
}

async fn files_wait_only_while_there_is_room(shop: &Shop) -> Result<()> {
    let uploads = &shop.warehouse.uploads;
    let full = uploads.take(MOST_BYTES).ok().context("nothing waits yet")?;
    let refused = import(shop, "products", "sku,name\nN-1,Nuevo\n").await?;
    assert_eq!((refused.status.as_u16(), &refused.body["code"]), (503, &json!("imports_full")), "{refused:?}");
    assert_eq!(refused.headers["retry-after"], "30");
    drop(full);
    // What ends, what is refused and what is asked for again give back what they took.
    let ended = sent(shop, &[("kind", "products")], b"sku,name\nN-1,Nuevo\n").await?;
    assert_eq!(ended["status"], "done", "{ended}");
    assert_eq!(import(shop, "recipes", "x").await?.status, 422);
    drop(uploads.take(MOST_BYTES).ok().context("all of it is free again")?);
    Ok(())
}

async fn what_a_killed_process_left_goes_and_what_is_being_read_stays(shop: &Shop) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let ended = sent(shop, &[("kind", "products")], b"sku,name\nN-1,Nuevo\n").await?;
    let of = |name: &str| folder.path().join(name);
    let (killed, waits) = (ended["id"].as_str().context("an id")?, uuid::Uuid::from_u128(7).to_string());
    for name in [killed, &waits, "old"] {
        std::fs::write(of(name), "x")?;
    }
    std::fs::File::options().write(true).open(of("old"))?.set_modified(std::time::UNIX_EPOCH)?;
    assert_eq!(sweep(&shop.db, folder.path()).await?, 2);
    assert!(of(&waits).exists() && !of(killed).exists() && !of("old").exists());
    assert_eq!(sweep(&shop.db, &of("nowhere")).await?, 0);
    Ok(())
}

/// Every part that a form may have.
const PARTS: [(&str, &str); 13] = [
    ("kind", "sales"),
    ("site", "centro"),
    ("dry_run", "false"),
    ("strict", "false"),
    ("create_missing", "true"),
    ("opening", "auto"),
    ("location", "salon"),
    ("source", "caja-1"),
    ("mapping", r#"{"quantity":"unidades"}"#),
    ("decimal", "comma"),
    ("dates", "dayfirst"),
    ("profile", "caja"),
    ("save_profile", "caja-2"),
];

fn parts<'a>(changed: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let of = |(name, value): (&'a str, &'a str)| {
        let other = changed.iter().find(|(changed, _)| *changed == name);
        (name, other.map_or(value, |(_, other)| *other))
    };
    PARTS.into_iter().map(of).filter(|(_, value)| !value.is_empty()).collect()
}

async fn a_form_says_all_that_the_command_says(shop: &Shop) -> Result<()> {
    let file = "art;unidades;cuando;caro\nN-1;1,500;03/02/2025 10:00;2\n;1;03/02/2025 10:00;2\n".as_bytes();
    let mapping = r##"{"sku":"art","at":"#3","quantity":"art"}"##;
    let first = [("kind", "sales"), ("mapping", mapping), ("dry_run", "true"), ("save_profile", "caja")];
    assert_eq!(sent(shop, &first, file).await?["status"], "done");
    let unknown = send(shop, &PARTS, file).await?;
    let errors = &unknown.body["errors"];
    assert_eq!(
        (&errors[0]["field"], &errors[0]["code"]),
        (&json!("profile"), &json!("unknown_profile")),
        "{unknown:?}"
    );
    let kept = sent(shop, &[&first[..2], &first[3..]].concat(), file).await?;
    assert_eq!(kept["status"], "done", "{kept}");
    // It is kept when the import is accepted, though that comes to nothing later.
    let fails = parts(&[("profile", ""), ("save_profile", "caja-3"), ("mapping", r#"{"quantity":"no-such"}"#)]);
    let accepted = send(shop, &fails, file).await?;
    assert_eq!(accepted.status, 202, "{accepted:?}");
    assert!(store::import::profile(&shop.db, "caja-3").await?.is_some());
    // What the form says stands above the profile; the rest is the profile's.
    for (changed, ending, posted) in
        [(("dry_run", "true"), "dry_run", 1), (("strict", "true"), "refused", 0), (("strict", "false"), "done", 1)]
    {
        let ended = sent(shop, &parts(&[changed]), file).await?;
        let report = &ended["result"];
        let said = (&report["ending"], &report["postings"]["posted"], &report["rows"]["refused"]);
        assert_eq!(said, (&json!(ending), &json!(posted), &json!(1)), "{ended}");
        assert_eq!((&report["source"], &report["columns"]["quantity"]), (&json!("caja-1"), &json!("unidades")));
    }
    let stock = text(shop, "/api/v1/exports/postings.csv?kind=opening").await?;
    assert_eq!(stock.lines().count(), 2);
    let saved = store::import::profile(&shop.db, "caja-2").await?.context("it was saved")?;
    assert!(saved.mapping.contains("unidades") && saved.mapping.contains("comma"), "{}", saved.mapping);
    let saved =
        sent(shop, &parts(&[("profile", "caja-2"), ("mapping", ""), ("decimal", ""), ("dates", "")]), file).await?;
    assert_eq!((&saved["result"]["postings"]["duplicate"], &saved["status"]), (&json!(1), &json!("done")), "{saved}");
    Ok(())
}

async fn an_import_sent_again_under_its_key_is_the_same_job(shop: &Shop) -> Result<()> {
    const FILE: &str = "sku,name,unit\nN-1,Nuevo,unit\n";
    let send = async |boundary: &str, file: &str| {
        let mut request = form(boundary, &[("kind", "products")], file.as_bytes())?;
        request.headers_mut().insert("idempotency-key", "first".parse()?);
        shop.answer("owner", request).await
    };
    let begun = send("b", FILE).await?;
    assert_eq!(begun.status, 202, "{begun:?}");
    let again = send("another", FILE).await?;
    assert_eq!((again.status, &again.bytes), (begun.status, &begun.bytes), "{again:?}");
    assert_eq!(again.headers["location"], begun.headers["location"]);
    assert_eq!(again.headers["idempotency-replayed"], "true");
    let other = send("b", "sku,name,unit\nN-2,Otro,unit\n").await?;
    assert_eq!((other.status.as_u16(), &other.body["code"]), (409, &json!("idempotency_key_reused")));
    assert_eq!(shop.warehouse.jobs.recent(&SiteScope::All, 10).await?.len(), 1, "nothing else was begun");
    // Though there is no room for another file.
    shop.ended(begun.body["id"].as_str().unwrap_or_default().parse()?).await?;
    let _all = shop.warehouse.uploads.take(MOST_BYTES)?;
    let again = send("third", FILE).await?;
    assert_eq!((again.status, &again.bytes), (begun.status, &begun.bytes), "{again:?}");
    let unnamed = shop.answer("owner", form("b", &[("kind", "products")], FILE.as_bytes())?).await?;
    assert_eq!((unnamed.status.as_u16(), &unnamed.body["code"]), (503, &json!("imports_full")));
    Ok(())
}

both! {
    an_import_sent_again_under_its_key_is_the_same_job tables_leave_as_csv a_table_may_be_asked_for_more_after_its_end tables_leave_as_sheets files_come_in_as_jobs
    files_wait_only_while_there_is_room what_a_killed_process_left_goes_and_what_is_being_read_stays
    the_older_system_comes_in_too a_form_says_all_that_the_command_says
}
