//! What the program says is written in one place.
//!
//! Invariant: all crates speak through one bundle of texts for each language, in which a key can stand once; a second one would be heard by
//! nobody.

use std::collections::BTreeMap;

use crate::check;
use crate::tree::{self, File};

#[test]
fn no_text_is_written_twice() {
    check(&complaints(&tree::files()));
}

fn complaints(files: &[File]) -> Vec<String> {
    let mut first: BTreeMap<(&str, &str), &str> = BTreeMap::new();
    let mut complaints = Vec::new();
    for file in files.iter().filter(|file| file.path.ends_with(".ftl")) {
        for key in keys(&file.text) {
            if let Some(other) = first.insert((language(&file.path), key), &file.path) {
                complaints.push(format!("{key} is written in {other} and in {}", file.path));
            }
        }
    }
    complaints
}

/// `texts/es/NAME.ftl`, or `texts/es.ftl`.
fn language(path: &str) -> &'static str {
    if path.contains("/es/") || path.ends_with("/es.ftl") { "es" } else { "en" }
}

fn keys(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter(|line| line.starts_with(|c: char| c.is_ascii_lowercase())).filter_map(|line| {
        let (key, _) = line.split_once('=')?;
        Some(key.trim())
    })
}

#[test]
fn a_text_that_is_written_twice_is_complained_of() {
    let file = |path: &str, text: &str| File { path: path.into(), text: text.into() };
    let files =
        [file("a/texts/es/one.ftl", "# k = 1\nk = uno\n    .detail = k = 2\n"), file("b/texts/es.ftl", "k = dos\n")];
    assert_eq!(complaints(&files), ["k is written in a/texts/es/one.ftl and in b/texts/es.ftl"]);
    assert!(complaints(&[file("a/texts/es/one.ftl", "k = uno\n"), file("a/texts/en/one.ftl", "k = one\n")]).is_empty());
}
