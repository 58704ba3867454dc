//! The alerts of `deploy/prometheus/rules`: each says where in the runbook it is told what to do, and each has its case.
//!
//! Invariant: an alert whose playbook is renamed or taken away is seen.

use std::collections::BTreeSet;

use testkit::monitoring::all_shipped;

use crate::check;
use crate::tree;

/// An alert and the place its annotation points at.
struct Alert<'a> {
    name: &'a str,
    runbook: Option<&'a str>,
    severity: bool,
}

fn alerts(rules: &str) -> Vec<Alert<'_>> {
    let mut found: Vec<Alert<'_>> = Vec::new();
    for line in rules.lines().map(str::trim) {
        if let Some(name) = line.strip_prefix("- alert: ") {
            found.push(Alert { name, runbook: None, severity: false });
        } else if let Some(alert) = found.last_mut() {
            alert.runbook = line.strip_prefix("runbook: ").or(alert.runbook);
            alert.severity |= ["severity: critical", "severity: warning"].iter().any(|label| line.contains(label));
        }
    }
    found
}

/// The anchors of a document's headings, as its readers make them.
fn anchors(document: &str) -> BTreeSet<String> {
    let headings =
        document.lines().filter(|line| line.starts_with('#')).map(|line| line.trim_start_matches('#').trim());
    let plain = |c: char| c.is_alphanumeric() || c == '-' || c == ' ' || c == '_';
    headings
        .map(|text| text.to_lowercase().chars().filter(|c| plain(*c)).collect::<String>().replace(' ', "-"))
        .collect()
}

fn complaints(rules: &str, cases: &str, runbook: &str) -> Vec<String> {
    let anchors = anchors(runbook);
    let mut complaints = Vec::new();
    for Alert { name, runbook: place, severity } in alerts(rules) {
        let anchor = place.and_then(|place| place.strip_prefix("docs/runbook.md#"));
        if !anchor.is_some_and(|anchor| anchors.contains(anchor)) {
            complaints.push(format!("{name}: {place:?} is no heading of docs/runbook.md"));
        }
        if !severity {
            complaints.push(format!("{name}: neither critical nor warning"));
        }
        let (fires, silent) =
            (format!("alertname: {name}\n        exp_alerts:\n"), format!("alertname: {name}, exp_alerts: []"));
        if !cases.contains(&fires) || !cases.contains(&silent) {
            complaints.push(format!("{name}: no case in which it comes, or none in which it does not"));
        }
        if !runbook.contains(&format!("| `{name}` |")) {
            complaints.push(format!("{name}: not in the table of alerts"));
        }
    }
    complaints
}

#[test]
fn every_alert_has_its_case_and_its_place_in_the_runbook() {
    let read_all = |folder: &str| -> String {
        let files = all_shipped(folder, ".yml").unwrap();
        files.iter().map(|path| std::fs::read_to_string(path).unwrap()).collect()
    };
    let (rules, cases) = (read_all("prometheus/rules"), read_all("prometheus/tests"));
    assert!(alerts(&rules).len() > 30, "the rules were not found");
    check(&complaints(&rules, &cases, &tree::read("docs/runbook.md")));
}

#[test]
fn an_alert_without_a_place_or_a_case_is_seen() {
    let rules = "- alert: A\n  labels: { severity: critical }\n  annotations:\n    runbook: docs/runbook.md#a-b\n";
    let cases = "alertname: A, exp_alerts: []\n alertname: A\n        exp_alerts:\n";
    assert!(complaints(rules, cases, "### A b\n| `A` |").is_empty());
    assert_eq!(complaints(rules, cases, "### A c\n| `A` |").len(), 1);
    assert_eq!(complaints(rules, "", "### A b\n").len(), 2);
    assert_eq!(complaints("- alert: A\n", cases, "### A b\n| `A` |").len(), 2);
}
