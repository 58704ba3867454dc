//! Requests by route, method and class of status, and how long they took.
//!
//! Invariant: a route is named by its template as the router knows it; whatever matched none is `unmatched`, an unheard-of method is
//! `other`. A series is made when it is first needed and then only added to, without a lock.

mod cell;
mod codes;

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, OnceLock, PoisonError, RwLock},
    time::Duration,
};

use axum::http::{Method, StatusCode};
use prometheus_client::registry::Registry;

use self::{
    cell::{Cell, Figures, quantile_seconds},
    codes::Codes,
};
use super::{Page, look};

const METHODS: [&str; 8] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "other"];
const CLASSES: [&str; 5] = ["1xx", "2xx", "3xx", "4xx", "5xx"];
const FAILED: &str = "5xx";
const UNMATCHED: &str = "unmatched";

/// Counts requests. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct HttpMetrics(Arc<Answers>);

#[derive(Debug, Default)]
struct Answers {
    routes: RwLock<BTreeMap<Box<str>, Arc<Route>>>,
    codes: Codes,
}

/// The series of one route, by method and then class.
#[derive(Debug, Default)]
struct Route([[OnceLock<Box<Cell>>; CLASSES.len()]; METHODS.len()]);

impl Route {
    fn note(&self, method: &Method, status: StatusCode, took: Duration) {
        let method = METHODS.iter().position(|known| *known == method.as_str()).unwrap_or(METHODS.len() - 1);
        let class = usize::from(status.as_u16() / 100).clamp(1, CLASSES.len()) - 1;
        self.0[method][class].get_or_init(Box::default).note(took);
    }
}

/// What was seen of one route, method and class.
struct Seen {
    method: &'static str,
    class: &'static str,
    figures: Figures,
}

impl HttpMetrics {
    /// Notes an answer; `route` is the template that the router found.
    pub fn note(&self, method: &Method, route: Option<&str>, status: StatusCode, took: Duration) {
        self.0.codes.note(status);
        let route = route.unwrap_or(UNMATCHED);
        let known = self.0.routes.read().unwrap_or_else(PoisonError::into_inner).get(route).map(Arc::clone);
        known.unwrap_or_else(|| self.begin(route)).note(method, status, took);
    }

    fn begin(&self, route: &str) -> Arc<Route> {
        let mut routes = self.0.routes.write().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(routes.entry(route.into()).or_default())
    }

    /// Puts them on the page, also under the names that boards of the older system use.
    pub fn register(&self, registry: &mut Registry) {
        let own = self.clone();
        look(registry, move |page| {
            let seen = own.seen();
            durations(page, &seen)?;
            own.0.codes.write(page)?;
            older_totals(page, &seen)?;
            older_by_path(page, &seen)
        });
    }

    fn seen(&self) -> BTreeMap<Box<str>, Vec<Seen>> {
        let routes = self.0.routes.read().unwrap_or_else(PoisonError::into_inner);
        routes.iter().map(|(name, route)| (name.clone(), route.seen())).collect()
    }
}

impl Route {
    fn seen(&self) -> Vec<Seen> {
        let of_method = |(method, cells): (&&'static str, &[OnceLock<Box<Cell>>; CLASSES.len()])| {
            let seen = CLASSES
                .iter()
                .zip(cells)
                .filter_map(|(class, cell)| cell.get().map(|cell| Seen { method, class, figures: cell.figures() }));
            seen.collect::<Vec<_>>()
        };
        METHODS.iter().zip(&self.0).flat_map(of_method).collect()
    }
}

type Routes = BTreeMap<Box<str>, Vec<Seen>>;

fn durations(page: &mut Page<'_>, routes: &Routes) -> fmt::Result {
    let rows = routes.iter().flat_map(|(route, seen)| {
        seen.iter().map(move |Seen { method, class, figures }| {
            let labels = [("route", &**route), ("method", method), ("status", class)];
            (labels, (figures.sum_seconds(), figures.count(), figures.buckets()))
        })
    });
    page.histograms("http_server_request_duration_seconds", "Time to answer, by route template", rows)
}

/// Sums the figures of every series that `counts` picks.
fn sum<'s>(seen: impl IntoIterator<Item = &'s Seen>, counts: impl Fn(&Seen) -> bool) -> Figures {
    let mut sum = Figures::default();
    seen.into_iter().filter(|seen| counts(seen)).for_each(|seen| sum.add(&seen.figures));
    sum
}

fn older_totals(page: &mut Page<'_>, routes: &Routes) -> fmt::Result {
    let all = sum(routes.values().flatten(), |_| true);
    let failed = sum(routes.values().flatten(), |seen| seen.class == FAILED);
    page.counter("dashboard_requests", "Requests answered", all.count())?;
    page.counter("dashboard_errors", "Requests answered with 5xx", failed.count())?;
    let p95 = quantile_seconds(&all, 0.95) * 1_000.0;
    page.gauge("dashboard_request_duration_ms_p95", "Time in which 95 % were answered, since the start, estimated", p95)
}

fn older_by_path(page: &mut Page<'_>, routes: &Routes) -> fmt::Result {
    let of =
        |counts: fn(&Seen) -> bool| routes.iter().map(move |(route, seen)| ([("path", &**route)], sum(seen, counts)));
    let all = of(|_| true).map(|(labels, figures)| (labels, figures.count()));
    page.counters("dashboard_requests_by_path", "Requests by route template", all)?;
    let failed = of(|seen| seen.class == FAILED).map(|(labels, figures)| (labels, figures.count()));
    page.counters("dashboard_errors_by_path", "Requests answered with 5xx, by route template", failed)?;
    let spent = of(|_| true).map(|(labels, figures)| (labels, figures.sum_seconds() * 1_000.0));
    page.gauges("dashboard_request_duration_ms_sum", "Time spent answering, by route template", spent)
}

#[cfg(test)]
mod tests;
