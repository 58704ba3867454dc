//! How large a file may grow. Functions and parameters are clippy's (`clippy.toml`).
//!
//! Invariant: no file is above the hard limit, and at most one in twenty above the soft one.

use crate::check;
use crate::tree::{self, File};

const SOFT: usize = 400;
const HARD: usize = 600;

fn complaints(files: &[File]) -> Vec<String> {
    let lines = |file: &File| file.text.lines().count();
    let say = |file: &File| format!("{}: {} lines", file.path, lines(file));
    let mut complaints: Vec<String> = files.iter().filter(|file| lines(file) > HARD).map(say).collect();
    let above: Vec<String> = files.iter().filter(|file| lines(file) > SOFT).map(say).collect();
    if above.len() * 20 > files.len() {
        complaints.push(format!("more than one in twenty files is above {SOFT} lines: {}", above.join(", ")));
    }
    complaints
}

#[test]
fn files_stay_small() {
    check(&complaints(&tree::rust_files()));
}

#[test]
fn a_long_file_and_a_long_tail_are_seen() {
    let file = |lines: usize| File { path: "a.rs".to_owned(), text: "x\n".repeat(lines) };
    let many = |long: usize| (0..40).map(|index| file(if index < long { SOFT + 1 } else { SOFT })).collect::<Vec<_>>();
    assert!(complaints(&many(2)).is_empty());
    assert_eq!(complaints(&many(3)).len(), 1);
    assert_eq!(complaints(&[many(0), vec![file(HARD + 1)]].concat()).len(), 1);
}

impl Clone for File {
    fn clone(&self) -> File {
        File { path: self.path.clone(), text: self.text.clone() }
    }
}
