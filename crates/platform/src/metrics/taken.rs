//! The page of figures of a server, as whoever asked for it reads it.
//!
//! Invariant: what is not on the page is nothing, never a zero.

use super::sample::{Family, Sample, families};

const DURATIONS: &str = "http_server_request_duration_seconds";
/// Routes of those who watch, which say nothing of how anybody is served.
const WATCHING: [&str; 5] = ["/health", "/health/deep", "/ready", "/status", "/metrics"];
/// Files that browsers keep, and what one of our processes asks of another.
const BESIDE: [&str; 2] = ["/assets/", "/internal/"];

/// A page of figures.
#[derive(Debug, Clone)]
pub struct Taken(String);

/// How those were answered who came for something and were let in, since the server began.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Traffic {
    /// How many.
    pub requests: u64,
    /// Of these, with 5xx.
    pub failed: u64,
    /// Of these, within the time asked for.
    pub in_time: u64,
}

impl Taken {
    /// Takes a page; an error when it is none.
    pub fn of(page: String) -> Result<Taken, String> {
        families(&page)?;
        Ok(Taken(page))
    }

    fn families(&self) -> Vec<Family<'_>> {
        families(&self.0).unwrap_or_default()
    }

    /// Whether there are figures of that name, or will be once there is something to count; a histogram's by any of its endings.
    pub fn has(&self, name: &str) -> bool {
        let endings = ["_bucket", "_sum", "_count"];
        let plain = endings.iter().find_map(|ending| name.strip_suffix(ending)).unwrap_or(name);
        self.families().iter().any(|family| [name, plain].contains(&family.name))
    }

    /// The sum of the figures of that name whose labels are these.
    pub fn sum(&self, name: &str, labels: &[(&str, &str)]) -> Option<f64> {
        let families = self.families();
        let all = families.iter().flat_map(|family| &family.samples).filter(|sample| sample.name == name);
        let picked = all.filter(|sample| labels.iter().all(|(label, value)| sample.label(label) == Some(value)));
        picked
            .map(|sample| sample.number().ok())
            .try_fold(None, |sum: Option<f64>, number| number.map(|number| Some(sum.unwrap_or_default() + number)))?
    }

    /// How requests of the API and of pages were answered, and how many of them within so many seconds, which must be a bound of the
    /// histogram. One that was refused or sent elsewhere did no work, and proves nothing of what work takes.
    pub fn traffic(&self, within: &str) -> Traffic {
        let families = self.families();
        let all = families.iter().filter(|family| family.name == DURATIONS).flat_map(|family| &family.samples);
        let mut traffic = Traffic::default();
        for sample in all.filter(|sample| is_work(sample)) {
            traffic.add(sample, within);
        }
        traffic
    }
}

/// Whether it is of requests that were let in, and did what was asked or failed at it.
fn is_work(sample: &Sample<'_>) -> bool {
    // What no route was found for is named without a stroke.
    let asks = |route: &str| {
        route.starts_with('/') && !WATCHING.contains(&route) && !BESIDE.iter().any(|place| route.starts_with(place))
    };
    sample.label("route").is_some_and(asks)
        && sample.label("method") != Some("OPTIONS")
        && matches!(sample.label("status"), Some("2xx" | "5xx"))
}

impl Traffic {
    fn add(&mut self, sample: &Sample<'_>, within: &str) {
        let count = sample.whole().unwrap_or_default();
        match (sample.name.strip_prefix(DURATIONS), sample.label("le")) {
            (Some("_count"), _) => {
                self.requests += count;
                self.failed += if sample.label("status") == Some("5xx") { count } else { 0 };
            }
            (Some("_bucket"), Some(bound)) if bound == within => self.in_time += count,
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use axum::http::{Method, StatusCode};
    use prometheus_client::registry::Registry;

    use super::*;
    use crate::metrics::{HttpMetrics, page_of};

    #[test]
    fn what_a_server_counted_is_read_back_without_what_proves_nothing() {
        let (http, mut registry) = (HttpMetrics::default(), Registry::default());
        http.register(&mut registry);
        let note = |route, status, ms| http.note(&Method::GET, Some(route), status, Duration::from_millis(ms));
        note("/item/{n}", StatusCode::OK, 200);
        note("/item/{n}", StatusCode::OK, 201);
        note("/other", StatusCode::BAD_GATEWAY, 3);
        note("/metrics", StatusCode::OK, 900);
        note("/assets/{name}", StatusCode::OK, 1);
        note("/api/v1/products", StatusCode::TOO_MANY_REQUESTS, 1);
        note("/api/v1/products", StatusCode::UNAUTHORIZED, 1);
        note("/personas", StatusCode::SEE_OTHER, 1);
        http.note(&Method::GET, None, StatusCode::NOT_FOUND, Duration::from_millis(1));
        http.note(&Method::OPTIONS, Some("/api/v1/products"), StatusCode::NO_CONTENT, Duration::from_millis(1));
        let taken = Taken::of(page_of(&registry)).unwrap();
        assert_eq!(taken.traffic("0.2"), Traffic { requests: 3, failed: 1, in_time: 2 });
        assert_eq!(taken.sum("dashboard_requests_by_path_total", &[("path", "/metrics")]), Some(1.0));
        assert_eq!(taken.sum("dashboard_requests_total", &[]), Some(10.0));
        assert_eq!(taken.sum("dashboard_requests_by_path_total", &[("path", "/nothing")]), None);
        assert!(taken.has("http_server_request_duration_seconds_bucket") && !taken.has("gondola_nothing"));
        assert!(Taken::of("<html>".to_owned()).is_err());
    }
}
