//! The page as text.
//!
//! Invariant: version 0.0.4 of Prometheus's text format, which every scraper and `promtool` read. The library writes OpenMetrics, which
//! differs in the names it describes counters by and in its last line.

use std::fmt;

use prometheus_client::{encoding::text::encode_registry, registry::Registry};

/// Everything registered, as it stands now.
pub(super) fn of(registry: &Registry) -> Result<String, fmt::Error> {
    let mut open = String::with_capacity(16 * 1024);
    encode_registry(&mut open, registry)?;
    Ok(plain(&open))
}

fn plain(open: &str) -> String {
    let mut text = String::with_capacity(open.len() + 1024);
    let mut help = None;
    for line in open.lines() {
        if let Some(described) = line.strip_prefix("# HELP ") {
            help = Some(described);
        } else if let Some(typed) = line.strip_prefix("# TYPE ") {
            describe(&mut text, help.take(), typed);
        } else {
            text.push_str(line);
            text.push('\n');
        }
    }
    text
}

fn describe(text: &mut String, help: Option<&str>, typed: &str) {
    let (name, kind) = typed.rsplit_once(' ').unwrap_or((typed, "untyped"));
    let suffix = if kind == "counter" { "_total" } else { "" };
    let words = help.and_then(|help| help.strip_prefix(name)).map(str::trim_start);
    if let Some(words) = words {
        text.extend(["# HELP ", name, suffix, " ", words, "\n"]);
    }
    text.extend(["# TYPE ", name, suffix, " ", kind, "\n"]);
}

#[cfg(test)]
mod tests {
    use prometheus_client::metrics::{counter::Counter, gauge::Gauge, histogram::Histogram};

    use super::*;

    #[test]
    fn what_is_described_is_what_is_counted() {
        let mut registry = Registry::default();
        let (posted, depth, took) = (Counter::<u64>::default(), Gauge::<i64>::default(), Histogram::new([0.5]));
        registry.register("posted", "Postings", posted.clone());
        registry.register("depth", "How deep", depth.clone());
        registry.register("took_seconds", "How long", took.clone());
        posted.inc_by(3);
        depth.set(-2);
        took.observe(0.25);
        let expected = "# HELP posted_total Postings.\n# TYPE posted_total counter\nposted_total 3\n\
             # HELP depth How deep.\n# TYPE depth gauge\ndepth -2\n\
             # HELP took_seconds How long.\n# TYPE took_seconds histogram\ntook_seconds_sum 0.25\ntook_seconds_count 1\n\
             took_seconds_bucket{le=\"0.5\"} 1\ntook_seconds_bucket{le=\"+Inf\"} 1\n";
        assert_eq!(of(&registry).unwrap(), expected);
    }
}
