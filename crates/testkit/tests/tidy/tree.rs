//! The files of the checkout.
//!
//! Invariant: paths are relative to the checkout with `/` between, and sorted, so complaints are the same everywhere.

use std::fs;
use std::path::Path;

use testkit::workspace_root;

/// One text file.
pub(crate) struct File {
    pub(crate) path: String,
    pub(crate) text: String,
}

/// Folders of things made here, or by others.
const SKIPPED: &[&str] = &[".git", "target", "demo", "node_modules", "vendor", "data"];

/// Every text file of the checkout; what is not UTF-8 is no text.
pub(crate) fn files() -> Vec<File> {
    let mut found = Vec::new();
    walk(&workspace_root(), "", &mut found);
    found.sort_by(|one, other| one.path.cmp(&other.path));
    assert!(found.len() > 50, "the checkout was not found");
    found
}

fn walk(folder: &Path, prefix: &str, found: &mut Vec<File>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = format!("{prefix}{name}");
        match entry.file_type() {
            // A crate's own `src/demo` is source; only the folder at the top is made by running the demo.
            Ok(kind)
                if kind.is_dir() && !(SKIPPED.contains(&name.as_str()) && (prefix.is_empty() || name == "vendor")) =>
            {
                walk(&entry.path(), &format!("{path}/"), found);
            }
            // In a linked worktree `.git` is a file that names the machine's folders.
            Ok(kind) if kind.is_file() && name != ".git" => {
                found.extend(fs::read_to_string(entry.path()).ok().map(|text| File { path, text }));
            }
            _ => {}
        }
    }
}

/// The Rust files among them.
pub(crate) fn rust_files() -> Vec<File> {
    files().into_iter().filter(|file| file.path.ends_with(".rs")).collect()
}

/// One file of the checkout by its path.
pub(crate) fn read(path: &str) -> String {
    let text = fs::read_to_string(workspace_root().join(path));
    text.unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The crates: folder name and Cargo.toml.
pub(crate) fn manifests() -> Vec<(String, String)> {
    let is_manifest = |file: &File| file.path.starts_with("crates/") && file.path.ends_with("/Cargo.toml");
    let of = |file: File| (file.path.split('/').nth(1).unwrap_or_default().to_owned(), file.text);
    files().into_iter().filter(is_manifest).map(of).collect()
}

/// The names under `[section]` of a Cargo.toml.
pub(crate) fn dependencies(manifest: &str, section: &str) -> Vec<String> {
    let header = format!("[{section}]");
    let lines = manifest.lines().map(str::trim).skip_while(|line| *line != header).skip(1);
    let lines =
        lines.take_while(|line| !line.starts_with('[')).filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.filter_map(|line| line.split(['.', '=', ' ']).next().map(str::to_owned)).collect()
}

#[test]
fn a_section_is_read_to_its_end() {
    let manifest = "[dependencies]\na.workspace = true\n# no\nb = \"1\"\n\n[dev-dependencies]\nc.workspace = true\n";
    assert_eq!(dependencies(manifest, "dependencies"), ["a", "b"]);
    assert_eq!(dependencies(manifest, "dev-dependencies"), ["c"]);
    assert!(dependencies(manifest, "build-dependencies").is_empty());
}
