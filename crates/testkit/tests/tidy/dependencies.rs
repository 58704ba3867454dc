//! Each crate of others that we use directly has its line in ARCHITECTURE.md saying why.
//!
//! Invariant: both directions hold; a line about a crate that is gone is a complaint too.

use std::collections::BTreeSet;

use crate::{check, tree};

fn complaints(manifests: &[(String, String)], document: &str) -> Vec<String> {
    let explained = explained(document);
    let ours: BTreeSet<&str> = manifests.iter().map(|(name, _)| name.as_str()).collect();
    let of = |manifest: &String| {
        let sections = ["dependencies", "dev-dependencies", "build-dependencies"];
        sections.into_iter().flat_map(|section| tree::dependencies(manifest, section)).collect::<Vec<_>>()
    };
    let used: BTreeSet<String> = manifests.iter().flat_map(|(_, manifest)| of(manifest)).collect();
    let used: BTreeSet<String> = used.into_iter().filter(|name| !ours.contains(name.as_str())).collect();
    let silent = used.difference(&explained).map(|name| format!("ARCHITECTURE.md does not say why we use {name}"));
    let stale = explained.difference(&used).map(|name| format!("ARCHITECTURE.md explains {name}, which no crate uses"));
    silent.chain(stale).collect()
}

/// The names in backticks in the first cell of each row of the table of dependencies.
fn explained(document: &str) -> BTreeSet<String> {
    let section = document.lines().skip_while(|line| line.trim() != "## Dependencies").skip(1);
    let rows = section.take_while(|line| !line.starts_with("## ")).filter(|line| line.starts_with('|'));
    let first_cells = rows.filter_map(|row| row.split('|').nth(1));
    let names = first_cells.flat_map(|cell| cell.split('`').skip(1).step_by(2));
    names.map(str::to_owned).collect()
}

#[test]
fn every_dependency_has_its_reason() {
    check(&complaints(&tree::manifests(), &tree::read("ARCHITECTURE.md")));
}

#[test]
fn a_silent_and_a_stale_line_are_seen() {
    let manifests = [
        ("store".to_owned(), "[dependencies]\nsqlx.workspace = true\ndomain = 1".to_owned()),
        ("domain".to_owned(), String::new()),
    ];
    let document = |row: &str| format!("## Dependencies\n\n| crate | why |\n|---|---|\n{row}\n\n## After\n| `x` | y |");
    assert!(complaints(&manifests, &document("| `sqlx` | both databases |")).is_empty());
    assert_eq!(complaints(&manifests, &document("")).len(), 1);
    assert_eq!(complaints(&manifests, &document("| `sqlx`, `gone` | both databases |")).len(), 1);
}
