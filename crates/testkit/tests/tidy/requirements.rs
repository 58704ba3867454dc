//! `docs/requirements.md`: every requirement stands there once, in a known state, and every test it names exists.
//!
//! Invariant: a row that says "met" and a row that says "partly" without a test both say where to look.

use std::collections::BTreeSet;

use testkit::workspace_root;

use crate::check;
use crate::tree::{self, File};

/// How many requirements there are; a row lost by accident is seen even where the original list is not at hand.
const COUNT: usize = 569;

const STATES: &[&str] = &["met", "partly", "planned", "organisational"];

/// One row of the table.
struct Row<'a> {
    id: &'a str,
    state: &'a str,
    place: &'a str,
    tests: Vec<&'a str>,
}

/// Rows begin with an id of three digits, a dash and three digits.
fn rows(document: &str) -> Vec<Row<'_>> {
    document.lines().filter_map(row).collect()
}

fn row(line: &str) -> Option<Row<'_>> {
    let cells: Vec<&str> =
        line.strip_prefix("| ")?.trim_end().trim_end_matches('|').split(" | ").map(str::trim).collect();
    let (id, rest) = cells.split_first()?;
    if !is_id(id) || rest.len() < 4 {
        return None;
    }
    // The requirement's own text may hold the separator; the last three cells are ours.
    let [state, place, tests] = rest.last_chunk::<3>()?;
    Some(Row { id, state, place, tests: tests.split('`').skip(1).step_by(2).collect() })
}

fn is_id(text: &str) -> bool {
    let digits = |part: &str| part.len() == 3 && part.bytes().all(|byte| byte.is_ascii_digit());
    text.split_once('-').is_some_and(|(group, number)| digits(group) && digits(number))
}

fn complaints(document: &str, functions: &BTreeSet<String>, exists: impl Fn(&str) -> bool) -> Vec<String> {
    let mut complaints = Vec::new();
    let mut seen = BTreeSet::new();
    for row in rows(document) {
        let mut say = |what: String| complaints.push(format!("{}: {what}", row.id));
        if !seen.insert(row.id) {
            say("stands there twice".to_owned());
        }
        if !STATES.contains(&row.state) {
            say(format!("unknown state {:?}", row.state));
        }
        if row.place.is_empty() || row.place == "–" {
            say("does not say where".to_owned());
        }
        for test in row.tests.iter().filter(|test| !functions.contains(last(test)) && !exists(test)) {
            say(format!("names the test {test:?}, which is not there"));
        }
    }
    complaints
}

/// A test may be named with its path (`ledger::a_sale_…`).
fn last(name: &str) -> &str {
    name.rsplit("::").next().unwrap_or(name)
}

/// The names of all functions in the tree: what follows `fn ` up to the parenthesis.
pub(crate) fn functions(files: &[File]) -> BTreeSet<String> {
    let names = files.iter().flat_map(|file| file.text.split("fn ").skip(1));
    names.filter_map(|rest| rest.split(['(', '<']).next()).map(str::to_owned).collect()
}

#[test]
fn every_requirement_is_traced() {
    let document = tree::read("docs/requirements.md");
    let root = workspace_root();
    // A proof may also be a file, such as a step of scripts/test.
    let complaints =
        complaints(&document, &functions(&tree::rust_files()), |path| path.contains('/') && root.join(path).exists());
    check(&complaints);
    assert_eq!(rows(&document).len(), COUNT);
}

#[test]
fn the_trace_and_the_original_list_agree() {
    let document = tree::read("docs/requirements.md");
    let traced: BTreeSet<&str> = rows(&document).iter().map(|row| row.id).collect();
    let original = workspace_root().join("../shared/requirements.md");
    let Ok(original) = std::fs::read_to_string(&original) else {
        println!("LEFT OUT: the comparison with the original list, because {} is not there", original.display());
        return;
    };
    let asked = original.lines().filter_map(|line| line.strip_prefix("| ")?.split(' ').next());
    let asked: BTreeSet<&str> = asked.filter(|id| is_id(id)).collect();
    assert_eq!(traced, asked);
}

#[test]
fn the_counts_at_the_top_are_those_of_the_rows() {
    let document = tree::read("docs/requirements.md");
    let rows = rows(&document);
    for state in STATES {
        let count = rows.iter().filter(|row| row.state == *state).count();
        let summary = document.lines().find(|line| line.starts_with(&format!("| {state} |")));
        let summary = summary.unwrap_or_else(|| panic!("no line about {state}"));
        assert!(
            summary.trim_end_matches([' ', '|']).ends_with(&format!(" {count}")),
            "{state}: {count} rows, but {summary}"
        );
    }
}

#[test]
fn a_broken_row_is_seen() {
    let known = BTreeSet::from(["a_sale_is_kept".to_owned()]);
    let look = |text: &str| complaints(text, &known, |path| path == "scripts/there").len();
    assert_eq!(look("| 000-001 | a | met | here | `ledger::a_sale_is_kept` |"), 0);
    assert_eq!(look("| 000-001 | a | met | here | `scripts/there` |"), 0);
    assert_eq!(look("| 000-001 | a | met | here | `a_sale_is_lost` |"), 1);
    assert_eq!(look("| 000-001 | a | almost | here | – |"), 1);
    assert_eq!(look("| 000-001 | a | met | – | – |"), 1);
    assert_eq!(look("| 000-001 | a | met | here | – |\n| 000-001 | a | met | here | – |"), 1);
}
