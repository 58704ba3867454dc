//! How a module opens: its purpose, and for those that others lean on, the one thing that always holds.
//!
//! Invariant: only sources are asked; a file of tests says what holds by its names.

use crate::check;
use crate::tree::{self, File};

/// From here on a file is more than one operation named by its file name, and says what it guarantees.
const LARGE: usize = 200;

fn complaints(files: &[File]) -> Vec<String> {
    files.iter().filter(|file| is_source(&file.path)).filter_map(opening).collect()
}

fn is_source(path: &str) -> bool {
    path.starts_with("crates/")
        && !path.starts_with("crates/bench/")
        && path.contains("/src/")
        && !path.contains("/tests/")
        && !path.ends_with("/tests.rs")
}

fn opening(file: &File) -> Option<String> {
    let doc: Vec<&str> = file.text.lines().take_while(|line| line.starts_with("//!")).collect();
    if doc.is_empty() {
        return Some(format!("{}: opens without its purpose (`//!`)", file.path));
    }
    let top = file.path.split("/src/").nth(1).is_some_and(|rest| !rest.contains('/'));
    let asked = file.text.lines().count() > 30 && (top || file.text.lines().count() > LARGE);
    let promised = doc.iter().any(|line| line.contains("Invariant: "));
    (asked && !promised).then(|| format!("{}: says nothing that always holds (`//! Invariant: …`)", file.path))
}

#[test]
fn every_module_says_what_it_is_for() {
    check(&complaints(&tree::rust_files()));
}

#[test]
fn a_silent_module_is_seen() {
    let file = |path: &str, text: String| File { path: path.to_owned(), text };
    let top = "crates/store/src/a.rs";
    assert_eq!(complaints(&[file(top, "fn f() {}\n".to_owned())]).len(), 1);
    assert_eq!(complaints(&[file(top, "//! Purpose.\n".to_owned() + &"\n".repeat(40))]).len(), 1);
    assert!(
        complaints(&[file(top, "//! Purpose.\n//!\n//! Invariant: so.\n".to_owned() + &"\n".repeat(40))]).is_empty()
    );
    assert!(
        complaints(&[file("crates/store/src/a/get.rs", "//! Purpose.\n".to_owned() + &"\n".repeat(40))]).is_empty()
    );
}
