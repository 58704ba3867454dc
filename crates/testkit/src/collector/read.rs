//! What came to a collector, as tests look at it.
//!
//! Invariant: names, labels and values as they came; nothing is made up for what was not said.

use std::collections::BTreeMap;

use domain::ledger::canonical::hex;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::{KeyValue, any_value::Value};
use opentelemetry_proto::tonic::metrics::v1::{
    HistogramDataPoint, Metric, NumberDataPoint, metric::Data, number_data_point,
};
use opentelemetry_proto::tonic::resource::v1::Resource;

/// One span, as it came.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Span {
    /// What it is called.
    pub name: String,
    /// Which trace it is part of, 32 digits.
    pub trace: String,
    /// Its own id, 16 digits.
    pub id: String,
    /// The span around it; empty when there is none.
    pub parent: String,
    /// Spans of other traces it belongs with.
    pub links: Vec<String>,
    /// What is said of it, as text.
    pub attributes: BTreeMap<String, String>,
    /// Whether it failed.
    pub failed: bool,
    /// What is said of the process that sent it.
    pub who: BTreeMap<String, String>,
}

/// One figure, as it came.
#[derive(Debug, Clone, PartialEq)]
pub struct Figure {
    /// What it is called; of a histogram with `_count` and `_sum`, as on the page.
    pub name: String,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
    /// How it stood.
    pub value: f64,
    /// Whether it only goes up.
    pub grows: bool,
    /// When it stood so, in nanoseconds since 1970.
    pub at: u64,
    /// What is said of the process that sent it.
    pub who: BTreeMap<String, String>,
}

pub(super) fn spans(request: ExportTraceServiceRequest) -> Vec<Span> {
    let mut spans = Vec::new();
    for group in request.resource_spans {
        let who = who(group.resource);
        for span in group.scope_spans.into_iter().flat_map(|scope| scope.spans) {
            spans.push(Span {
                name: span.name,
                trace: hex(&span.trace_id),
                id: hex(&span.span_id),
                parent: hex(&span.parent_span_id),
                links: span.links.iter().map(|link| hex(&link.span_id)).collect(),
                attributes: attributes(span.attributes),
                failed: span.status.is_some_and(|status| status.code == 2),
                who: who.clone(),
            });
        }
    }
    spans
}

pub(super) fn figures(request: ExportMetricsServiceRequest) -> Vec<Figure> {
    let mut figures = Vec::new();
    for group in request.resource_metrics {
        let who = who(group.resource);
        for metric in group.scope_metrics.into_iter().flat_map(|scope| scope.metrics) {
            figures.extend(of(metric).into_iter().map(|figure| Figure { who: who.clone(), ..figure }));
        }
    }
    figures
}

fn of(metric: Metric) -> Vec<Figure> {
    let name = metric.name;
    match metric.data {
        Some(Data::Sum(sum)) => {
            sum.data_points.into_iter().map(|point| number(&name, point, sum.is_monotonic)).collect()
        }
        Some(Data::Gauge(gauge)) => gauge.data_points.into_iter().map(|point| number(&name, point, false)).collect(),
        Some(Data::Histogram(histogram)) => {
            histogram.data_points.into_iter().flat_map(|point| sum_and_count(&name, point)).collect()
        }
        _ => Vec::new(),
    }
}

fn number(name: &str, point: NumberDataPoint, grows: bool) -> Figure {
    let value = match point.value {
        Some(number_data_point::Value::AsInt(whole)) => whole.to_string().parse().unwrap_or(f64::NAN),
        Some(number_data_point::Value::AsDouble(value)) => value,
        None => f64::NAN,
    };
    let (name, labels) = (name.to_owned(), attributes(point.attributes));
    Figure { name, labels, value, grows, at: point.time_unix_nano, who: BTreeMap::new() }
}

fn sum_and_count(name: &str, point: HistogramDataPoint) -> [Figure; 2] {
    let (labels, at) = (attributes(point.attributes), point.time_unix_nano);
    let count = point.count.to_string().parse().unwrap_or(f64::NAN);
    [("_sum", point.sum.unwrap_or(f64::NAN)), ("_count", count)].map(|(what, value)| {
        let (name, labels) = (format!("{name}{what}"), labels.clone());
        Figure { name, labels, value, grows: true, at, who: BTreeMap::new() }
    })
}

fn who(resource: Option<Resource>) -> BTreeMap<String, String> {
    resource.map(|resource| attributes(resource.attributes)).unwrap_or_default()
}

fn attributes(given: Vec<KeyValue>) -> BTreeMap<String, String> {
    let text = |value: Option<Value>| match value {
        Some(Value::StringValue(text)) => text,
        Some(Value::IntValue(number)) => number.to_string(),
        Some(Value::BoolValue(truth)) => truth.to_string(),
        other => format!("{other:?}"),
    };
    given.into_iter().map(|pair| (pair.key, text(pair.value.and_then(|value| value.value)))).collect()
}
