//! What every answer says to the browser that reads it, whoever made the answer.
//!
//! Invariant: the values are written out here a second time, so that a change of one of them is a decision and not an accident.

use anyhow::{Context, ensure};
use serde_json::json;
use testkit::Result;
use testkit::http::{Client, Response};

use crate::shop::{HANG, Shop};

/// On everything, pages and files included.
const EVERYWHERE: [(&str, &str); 8] = [
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    ("x-xss-protection", "1; mode=block"),
    ("referrer-policy", "strict-origin-when-cross-origin"),
    ("permissions-policy", "geolocation=(), microphone=(), camera=(self)"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("x-permitted-cross-domain-policies", "none"),
];

const POLICY: &str = "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'";
/// Pages may do less than the rest.
const POLICY_OF_PAGES: &str =
    "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

fn is_protected(what: &str, answer: &Response) -> Result<()> {
    for (name, value) in EVERYWHERE {
        let all: Vec<&str> =
            answer.headers.iter().filter(|(key, _)| key == name).map(|(_, value)| value.as_str()).collect();
        ensure!(all == [value], "{what}: {name} is {all:?}, not {value:?}");
    }
    let page = answer.header("content-type").is_some_and(|kind| kind.starts_with("text/html"));
    let policy = answer.header("content-security-policy").with_context(|| format!("{what}: no policy"))?;
    ensure!(policy == if page { POLICY_OF_PAGES } else { POLICY }, "{what}: {policy}");
    for name in ["x-request-id", "x-degradation-level", "cache-control"] {
        ensure!(answer.header(name).is_some(), "{what}: no {name}");
    }
    ensure!(
        answer.header("server").is_none() && answer.header("x-powered-by").is_none(),
        "{what}: says what it runs on"
    );
    Ok(())
}

#[test]
fn every_answer_of_a_running_server_carries_the_same_protection() -> Result<()> {
    let shop = Shop::on_sqlite()?;
    let server = shop.serve()?;
    let mut known = server.client(&shop.key).patience(HANG);
    let mut unknown = Client::new(server.address()).patience(HANG);
    let large = vec![b' '; 2 << 20];
    let answers = [
        ("a list", 200, known.get("/api/v1/products")?),
        ("what is made", 201, known.post("/api/v1/products", &json!({"sku": "A", "name": "A", "unit": "kg"}))?),
        ("the health", 200, unknown.get("/health")?),
        ("the API document", 200, known.get("/api/v1/openapi.json")?),
        ("a table", 200, known.get("/api/v1/exports/products.csv")?),
        ("malformed JSON", 400, known.post_raw("/api/v1/products", b"{")?),
        ("nobody", 401, unknown.get("/api/v1/products")?),
        ("no such path", 404, known.get("/api/v1/nowhere")?),
        ("no such product", 404, known.get("/api/v1/products/none")?),
        ("a wrong method", 405, known.send("DELETE", "/api/v1/products", &[], b"")?),
        ("a conflict", 409, known.post("/api/v1/products", &json!({"sku": "A", "name": "A", "unit": "kg"}))?),
        ("too much", 413, known.post_raw("/api/v1/products", &large)?),
        ("another type", 415, known.send("POST", "/api/v1/products", &[("Content-Type", "text/plain")], b"{}")?),
        ("a broken rule", 422, known.post("/api/v1/products", &json!({}))?),
    ];
    for (what, status, answer) in &answers {
        ensure!(answer.status == *status, "{what}: {} {}", answer.status, answer.text());
        is_protected(what, answer)?;
    }
    is_protected("the page that asks for a key", &unknown.get("/")?)?;
    is_protected("the first page", &known.get("/")?)?;
    is_protected("the API's page", &known.get("/docs")?)
}
