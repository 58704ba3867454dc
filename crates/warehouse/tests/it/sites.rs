//! Whoever is limited to sites: what belongs to another is not there.
//!
//! Invariant: each route that names or returns a site has its line in one of the tables below.

use anyhow::{Context, Result};
use domain::Role;
use platform::http::{
    Principal,
    auth::{CallerKind, SiteScope},
};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::shop::{Answer, Shop};

both! {
    what_belongs_to_another_site_is_not_there
    lists_and_totals_are_of_the_callers_sites
    nothing_is_written_at_another_site
    transfers_are_seen_from_both_ends_and_received_at_theirs
    work_at_another_site_is_neither_seen_nor_stopped
}

/// A manager of these sites.
fn at(sites: &[&str]) -> Principal {
    let mut principal = Principal::new(CallerKind::Key, "key-of-some", "luz", Role::Manager);
    principal.sites = SiteScope::only(sites);
    principal
}

fn receipt(number: u128, site: &str, quantity: i64) -> Value {
    json!({"postings": [{"id": Uuid::from_u128(number), "kind": "receipt", "site": site,
        "lines": [{"sku": "A", "quantity": quantity, "unit_cost": "10"}]}]})
}

/// Two sites with goods, a count at the first.
async fn two(shop: &Shop) -> Result<String> {
    shop.add_site("norte").await?;
    shop.posted("/api/v1/postings", &receipt(1, "centro", 5)).await?;
    shop.posted("/api/v1/postings", &receipt(2, "norte", 7)).await?;
    let count = shop.posted("/api/v1/counts", &json!({"site": "centro", "location": "deposito"})).await?;
    count["id"].as_str().map(str::to_owned).context("a count")
}

async fn ask(shop: &Shop, sites: &[&str], method: &str, path: &str, body: Option<&Value>) -> Result<Answer> {
    shop.send_by(at(sites), method, path, body).await
}

async fn what_belongs_to_another_site_is_not_there(shop: &Shop) -> Result<()> {
    let count = two(shop).await?;
    let (posting, empty) = (Uuid::from_u128(1), json!({}));
    let lines = json!({"lines": [{"sku": "A", "counted": "5"}]});
    let location = json!({"code": "x", "name": "x"});
    let rows: &[(&str, String, Option<&Value>)] = &[
        ("GET", "/api/v1/sites/centro".into(), None),
        ("PATCH", "/api/v1/sites/centro".into(), Some(&empty)),
        ("GET", "/api/v1/sites/centro/locations".into(), None),
        ("POST", "/api/v1/sites/centro/locations".into(), Some(&location)),
        ("POST", "/api/v1/sites/centro/periods/2026-02-01/close".into(), None),
        ("GET", format!("/api/v1/postings/{posting}"), None),
        ("GET", "/api/v1/ledger/centro/head".into(), None),
        ("GET", "/api/v1/ledger/centro/checkpoints".into(), None),
        ("POST", "/api/v1/ledger/centro/checkpoints".into(), None),
        ("POST", "/api/v1/ledger/centro/verify".into(), None),
        ("GET", format!("/api/v1/counts/{count}"), None),
        ("POST", format!("/api/v1/counts/{count}/lines"), Some(&lines)),
        ("POST", format!("/api/v1/counts/{count}/close"), None),
    ];
    for (method, path, body) in rows {
        let (other, own) =
            (ask(shop, &["norte"], method, path, *body).await?, ask(shop, &["centro"], method, path, *body));
        assert_eq!(other.status, 404, "{method} {path}: {}", other.body);
        assert_ne!(own.await?.status, 404, "{method} {path}");
    }
    for filtered in [
        "/api/v1/postings?site=centro",
        "/api/v1/products/A/movements?site=centro",
        "/api/v1/stock?site=centro",
        "/api/v1/valuation?site=centro",
        "/api/v1/counts?site=centro",
        "/api/v1/transfers?site=centro",
        "/api/v1/exports/stock.csv?site=centro",
        "/api/v1/exports/valuation.csv?site=centro",
        "/api/v1/exports/movements.csv?site=centro",
        "/api/v1/exports/postings.csv?site=centro",
    ] {
        let other = ask(shop, &["norte"], "GET", filtered, None).await?;
        let unknown = ask(shop, &["norte"], "GET", &filtered.replace("centro", "nowhere"), None).await?;
        assert_eq!((other.status.as_u16(), unknown.status.as_u16()), (422, 422), "{filtered}");
        assert_eq!(other.body["errors"][0]["code"], unknown.body["errors"][0]["code"], "{filtered}");
        assert_eq!(ask(shop, &["centro"], "GET", filtered, None).await?.status, 200, "{filtered}");
    }
    Ok(())
}

