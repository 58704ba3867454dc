//! A small shop to test with: an installation with a site, a key, products, and the postings a test sends.
//!
//! Invariant: ids are counted, so every posting of a test is known by its number.

use std::time::Duration;

use serde_json::{Value, json};
use testkit::Result;
use testkit::binary::{Installation, Running};
use testkit::http::{Client, Response};
use testkit::postgres::{self, Database};

/// An installation, ready to serve.
pub(crate) struct Shop {
    pub(crate) installation: Installation,
    pub(crate) key: String,
    /// Declared last, so that it is dropped after everything that uses it.
    database: Option<Database>,
}

impl Shop {
    /// With its records in a SQLite file.
    pub(crate) fn on_sqlite() -> Result<Shop> {
        Shop::of(Installation::new()?, None)
    }

    /// With its records on the PostgreSQL that all tests share.
    pub(crate) fn on_postgres() -> Result<Shop> {
        let database = postgres::fresh_database()?;
        let installation = Installation::on_postgres(database.url())?;
        Shop::of(installation, Some(database))
    }

    /// On both engines, one after the other.
    pub(crate) fn on_each_database(check: impl Fn(&Shop) -> Result<()>) -> Result<()> {
        check(&Shop::on_sqlite()?)?;
        check(&Shop::on_postgres()?)
    }

    /// From an installation whose settings are made.
    pub(crate) fn of(installation: Installation, database: Option<Database>) -> Result<Shop> {
        installation.ok(&["site", "create", "centro"])?;
        let key = installation.owner_key()?;
        Ok(Shop { installation, key, database })
    }

    /// Runs a statement in its database, on PostgreSQL, behind the program's back.
    pub(crate) fn execute(&self, sql: &str) -> Result<String> {
        self.database.as_ref().ok_or_else(|| anyhow::anyhow!("a database of its own"))?.execute(sql)
    }

    /// Serves it.
    pub(crate) fn serve(&self) -> Result<Running> {
        self.installation.serve()
    }

    /// What `gondola verify` says; an error unless all holds.
    pub(crate) fn verify(&self) -> Result<String> {
        self.installation.ok(&["verify"])
    }
}

/// The id of the posting with this number.
pub(crate) fn id(number: usize) -> String {
    format!("01930000-0000-7000-8000-{number:012x}")
}

/// A request with one posting.
pub(crate) fn posting(number: usize, kind: &str, lines: &Value) -> Value {
    json!({"postings": [{"id": id(number), "kind": kind, "site": "centro", "lines": lines}]})
}

/// Makes a product; an error unless it was made.
pub(crate) fn add_product(client: &mut Client, sku: &str, unit: &str) -> Result<()> {
    let made =
        client.post("/api/v1/products", &json!({"sku": sku, "name": format!("Producto {sku}"), "unit": unit}))?;
    anyhow::ensure!(made.status == 201, "product {sku}: {} {}", made.status, made.text());
    Ok(())
}

/// Sends a posting that must be written.
pub(crate) fn post_ok(client: &mut Client, body: &Value) -> Result<Value> {
    let answer = client.post("/api/v1/postings", body)?;
    anyhow::ensure!(answer.status == 201, "posting: {} {}", answer.status, answer.text());
    answer.json()
}

/// How much there is of a product, as the server prints it.
pub(crate) fn on_hand(client: &mut Client, sku: &str) -> Result<String> {
    let answer = client.get(&format!("/api/v1/stock/{sku}"))?;
    anyhow::ensure!(answer.status == 200, "stock of {sku}: {} {}", answer.status, answer.text());
    let quantity = answer.json()?["on_hand"].as_str().map(str::to_owned);
    quantity.ok_or_else(|| anyhow::anyhow!("no on_hand in {}", answer.text()))
}

/// Fails unless the answer is a problem document that blames the request: a 4xx with a code.
pub(crate) fn is_refusal(what: &str, answer: &Response) {
    assert!((400..500).contains(&answer.status), "{what}: {} {}", answer.status, answer.text());
    assert_eq!(answer.header("content-type"), Some("application/problem+json"), "{what}: {}", answer.text());
    assert!(!answer.problem_code().is_empty(), "{what}: {}", answer.text());
}

/// Longer than any answer should take, shorter than a test's patience.
pub(crate) const HANG: Duration = Duration::from_secs(20);
