//! Figures that are looked up when somebody asks.
//!
//! Invariant: looking waits for nothing: neither a database nor a lock that is held across an await.

use std::fmt;

use prometheus_client::{
    collector::Collector,
    encoding::{DescriptorEncoder, EncodeCounterValue, EncodeGaugeValue, NoLabelSet},
    metrics::MetricType,
    registry::Registry,
};

/// Writes figures.
pub struct Page<'p>(DescriptorEncoder<'p>);

/// One row of a family: its labels and its figure.
type Row<'r, const N: usize, V> = ([(&'static str, &'r str); N], V);

impl Page<'_> {
    /// A figure that goes up and down.
    pub fn gauge(&mut self, name: &str, help: &str, value: impl EncodeGaugeValue + Copy) -> fmt::Result {
        self.0.encode_descriptor(name, help, None, MetricType::Gauge)?.encode_gauge(&value)
    }

    /// The same where it may not be known.
    pub fn known_gauge(&mut self, name: &str, help: &str, value: Option<impl EncodeGaugeValue + Copy>) -> fmt::Result {
        value.map_or(Ok(()), |value| self.gauge(name, help, value))
    }

    /// One such figure for each set of labels.
    pub fn gauges<'r, const N: usize, V: EncodeGaugeValue>(
        &mut self,
        name: &str,
        help: &str,
        rows: impl IntoIterator<Item = Row<'r, N, V>>,
    ) -> fmt::Result {
        let mut family = self.0.encode_descriptor(name, help, None, MetricType::Gauge)?;
        rows.into_iter().try_for_each(|(labels, value)| family.encode_family(&labels)?.encode_gauge(&value))
    }

    /// A figure that only grows; `_total` is added to its name.
    pub fn counter(&mut self, name: &str, help: &str, value: impl EncodeCounterValue + Copy) -> fmt::Result {
        let mut family = self.0.encode_descriptor(name, help, None, MetricType::Counter)?;
        family.encode_counter::<NoLabelSet, _, f64>(&value, None)
    }

    /// One such figure for each set of labels.
    pub fn counters<'r, const N: usize, V: EncodeCounterValue>(
        &mut self,
        name: &str,
        help: &str,
        rows: impl IntoIterator<Item = Row<'r, N, V>>,
    ) -> fmt::Result {
        let mut family = self.0.encode_descriptor(name, help, None, MetricType::Counter)?;
        rows.into_iter().try_for_each(|(labels, value)| {
            family.encode_family(&labels)?.encode_counter::<NoLabelSet, _, f64>(&value, None)
        })
    }

    /// A histogram for each set of labels: its sum, its count, and its buckets with their bounds, not yet added up.
    pub fn histograms<'r, const N: usize>(
        &mut self,
        name: &str,
        help: &str,
        rows: impl IntoIterator<Item = Row<'r, N, (f64, u64, Vec<(f64, u64)>)>>,
    ) -> fmt::Result {
        let mut family = self.0.encode_descriptor(name, help, None, MetricType::Histogram)?;
        rows.into_iter().try_for_each(|(labels, (sum, count, buckets))| {
            family.encode_family(&labels)?.encode_histogram::<NoLabelSet>(sum, count, &buckets, None)
        })
    }
}

struct Looked<F>(F);

impl<F> fmt::Debug for Looked<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Looked")
    }
}

impl<F: Fn(&mut Page<'_>) -> fmt::Result + Send + Sync + 'static> Collector for Looked<F> {
    fn encode(&self, encoder: DescriptorEncoder<'_>) -> fmt::Result {
        (self.0)(&mut Page(encoder))
    }
}

/// Registers what `write` puts on the page whenever somebody asks.
pub fn look(registry: &mut Registry, write: impl Fn(&mut Page<'_>) -> fmt::Result + Send + Sync + 'static) {
    registry.register_collector(Box::new(Looked(write)));
}