async fn lists_and_totals_are_of_the_callers_sites(shop: &Shop) -> Result<()> {
    two(shop).await?;
    for (sites, quantity, value) in [
        (&["norte"][..], "7", "70.00"),
        (&["centro"], "5", "50.00"),
        (&["centro", "norte"], "12", "120.00"),
        (&[], "0", "0.00"),
    ] {
        let get = |path: &'static str| ask(shop, sites, "GET", path, None);
        let listed = |answer: &Answer, field: &str| -> Vec<String> {
            let items = answer.body["items"].as_array().into_iter().flatten();
            let mut codes: Vec<String> = items.filter_map(|item| item[field].as_str().map(str::to_owned)).collect();
            codes.sort();
            codes.dedup();
            codes
        };
        assert_eq!(listed(&get("/api/v1/sites").await?, "code"), sites);
        for path in [
            "/api/v1/postings",
            "/api/v1/products/A/movements",
            "/api/v1/stock",
            "/api/v1/valuation",
            "/api/v1/stock?as_of=2026-02-02",
        ] {
            assert_eq!(listed(&get(path).await?, "site"), sites, "{path}");
        }
        let counts: &[&str] = if sites.contains(&"centro") { &["centro"] } else { &[] };
        assert_eq!(listed(&get("/api/v1/counts").await?, "site"), counts);
        let stock = get("/api/v1/stock/A").await?.body;
        assert_eq!((&stock["on_hand"], &stock["value"]), (&json!(quantity), &json!(value)), "{sites:?}");
        assert_eq!(get("/inventory/A").await?.body["on_hand"], quantity, "{sites:?}");
        for path in ["/api/v1/valuation", "/api/v1/valuation?as_of=2026-02-02"] {
            assert_eq!(get(path).await?.body["total"], value, "{path} {sites:?}");
        }
        for table in ["stock", "valuation", "movements", "postings"] {
            let text =
                String::from_utf8(ask(shop, sites, "GET", &format!("/api/v1/exports/{table}.csv"), None).await?.bytes)?;
            for code in ["centro", "norte"] {
                assert_eq!(text.contains(code), sites.contains(&code), "{table} {sites:?}: {text}");
            }
        }
    }
    Ok(())
}

async fn nothing_is_written_at_another_site(shop: &Shop) -> Result<()> {
    two(shop).await?;
    let refused = ask(shop, &["norte"], "POST", "/api/v1/postings", Some(&receipt(3, "centro", 1))).await?;
    let unknown = ask(shop, &["norte"], "POST", "/api/v1/postings", Some(&receipt(4, "nowhere", 1))).await?;
    assert_eq!((refused.status.as_u16(), &refused.body["code"]), (422, &json!("unknown_site")));
    assert_eq!(
        (&refused.body["errors"][0]["field"], refused.status),
        (&unknown.body["errors"][0]["field"], unknown.status)
    );
    let mut both = receipt(5, "norte", 1);
    let other = receipt(6, "centro", 1)["postings"][0].clone();
    both["postings"].as_array_mut().context("postings")?.insert(0, other);
    for query in ["?dry_run=true", ""] {
        let answer = ask(shop, &["norte"], "POST", &format!("/api/v1/postings{query}"), Some(&both)).await?;
        let statuses = [0, 1].map(|index| answer.body["results"][index]["status"].clone());
        assert_eq!(statuses, [json!("rejected"), json!("posted")], "{query}: {}", answer.body);
    }
    let count = json!({"site": "centro", "location": "deposito"});
    let transfer = json!({"from_site": "centro", "to_site": "norte", "lines": [{"sku": "A", "quantity": "1"}]});
    for (path, body, field) in [("/api/v1/counts", count, "site"), ("/api/v1/transfers", transfer, "from_site")] {
        let answer = ask(shop, &["norte"], "POST", path, Some(&body)).await?;
        assert_eq!((answer.status.as_u16(), &answer.body["errors"][0]["field"]), (422, &json!(field)), "{path}");
    }
    let site = json!({"code": "sur", "name": "Sur", "timezone": "America/Argentina/Buenos_Aires"});
    assert_eq!(ask(shop, &["norte"], "POST", "/api/v1/sites", Some(&site)).await?.status, 403);
    assert_eq!(shop.get("/api/v1/stock/A").await?["on_hand"], "13", "only the one of norte was written");
    Ok(())
}

async fn transfers_are_seen_from_both_ends_and_received_at_theirs(shop: &Shop) -> Result<()> {
    two(shop).await?;
    shop.add_site("sur").await?;
    let body = json!({"from_site": "centro", "to_site": "norte", "lines": [{"sku": "A", "quantity": "2"}]});
    let sent = ask(shop, &["centro"], "POST", "/api/v1/transfers", Some(&body)).await?;
    assert_eq!(sent.status, 201, "{}", sent.body);
    let path = format!("/api/v1/transfers/{}", sent.body["id"].as_str().context("an id")?);
    for (site, seen) in [("centro", true), ("norte", true), ("sur", false)] {
        assert_eq!(ask(shop, &[site], "GET", &path, None).await?.status == 200, seen, "{site}");
        let list = ask(shop, &[site], "GET", "/api/v1/transfers", None).await?;
        assert_eq!(list.body["items"].as_array().map(Vec::len), Some(usize::from(seen)), "{site}");
    }
    let receive = format!("{path}/receive");
    for (site, status) in [("sur", 404), ("centro", 403), ("norte", 200)] {
        assert_eq!(ask(shop, &[site], "POST", &receive, Some(&json!({}))).await?.status, status, "{site}");
    }
    Ok(())
}

async fn work_at_another_site_is_neither_seen_nor_stopped(shop: &Shop) -> Result<()> {
    two(shop).await?;
    let job = shop.send("POST", "/api/v1/ledger/centro/verify", None).await?.body;
    let id: Uuid = job["id"].as_str().context("a job")?.parse()?;
    assert_eq!(job["site"], "centro");
    shop.ended(id).await?;
    let jobs = &shop.warehouse.jobs;
    for (sites, seen) in
        [(SiteScope::only(["norte"]), false), (SiteScope::only(["centro"]), true), (SiteScope::All, true)]
    {
        assert_eq!(jobs.get_for(&sites, id).await.is_ok(), seen, "{sites:?}");
        assert_eq!(jobs.recent(&sites, 10).await?.len(), usize::from(seen), "{sites:?}");
    }
    Ok(())
}
