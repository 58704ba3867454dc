//! What is asked: each path by its name.

use anyhow::Result;
use serde_json::json;
use testkit::http::{Client, Response};

use crate::{post::Run, server::PRODUCTS};

/// Who asks a server: with a key, and without one.
pub struct Caller {
    /// Shows the key.
    pub known: Client,
    /// Shows nothing.
    pub stranger: Client,
}

/// A path, and how it is asked for the n-th time.
#[derive(Clone, Copy)]
pub struct Path {
    /// What it is called.
    pub name: &'static str,
    /// Asks.
    pub ask: fn(&mut Caller, u64) -> Result<Response>,
}

/// Whether it lives.
pub const HEALTH: Path = Path { name: "health", ask: |caller, _| caller.stranger.get("/health") };
/// The page on which people sign in.
pub const PAGE: Path = Path { name: "a page", ask: |caller, _| caller.stranger.get("/entrar") };
/// A product with its stock.
pub const STOCK: Path =
    Path { name: "stock of a product", ask: |caller, n| caller.known.get(&format!("/api/v1/stock/{}", sku(n))) };
/// A search.
pub const SEARCH: Path = Path {
    name: "search",
    ask: |caller, n| caller.known.get(&format!("/api/v1/products/search?q=produ%20{}&limit=20", n % 1_000)),
};
/// A sale.
pub const SALE: Path = Path { name: "sale", ask: sell };

fn sku(n: u64) -> String {
    format!("SKU-{:06}", n * 7_919 % PRODUCTS)
}

fn sell(caller: &mut Caller, n: u64) -> Result<Response> {
    // Of its own instant, so that no other run has made it.
    let id = uuid::Uuid::from_u128(Run::begin().id(n));
    let line = json!({"sku": sku(n), "quantity": "1", "unit_price": "1850"});
    caller
        .known
        .post("/api/v1/postings", &json!({"postings": [{"id": id, "kind": "sale", "site": "centro", "lines": [line]}]}))
}
