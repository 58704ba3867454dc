//! The alert rules that are shipped, and the figures they need.
//!
//! Invariant: a rule whose figure nobody tells never fires, and looks like one that has nothing to say.

use std::collections::BTreeSet;

const SHIPPED: [&str; 2] = [
    include_str!("../../../../../../deploy/prometheus/rules/alerts.yml"),
    include_str!("../../../../../../deploy/prometheus/rules/slo.yml"),
];
const OURS: [&str; 4] = ["gondola_", "dashboard_", "http_server_", "process_"];

/// The names of all figures that a rule asks for.
pub(super) fn figures() -> BTreeSet<&'static str> {
    SHIPPED.iter().flat_map(|rules| expressions(rules)).flat_map(names).collect()
}

fn names(line: &str) -> impl Iterator<Item = &str> {
    let words = line.split(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != ':');
    words.filter(|word| OURS.iter().any(|prefix| word.starts_with(prefix)))
}

/// The lines that are expressions; one goes on for as long as lines are further in.
fn expressions(rules: &str) -> Vec<&str> {
    let depth = |line: &str| line.len() - line.trim_start().len();
    let mut within = None;
    let mut found = Vec::new();
    for line in rules.lines() {
        let begins = line.trim_start().starts_with("expr:");
        within = if begins { Some(depth(line)) } else { within.filter(|outer| depth(line) > *outer) };
        found.extend(within.map(|_| line));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_found_in_expressions_alone() {
        let rules = "- alert: gondola_no\n  expr: >-\n    gondola_a_total / 2\n    > process_b\n  for: 1m\n  labels: { x: gondola_not }\n  expr: up and http_server_c\n";
        let found: Vec<&str> = expressions(rules).into_iter().flat_map(names).collect();
        assert_eq!(found, ["gondola_a_total", "process_b", "http_server_c"]);
        let shipped = figures();
        assert!(shipped.len() > 20 && shipped.contains("gondola_degradation_level"), "{shipped:?}");
    }
}
