//! The served API document as a whole: what clients are promised, operation by operation.
//!
//! Invariant: what is expected follows from the document alone; an exception is named with its reason.

use std::collections::BTreeMap;

use anyhow::{Context, ensure};
use serde_json::Value;
use testkit::Result;

use crate::shop::Shop;

/// Method and path of each operation, and what the document says of it.
pub(crate) type Operations = BTreeMap<String, Value>;

pub(crate) fn operations() -> Result<Operations> {
    let shop = Shop::on_sqlite()?;
    let server = shop.serve()?;
    let document = server.client(&shop.key).get("/api/v1/openapi.json")?.json()?;
    let paths = document["paths"].as_object().context("paths")?;
    let each = paths.iter().flat_map(|(path, item)| {
        let methods = item.as_object().into_iter().flatten();
        methods.map(move |(method, operation)| (format!("{path} {}", method.to_uppercase()), operation.clone()))
    });
    Ok(each.collect())
}

/// What makes or begins something and takes no `Idempotency-Key`, and why.
const UNKEYED: [(&str, &str); 5] = [
    ("/api/v1/postings POST", "each posting has an id of its own, which does it"),
    ("/api/v1/counts/{id}/close POST", "a sheet is closed once, and says so again"),
    ("/api/v1/ledger/{site}/checkpoints POST", "the same head is signed once"),
    ("/api/v1/api-keys POST", "the answer holds a secret: with the header it is a 400"),
    ("/api/v1/users POST", "the answer holds a secret: with the header it is a 400"),
];

fn makes_something(name: &str, operation: &Value) -> bool {
    name.ends_with(" POST") && ["201", "202"].iter().any(|status| operation["responses"].get(status).is_some())
}

fn takes_key(operation: &Value) -> bool {
    let mut parameters = operation["parameters"].as_array().into_iter().flatten();
    parameters.any(|parameter| parameter["in"] == "header" && parameter["name"] == "Idempotency-Key")
}

#[test]
fn what_makes_something_takes_an_idempotency_key_or_says_why_not() -> Result<()> {
    let operations = operations()?;
    let making = operations.iter().filter(|(name, operation)| makes_something(name, operation));
    let without: Vec<&str> = making.filter(|(_, told)| !takes_key(told)).map(|(name, _)| name.as_str()).collect();
    let mut expected: Vec<&str> = UNKEYED.iter().map(|(name, _)| *name).collect();
    expected.sort_unstable();
    assert_eq!(without, expected);
    ensure!(operations.values().filter(|operation| takes_key(operation)).count() > 10, "there are such to be found");
    Ok(())
}
