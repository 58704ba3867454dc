//! Spans on their way to the collector.
//!
//! Invariant: a collector that is gone costs its spans and nothing else; that they are lost is told once, counted, and told again when
//! they are taken. What is made and neither sent nor lost waits, or found the queue full.

use std::{
    future::{Future, ready},
    io,
    sync::atomic::{AtomicBool, AtomicU64, Ordering},
    time::Duration,
};

use opentelemetry::Context;
use opentelemetry_proto::{
    tonic::collector::trace::v1::ExportTraceServiceRequest,
    transform::{common::tonic::ResourceAttributesWithSchema, trace::tonic::group_spans_by_resource_and_scope},
};
use opentelemetry_sdk::{
    Resource,
    error::{OTelSdkError, OTelSdkResult},
    trace::{BatchSpanProcessor, Span, SpanData, SpanExporter, SpanProcessor},
};
use prost::Message;

use super::Collector;

static MADE: AtomicU64 = AtomicU64::new(0);
static SENT: AtomicU64 = AtomicU64::new(0);
static LOST: AtomicU64 = AtomicU64::new(0);

/// Spans made, sent and lost since the process began.
pub fn spans() -> [(&'static str, u64); 3] {
    [("made", &MADE), ("sent", &SENT), ("lost", &LOST)].map(|(name, count)| (name, count.load(Ordering::Relaxed)))
}

/// Hands spans to the collector.
#[derive(Debug)]
pub(super) struct Exporter {
    to: Collector,
    resource: ResourceAttributesWithSchema,
    failing: AtomicBool,
}

impl Exporter {
    pub(super) fn new(to: Collector) -> Exporter {
        Exporter { to, resource: ResourceAttributesWithSchema::default(), failing: AtomicBool::new(false) }
    }

    fn told(&self, count: usize, sent: &io::Result<()>) {
        let tally = if sent.is_ok() { &SENT } else { &LOST };
        tally.fetch_add(count as u64, Ordering::Relaxed);
        let failed_before = self.failing.swap(sent.is_err(), Ordering::Relaxed);
        match sent {
            Err(error) if !failed_before => tracing::warn!(%error, collector = %self.to, "traces are lost"),
            Ok(()) if failed_before => tracing::info!(collector = %self.to, "traces are taken again"),
            _ => {}
        }
    }
}

impl SpanExporter for Exporter {
    fn export(&self, batch: Vec<SpanData>) -> impl Future<Output = OTelSdkResult> + Send {
        let count = batch.len();
        let resource_spans = group_spans_by_resource_and_scope(batch, &self.resource);
        let sent = self.to.post(&ExportTraceServiceRequest { resource_spans }.encode_to_vec());
        self.told(count, &sent);
        ready(sent.map_err(|error| OTelSdkError::InternalFailure(error.to_string())))
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.resource = resource.into();
    }
}

/// Counts spans on their way into the queue, which drops what does not fit.
#[derive(Debug)]
pub(super) struct Counted(pub(super) BatchSpanProcessor);

impl SpanProcessor for Counted {
    fn on_start(&self, span: &mut Span, context: &Context) {
        self.0.on_start(span, context);
    }

    fn on_end(&self, span: SpanData) {
        MADE.fetch_add(1, Ordering::Relaxed);
        self.0.on_end(span);
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.0.force_flush()
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.0.shutdown_with_timeout(timeout)
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.0.set_resource(resource);
    }
}
