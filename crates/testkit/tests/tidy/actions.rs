//! What can happen is written into the audit log, and a test sees it there.
//!
//! Invariant: every action of the catalogue is named by some test, by its variant or by its name in the log.

use crate::check;
use crate::tree::{self, File};

const CATALOGUE: &str = "crates/domain/src/audit/action.rs";

/// `Variant = "subject.what";` of the catalogue.
fn actions(catalogue: &str) -> Vec<(&str, &str)> {
    catalogue.lines().filter_map(|line| line.trim().strip_suffix("\";")?.split_once(" = \"")).collect()
}

/// The part of a file that is tests.
fn tests(file: &File) -> &str {
    if file.path.contains("/tests/") || file.path.ends_with("/tests.rs") {
        return &file.text;
    }
    file.text.split_once("#[cfg(test)]\nmod tests {").map_or("", |(_, tests)| tests)
}

fn complaints(files: &[File]) -> Vec<String> {
    let catalogue = files.iter().find(|file| file.path == CATALOGUE).map_or("", |file| file.text.as_str());
    let tests: Vec<&str> = files.iter().map(tests).filter(|tests| !tests.is_empty()).collect();
    let is_named = |variant: &str, name: &str| {
        let (quoted, filter) = (format!("\"{name}\""), format!("={name}\""));
        let variant = format!("Action::{variant}");
        let ends = |rest: &str| !rest.starts_with(|c: char| c.is_alphanumeric());
        let by_variant = |tests: &str| tests.match_indices(&variant).any(|(at, _)| ends(&tests[at + variant.len()..]));
        tests.iter().any(|tests| tests.contains(&quoted) || tests.contains(&filter) || by_variant(tests))
    };
    let unnamed = actions(catalogue).into_iter().filter(|(variant, name)| !is_named(variant, name));
    unnamed.map(|(variant, name)| format!("no test names the action {variant} ({name})")).collect()
}

#[test]
fn every_action_is_seen_by_a_test() {
    let files = tree::rust_files();
    assert!(files.iter().any(|file| file.path == CATALOGUE && actions(&file.text).len() > 50), "the catalogue is read");
    check(&complaints(&files));
}

#[test]
fn an_action_that_no_test_names_is_complained_of() {
    let file = |path: &str, text: &str| File { path: path.into(), text: text.into() };
    let catalogue = file(CATALOGUE, "    /// A.\n    Made = \"key.made\";\n    MadeAgain = \"key.made_again\";\n");
    let look = |path: &str, text: &str| {
        let files = [catalogue.path.as_str(), path].into_iter().zip([catalogue.text.as_str(), text]);
        complaints(&files.map(|(path, text)| file(path, text)).collect::<Vec<_>>()).len()
    };
    assert_eq!(look("crates/a/src/b.rs", "Action::Made, Action::MadeAgain"), 2, "the program itself is no test");
    assert_eq!(look("crates/a/tests/it/b.rs", "Action::MadeAgain"), 1, "a longer name is another");
    assert_eq!(look("crates/a/src/b/tests.rs", "Action::Made, \"key.made_again\""), 0);
    assert_eq!(
        look("crates/a/src/b.rs", "#[cfg(test)]\nmod tests {\n\"/audit?action=key.made\" \"key.made_again\""),
        0
    );
}
