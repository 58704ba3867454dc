//! Checks that a crate's texts are whole: for the tests of each crate that has some.
//!
//! Invariant: a fault names the file and the key, so that it can be mended without looking for it.

use std::{collections::BTreeSet, fs, path::Path};

use fluent_bundle::FluentResource;

use super::{Args, Locale, find};

/// Calls that name a code, and the kind of text it needs.
const MAKERS: [(&str, &str); 4] = [
    ("Problem::conflict(", "problem"),
    ("Problem::malformed(", "problem"),
    ("Fault::new(", "field"),
    ("parsed_by(", "field"),
];

/// What is wrong with the texts `es` and `en` of a crate whose source is under `sources`.
///
/// A key must be in both languages with the same attributes, and must be used: `problem-CODE` and `field-CODE` when `"CODE"`
/// stands in the source, any other when it stands there whole.
pub fn faults(es: &str, en: &str, sources: &Path) -> Vec<String> {
    let mut faults = Vec::new();
    let spanish = keys("es", es, &mut faults);
    let english = keys("en", en, &mut faults);
    faults.extend(spanish.difference(&english).map(|key| format!("en lacks {key}")));
    faults.extend(english.difference(&spanish).map(|key| format!("es lacks {key}")));
    let mut source = String::new();
    read_sources(sources, &mut source, &mut faults);
    for key in spanish.iter().filter(|key| !key.contains('.')) {
        let code = key.strip_prefix("problem-").or_else(|| key.strip_prefix("field-")).unwrap_or(key);
        if !source.contains(&format!("\"{code}\"")) {
            faults.push(format!("{key} is used nowhere"));
        }
    }
    let used = codes(&source).filter(|key| !spanish.contains(key) && find(Locale::Es, key, &Args::new()).is_none());
    faults.extend(used.map(|key| format!("{key} is used and written nowhere")).collect::<BTreeSet<_>>());
    faults
}

/// The texts that the source asks for where it names a code as such.
fn codes(source: &str) -> impl Iterator<Item = String> {
    MAKERS.iter().flat_map(move |(maker, prefix)| {
        let calls = source.split(maker).skip(1);
        calls.filter_map(move |rest| {
            let (code, _) = rest.strip_prefix('"')?.split_once('"')?;
            let is_code = !code.is_empty()
                && code.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_' || byte.is_ascii_digit());
            is_code.then(|| format!("{prefix}-{code}"))
        })
    })
}

fn keys(language: &str, source: &str, faults: &mut Vec<String>) -> BTreeSet<String> {
    let resource = FluentResource::try_new(source.to_owned()).unwrap_or_else(|(resource, errors)| {
        faults.extend(errors.iter().map(|error| format!("{language}: {error}")));
        resource
    });
    drop(resource);
    // The syntax tree lives in another crate; the shape of our files is simple enough to be read by line.
    let mut found = BTreeSet::new();
    let mut message = "";
    for line in source.lines().filter(|line| line.contains('=') && !line.starts_with('#')) {
        let (name, _) = line.split_once('=').unwrap_or((line, ""));
        let name = name.trim_end();
        if let Some(attribute) = name.trim_start().strip_prefix('.') {
            found.insert(format!("{message}.{attribute}"));
        } else if !name.starts_with(' ') {
            message = name;
            if !found.insert(name.to_owned()) {
                faults.push(format!("{language} has {name} twice"));
            }
        }
    }
    found
}

fn read_sources(folder: &Path, into: &mut String, faults: &mut Vec<String>) {
    let Ok(entries) = fs::read_dir(folder) else {
        faults.push(format!("cannot read {}", folder.display()));
        return;
    };
    for path in entries.flatten().map(|entry| entry.path()) {
        if path.is_dir() {
            read_sources(&path, into, faults);
        } else if path.extension().is_some_and(|extension| extension == "rs" || extension == "html") {
            into.push_str(&fs::read_to_string(&path).unwrap_or_default());
        }
    }
}
