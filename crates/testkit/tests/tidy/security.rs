//! `docs/security.md`: what it says is done, a test shows.
//!
//! Invariant: every row of its tables of threats and of the OWASP lists names a test, and every test it names exists.

use std::collections::BTreeSet;

use testkit::workspace_root;

use crate::check;
use crate::requirements::functions;
use crate::tree;

/// Two lists of ten, once each.
const LISTS: &[&str] = &["A", "API"];

/// The rows of tables whose last column is their tests.
fn rows(document: &str) -> Vec<Vec<&str>> {
    let mut found = Vec::new();
    let mut of_tests = false;
    for line in document.lines() {
        let cells: Vec<&str> = line.trim().trim_matches('|').split(" | ").map(str::trim).collect();
        of_tests = line.starts_with('|') && (of_tests || cells.last() == Some(&"test"));
        let is_row = of_tests && cells.last() != Some(&"test") && !line.starts_with("|-");
        found.extend(is_row.then_some(cells));
    }
    found
}

fn complaints(document: &str, known: &BTreeSet<String>, exists: impl Fn(&str) -> bool) -> Vec<String> {
    let rows = rows(document);
    let mut complaints = Vec::new();
    for row in &rows {
        let tests: Vec<&str> = row.last().unwrap_or(&"").split('`').skip(1).step_by(2).collect();
        if tests.is_empty() {
            complaints.push(format!("{}: names no test", row.join(" | ")));
        }
        let missing = tests.into_iter().filter(|test| !known.contains(*test) && !exists(test));
        complaints.extend(missing.map(|test| format!("names the test {test:?}, which is not there")));
    }
    for list in LISTS {
        let named = |number: usize| if *list == "A" { format!("A{number:02} ") } else { format!("{list}{number} ") };
        let absent = (1..=10).map(named).filter(|name| !rows.iter().any(|row| row[0].starts_with(name.as_str())));
        complaints.extend(absent.map(|name| format!("{name}has no row")));
    }
    complaints
}

#[test]
fn every_defence_has_its_test() {
    let root = workspace_root();
    let exists = |path: &str| path.contains('/') && root.join(path).exists();
    check(&complaints(&tree::read("docs/security.md"), &functions(&tree::rust_files()), exists));
}

#[test]
fn a_defence_without_a_test_is_seen() {
    let row = |n: usize| format!("| A{n:02} x | done | `there` |\n| API{n} x | done | `there` |\n");
    let whole: String = (1..=10).map(row).collect();
    let document = |rows: &str| format!("| | done | test |\n|---|---|---|\n{rows}");
    let look = |rows: &str| complaints(&document(rows), &BTreeSet::from(["there".to_owned()]), |_| false).len();
    assert_eq!(look(&whole), 0);
    assert_eq!(look(&whole.replacen("`there`", "–", 1)), 1);
    assert_eq!(look(&whole.replacen("`there`", "`gone`", 1)), 1);
    assert_eq!(look(&whole.replace("| API10 x | done | `there` |\n", "")), 1);
}
