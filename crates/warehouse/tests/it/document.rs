//! The API document that is made of the routes.

use std::collections::{BTreeMap, HashSet};

use anyhow::Result;
use serde_json::Value;

use crate::shop::Shop;

/// Every operation as method, path and what the document says of it.
fn operations() -> Result<Vec<(String, String, Value)>> {
    let document = serde_json::to_value(warehouse::routes(1).to_openapi())?;
    let paths: BTreeMap<String, BTreeMap<String, Value>> = serde_json::from_value(document["paths"].clone())?;
    let each = |(path, item): (String, BTreeMap<String, Value>)| {
        item.into_iter().map(move |(method, operation)| (method, path.clone(), operation))
    };
    Ok(paths.into_iter().flat_map(each).filter(|(.., operation)| operation.is_object()).collect())
}

#[test]
fn operations_have_names_of_their_own() -> Result<()> {
    let all = operations()?;
    let names: HashSet<&str> = all.iter().filter_map(|(.., operation)| operation["operationId"].as_str()).collect();
    assert!(all.len() > 20);
    assert_eq!(names.len(), all.len());
    assert!(names.contains("get_products_by_sku") && names.contains("post_products"), "{names:?}");
    Ok(())
}

#[test]
fn every_parameter_of_a_path_is_described() -> Result<()> {
    for (method, path, operation) in operations()? {
        let declared: HashSet<&str> = operation["parameters"]
            .as_array()
            .into_iter()
            .flatten()
            .filter(|parameter| parameter["in"] == "path")
            .filter_map(|parameter| parameter["name"].as_str())
            .collect();
        let used: HashSet<&str> = path.split(['{', '}']).skip(1).step_by(2).collect();
        assert_eq!(declared, used, "{method} {path}");
        assert!(operation["summary"].is_string(), "{method} {path} says what it does");
    }
    Ok(())
}

/// What PostgreSQL cannot even be asked for, and other oddities.
const ODD: [&str; 4] = ["a%00b", "%F0%9F%9B%92", "..%2F..", "%20"];

async fn odd_names_in_paths_are_not_our_fault(shop: &Shop) -> Result<()> {
    for (method, path, _) in operations()? {
        for odd in ODD {
            let names: Vec<&str> = path.split(['{', '}']).skip(1).step_by(2).collect();
            let asked = names.iter().fold(path.clone(), |asked, name| asked.replace(&format!("{{{name}}}"), odd));
            let body = (method != "get" && method != "delete").then_some("{}");
            let answer = shop.send(&method.to_uppercase(), &asked, body).await?;
            assert!(!answer.status.is_server_error(), "{method} {asked}: {answer:?}");
            assert!(names.is_empty() || answer.status.is_client_error(), "{method} {asked}: {answer:?}");
        }
    }
    Ok(())
}

both! { odd_names_in_paths_are_not_our_fault }
