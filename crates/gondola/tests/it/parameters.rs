//! A query parameter that does not exist is refused, by every route of the served document.
//!
//! Invariant: what is expected follows from the document alone; only what probes ask lets anything pass.

use anyhow::{Context, ensure};
use testkit::{Result, http::Client};

use crate::shop::{HANG, Shop, add_product};

/// Method and address of every operation of the served document, with what is named in the paths there.
fn operations(client: &mut Client) -> Result<Vec<(String, String)>> {
    let document = client.get("/api/v1/openapi.json")?.json()?;
    let paths = document["paths"].as_object().context("paths")?;
    let each = paths.iter().flat_map(|(path, item)| {
        let methods = item.as_object().into_iter().flatten().map(|(method, _)| method.to_uppercase());
        methods.map(|method| (method, address(path)))
    });
    Ok(each.chain([("GET".to_owned(), "/api/v1/openapi.json".to_owned())]).collect())
}

fn address(path: &str) -> String {
    let filled = path.replace("{sku}", "A").replace("{site}", "centro").replace("{file}", "stock.csv");
    filled
        .replace("{id}", "01930000-0000-7000-8000-0000000000ff")
        .replace("{day}", "2026-01-01")
        .replace(['{', '}'], "")
}

fn is_of_probes(address: &str) -> bool {
    ["/health", "/ready", "/health/deep", "/status", "/metrics"].contains(&address)
}

#[test]
fn a_parameter_that_does_not_exist_is_refused_by_name() -> Result<()> {
    let shop = Shop::on_sqlite()?;
    let server = shop.serve()?;
    let mut client = server.client(&shop.key).patience(HANG);
    add_product(&mut client, "A", "unit")?;
    let operations = operations(&mut client)?;
    ensure!(operations.len() > 60, "{operations:?}");
    for (method, address) in operations {
        let answer = client.send(&method, &format!("{address}?no_such=1"), &[("If-Match", "*")], b"")?;
        let what = format!("{method} {address}: {} {}", answer.status, answer.text());
        if is_of_probes(&address) {
            ensure!(answer.status == 200, "a probe gets its answer: {what}");
        } else {
            let named =
                answer.status == 422 && answer.text().contains(r#""field":"no_such","code":"unknown_parameter""#);
            // What is for people alone tells a key nothing else.
            let not_for_keys = answer.problem_code() == "only_for_people";
            ensure!(named || not_for_keys || (method != "GET" && takes_parameters(&address)), "{what}");
        }
    }
    shop.verify().map(drop)
}

/// Of what changes something and has parameters, which are read after the body.
fn takes_parameters(address: &str) -> bool {
    address == "/api/v1/postings"
}
