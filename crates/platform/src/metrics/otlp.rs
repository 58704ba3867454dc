//! The page of figures as a collector takes it (OTLP).
//!
//! Invariant: made from the page itself, so that whoever scrapes it and whoever is sent it see the same names, labels and values; a line
//! that is not understood is an error, never a figure less.

use opentelemetry_proto::tonic::{
    collector::metrics::v1::ExportMetricsServiceRequest,
    common::v1::{AnyValue, InstrumentationScope, KeyValue, any_value},
    metrics::v1::{
        AggregationTemporality, Gauge, Histogram, HistogramDataPoint, Metric, NumberDataPoint, ResourceMetrics,
        ScopeMetrics, Sum, metric::Data, number_data_point::Value,
    },
    resource::v1::Resource,
};

use super::sample::{Family, Sample, families};

/// The time that figures speak of, in nanoseconds since 1970.
#[derive(Debug, Clone, Copy)]
pub(super) struct Span {
    /// Since when what is counted was counted.
    pub(super) start: u64,
    /// When it stood so.
    pub(super) now: u64,
}

/// A page as a body, and how many series are in it.
pub(super) fn request(
    page: &str,
    who: &[(&'static str, String)],
    at: Span,
) -> Result<(ExportMetricsServiceRequest, usize), String> {
    let families = families(page)?;
    let series = families.iter().map(|family| family.samples.len()).sum();
    let metrics = families.iter().map(|family| metric(family, at)).collect::<Result<_, _>>()?;
    let attributes = who.iter().map(|(key, value)| attribute(key, value)).collect();
    let scope = InstrumentationScope { name: "gondola".to_owned(), ..InstrumentationScope::default() };
    let scope_metrics = vec![ScopeMetrics { scope: Some(scope), metrics, schema_url: String::new() }];
    let resource = Some(Resource { attributes, ..Resource::default() });
    let resource_metrics = vec![ResourceMetrics { resource, scope_metrics, schema_url: String::new() }];
    Ok((ExportMetricsServiceRequest { resource_metrics }, series))
}

fn metric(family: &Family<'_>, at: Span) -> Result<Metric, String> {
    let numbers = || family.samples.iter().map(|sample| number(sample, at)).collect::<Result<Vec<_>, _>>();
    let aggregation_temporality = AggregationTemporality::Cumulative.into();
    let data = match family.kind {
        "counter" => Data::Sum(Sum { data_points: numbers()?, aggregation_temporality, is_monotonic: true }),
        "histogram" => Data::Histogram(Histogram { data_points: histograms(family, at)?, aggregation_temporality }),
        _ => Data::Gauge(Gauge { data_points: numbers()? }),
    };
    let (name, description) = (family.name.to_owned(), family.help.to_owned());
    Ok(Metric { name, description, data: Some(data), ..Metric::default() })
}

fn number(sample: &Sample<'_>, at: Span) -> Result<NumberDataPoint, String> {
    let value = match sample.value.parse() {
        Ok(whole) => Value::AsInt(whole),
        Err(_) => Value::AsDouble(sample.number()?),
    };
    Ok(NumberDataPoint {
        attributes: attributes(sample, ""),
        start_time_unix_nano: at.start,
        time_unix_nano: at.now,
        value: Some(value),
        ..NumberDataPoint::default()
    })
}

/// One for each set of labels; the page writes a sum, a count and then the buckets, each with those before it.
fn histograms(family: &Family<'_>, at: Span) -> Result<Vec<HistogramDataPoint>, String> {
    let mut points: Vec<HistogramDataPoint> = Vec::new();
    for sample in &family.samples {
        let odd = || format!("{} in the histogram {}", sample.name, family.name);
        let attributes = attributes(sample, "le");
        if points.last().is_none_or(|point| point.attributes != attributes) {
            let (start_time_unix_nano, time_unix_nano) = (at.start, at.now);
            let point = HistogramDataPoint { attributes, start_time_unix_nano, time_unix_nano, ..Default::default() };
            points.push(point);
        }
        let point = points.last_mut().ok_or_else(odd)?;
        match sample.name.strip_prefix(family.name).ok_or_else(odd)? {
            "_sum" => point.sum = Some(sample.number()?),
            "_count" => point.count = sample.whole()?,
            "_bucket" => bucket(point, sample)?,
            _ => return Err(odd()),
        }
    }
    Ok(points)
}

fn bucket(point: &mut HistogramDataPoint, sample: &Sample<'_>) -> Result<(), String> {
    let before: u64 = point.bucket_counts.iter().sum();
    let own = sample.whole()?.checked_sub(before).ok_or_else(|| format!("{} goes down", sample.name))?;
    point.bucket_counts.push(own);
    let bound = sample.label("le").and_then(|bound| bound.parse::<f64>().ok());
    let bound = bound.ok_or_else(|| format!("{} has no bound", sample.name))?;
    // What is above the last bound has none in OTLP.
    if bound.is_finite() {
        point.explicit_bounds.push(bound);
    }
    Ok(())
}

fn attributes(sample: &Sample<'_>, without: &str) -> Vec<KeyValue> {
    let labels = sample.labels.iter().filter(|(name, _)| *name != without);
    labels.map(|(name, value)| attribute(name, value)).collect()
}

fn attribute(key: &str, value: &str) -> KeyValue {
    let value = AnyValue { value: Some(any_value::Value::StringValue(value.to_owned())) };
    KeyValue { key: key.to_owned(), value: Some(value), ..KeyValue::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "# HELP posted_total Postings.\n# TYPE posted_total counter\n\
        posted_total{kind=\"sale\",what=\"a\\\\b\\n\\\"c\\\"\"} 3\nposted_total{kind=\"waste\",what=\"\"} 0\n\
        # TYPE depth gauge\ndepth -2\n# HELP took_seconds How long.\n# TYPE took_seconds histogram\n\
        took_seconds_sum{route=\"/a\"} 0.75\ntook_seconds_count{route=\"/a\"} 3\n\
        took_seconds_bucket{le=\"0.5\",route=\"/a\"} 2\ntook_seconds_bucket{le=\"+Inf\",route=\"/a\"} 3\n\
        took_seconds_sum{route=\"/b\"} 0.0\ntook_seconds_count{route=\"/b\"} 0\n\
        took_seconds_bucket{le=\"0.5\",route=\"/b\"} 0\ntook_seconds_bucket{le=\"+Inf\",route=\"/b\"} 0\n";

    fn metrics() -> Vec<Metric> {
        let (request, series) = request(PAGE, &[("service.name", "x".to_owned())], Span { start: 1, now: 9 }).unwrap();
        assert_eq!(series, 11);
        assert_eq!(request.resource_metrics[0].resource.as_ref().unwrap().attributes[0].key, "service.name");
        request.resource_metrics[0].scope_metrics[0].metrics.clone()
    }

    #[test]
    fn what_is_counted_goes_up_and_what_is_measured_goes_as_it_stands() {
        let [posted, depth, _] = metrics().try_into().unwrap();
        assert_eq!((posted.name.as_str(), posted.description.as_str()), ("posted_total", "Postings."));
        let Some(Data::Sum(sum)) = posted.data else { panic!("{posted:?}") };
        assert!(sum.is_monotonic && sum.aggregation_temporality == 2);
        let point = &sum.data_points[0];
        assert_eq!((point.start_time_unix_nano, point.time_unix_nano, &point.value), (1, 9, &Some(Value::AsInt(3))));
        assert_eq!(point.attributes, [attribute("kind", "sale"), attribute("what", "a\\b\n\"c\"")]);
        let Some(Data::Gauge(gauge)) = depth.data else { panic!("{depth:?}") };
        assert_eq!(gauge.data_points[0].value, Some(Value::AsInt(-2)));
    }

    #[test]
    fn buckets_hold_their_own_and_the_last_has_no_bound() {
        let took = metrics().pop().unwrap();
        let Some(Data::Histogram(histogram)) = took.data else { panic!("{took:?}") };
        let [a, b] = histogram.data_points.try_into().unwrap();
        assert_eq!((a.count, a.sum, a.bucket_counts, a.explicit_bounds), (3, Some(0.75), vec![2, 1], vec![0.5]));
        assert_eq!((a.attributes, b.count), (vec![attribute("route", "/a")], 0));
    }

    #[test]
    fn a_line_that_is_not_understood_is_told() {
        for odd in ["x 1\n", "# TYPE x gauge\nx\n", "# TYPE x gauge\nx{a=\"} 1\n", "# TYPE x gauge\nx one\n"] {
            assert!(request(odd, &[], Span { start: 1, now: 9 }).is_err(), "{odd:?}");
        }
    }
}
