//! What must not be left in the tree: unfinished work, SQL in the wrong place, traces of a machine.
//!
//! Invariant: the marks are written here in two halves, so that this file does not complain of itself.

use crate::check;
use crate::tree::{self, File};

/// A mark, where it is forbidden, and why.
struct Rule {
    mark: &'static str,
    applies: fn(&str) -> bool,
    why: &'static str,
}

const RULES: &[Rule] = &[
    Rule { mark: concat!("to", "do!("), applies: is_rust, why: "unfinished" },
    Rule { mark: concat!("unimple", "mented!("), applies: is_rust, why: "unfinished" },
    Rule { mark: concat!("db", "g!("), applies: is_rust, why: "left from debugging" },
    Rule { mark: concat!("#[ig", "nore"), applies: is_rust, why: "a test runs or does not exist" },
    Rule { mark: concat!("TO", "DO"), applies: is_ours, why: "unfinished" },
    Rule { mark: concat!("FIX", "ME"), applies: is_ours, why: "unfinished" },
    Rule { mark: concat!("XX", "X"), applies: is_rust, why: "unfinished" },
    Rule { mark: concat!("sql", "x::"), applies: is_outside_store, why: "only store knows SQL" },
    Rule { mark: concat!("/ro", "ot/"), applies: is_ours, why: "a path of one machine" },
    Rule { mark: concat!("/ho", "me/"), applies: is_shipped, why: "a path of one machine" },
    Rule { mark: concat!("/wo", "rk/"), applies: is_ours, why: "a path of one machine" },
    Rule { mark: concat!("index", "-url"), applies: is_ours, why: "where packages come from is the machine's affair" },
    Rule {
        mark: concat!("replace", "-with ="),
        applies: is_ours,
        why: "where packages come from is the machine's affair",
    },
    Rule { mark: concat!("@", "@"), applies: is_document, why: "a place left to be filled" },
];

fn is_rust(path: &str) -> bool {
    path.ends_with(".rs")
}

fn is_document(path: &str) -> bool {
    path.ends_with(".md")
}

fn is_ours(path: &str) -> bool {
    path != "Cargo.lock" && path != "LICENSE"
}

/// Tests may invent a user's folder.
fn is_shipped(path: &str) -> bool {
    is_ours(path) && !path.contains("/tests")
}

/// `bench` measures the drivers themselves as its reference.
fn is_outside_store(path: &str) -> bool {
    is_rust(path) && !path.starts_with("crates/store/") && !path.starts_with("crates/bench/")
}

fn complaints(files: &[File]) -> Vec<String> {
    files.iter().flat_map(in_file).collect()
}

fn in_file(file: &File) -> Vec<String> {
    let rules: Vec<&Rule> = RULES.iter().filter(|rule| (rule.applies)(&file.path)).collect();
    let line = |(index, line): (usize, &str)| {
        let broken = rules.iter().find(|rule| has_mark(line, rule.mark))?;
        Some(format!("{}:{}: `{}`: {}", file.path, index + 1, broken.mark, broken.why))
    };
    file.text.lines().enumerate().filter_map(line).collect()
}

/// A mark of capital letters is a word of its own: part of a longer one (Spanish has some) is no mark.
fn has_mark(line: &str, mark: &str) -> bool {
    let is_word = mark.chars().all(char::is_alphabetic);
    let beside = |index: usize| {
        let before = line[..index].chars().next_back();
        let after = line[index + mark.len()..].chars().next();
        before.is_some_and(char::is_alphanumeric) || after.is_some_and(char::is_alphanumeric)
    };
    line.match_indices(mark).any(|(index, _)| !is_word || !beside(index))
}

#[test]
fn nothing_unfinished_or_foreign_is_left() {
    check(&complaints(&tree::files()));
}

#[test]
fn each_mark_is_seen_and_a_longer_word_is_not_one() {
    for rule in RULES {
        let path = ["crates/warehouse/src/a.rs", "docs/a.md"].into_iter().find(|path| (rule.applies)(path)).unwrap();
        let file = File { path: path.to_owned(), text: format!("before {} after", rule.mark) };
        assert_eq!(complaints(&[file]).len(), 1, "{}", rule.mark);
    }
    let spanish = File { path: "a.md".to_owned(), text: format!("MÉ{}S", concat!("TO", "DO")) };
    assert!(complaints(&[spanish]).is_empty());
}
