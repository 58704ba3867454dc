//! What the served API document promises, operation by operation, kept in a file.
//!
//! Invariant: a promise that changes shows as a changed line of `promises.txt`, which is looked at before it is written anew.

use std::fs;

use anyhow::ensure;
use serde_json::Value;
use testkit::Result;

use crate::document::operations;

/// With `UPDATE_DOCUMENTS` set it writes the file instead of comparing it.
#[test]
fn what_clients_are_promised_changes_only_with_its_file() -> Result<()> {
    let path = testkit::workspace_root().join("crates/gondola/tests/it/promises.txt");
    let lines: Vec<String> = operations()?.iter().map(|(name, operation)| line(name, operation)).collect();
    ensure!(lines.len() > 60, "{lines:?}");
    let made = lines.join("\n") + "\n";
    if std::env::var_os("UPDATE_DOCUMENTS").is_some() {
        return Ok(fs::write(&path, made)?);
    }
    let kept = fs::read_to_string(&path)?;
    let changed: Vec<String> = diff(&kept, &made).chain(diff(&made, &kept)).collect();
    ensure!(made == kept, "look at what changed, then run this test with UPDATE_DOCUMENTS=1:\n{}", changed.join("\n"));
    Ok(())
}

fn diff<'t>(one: &'t str, other: &'t str) -> impl Iterator<Item = String> + 't {
    one.lines().filter(|line| !other.lines().any(|known| known == *line)).map(str::to_owned)
}

/// One operation: what it takes, what it is sent, and what it answers.
fn line(name: &str, operation: &Value) -> String {
    let parameters = operation["parameters"].as_array().into_iter().flatten().map(|parameter| {
        let need = if parameter["required"] == true { "" } else { "?" };
        format!("{}{need}", parameter["name"].as_str().unwrap_or_default())
    });
    let sent = contents(&operation["requestBody"]);
    let answers = operation["responses"].as_object().into_iter().flatten();
    let answers = answers.map(|(status, response)| format!("{status} {}", contents(response)).trim().to_owned());
    let (parameters, answers) = (parameters.collect::<Vec<_>>().join(", "), answers.collect::<Vec<_>>().join(", "));
    format!("{name} ({parameters}) {sent} -> {answers}").replace("  ", " ")
}

/// The name of each schema a body may have; of one that has none, what kind of media it is.
fn contents(body: &Value) -> String {
    let kinds = body["content"].as_object().into_iter().flatten();
    let named = kinds.map(|(media, content)| schema(&content["schema"]).unwrap_or_else(|| media.clone()));
    named.collect::<Vec<_>>().join("|")
}

fn schema(schema: &Value) -> Option<String> {
    let own = schema["$ref"].as_str().and_then(|path| path.rsplit('/').next()).map(str::to_owned);
    // What may be absent is one of nothing and something.
    let mut ways = schema["oneOf"].as_array().into_iter().flatten();
    own.or_else(|| ways.find_map(|way| way["$ref"].as_str()?.rsplit('/').next().map(|name| format!("{name}?"))))
}
