//! The arrows between crates go from user to used, and never back.
//!
//! Invariant: the table below is the whole truth; a crate that is not in it may not exist.

use crate::{check, tree};

/// Who may use whom. A role never uses another role; `bench` stands outside the house and may look everywhere.
const ALLOWED: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("store", &["domain"]),
    ("platform", &["store", "domain"]),
    ("access", &["platform", "store", "domain"]),
    ("contracts", &["access", "platform", "store", "domain"]),
    ("warehouse", &["contracts", "access", "platform", "store", "domain"]),
    ("dashboard", &["contracts", "access", "platform", "store", "domain"]),
    ("gondola", &["warehouse", "dashboard", "contracts", "access", "platform", "store", "domain"]),
    ("testkit", &["domain"]),
    ("bench", &["gondola", "warehouse", "dashboard", "contracts", "access", "platform", "store", "domain", "testkit"]),
];

fn complaints(manifests: &[(String, String)]) -> Vec<String> {
    let known: Vec<&str> = ALLOWED.iter().map(|(name, _)| *name).collect();
    let mut complaints = Vec::new();
    for (name, manifest) in manifests {
        let Some((_, allowed)) = ALLOWED.iter().find(|(known, _)| known == name) else {
            complaints.push(format!("crates/{name} has no row in the table of arrows"));
            continue;
        };
        let ours =
            tree::dependencies(manifest, "dependencies").into_iter().filter(|used| known.contains(&used.as_str()));
        let refused = ours.filter(|used| !allowed.contains(&used.as_str()));
        complaints.extend(refused.map(|used| format!("crates/{name} may not use {used}")));
        // Tests may use the test servers and what is below; an arrow upwards would turn the house round for them as well.
        let for_tests = tree::dependencies(manifest, "dev-dependencies").into_iter();
        let refused = for_tests.filter(|used| known.contains(&used.as_str()) && used != "testkit");
        let refused = refused.filter(|used| !allowed.contains(&used.as_str()));
        complaints.extend(refused.map(|used| format!("the tests of crates/{name} may not use {used}")));
    }
    complaints
}

#[test]
fn no_crate_uses_one_above_it() {
    check(&complaints(&tree::manifests()));
}

#[test]
fn an_arrow_back_is_seen() {
    let manifests = |name: &str, text: &str| vec![(name.to_owned(), text.to_owned())];
    assert_eq!(complaints(&manifests("store", "[dependencies]\nplatform.workspace = true")).len(), 1);
    assert_eq!(complaints(&manifests("dashboard", "[dependencies]\nwarehouse.workspace = true")).len(), 1);
    assert_eq!(complaints(&manifests("store", "[dependencies]\ntestkit.workspace = true")).len(), 1);
    assert_eq!(complaints(&manifests("store", "[dev-dependencies]\nwarehouse.workspace = true")).len(), 1);
    assert_eq!(complaints(&manifests("unheard-of", "")).len(), 1);
    assert!(complaints(&manifests("store", "[dev-dependencies]\ntestkit.workspace = true")).is_empty());
}
