//! Spans on their way to the collector.
//!
//! Invariant: what is made and neither sent nor lost waits, or found the queue full.

use std::{
    future::{Future, ready},
    sync::atomic::{AtomicU64, Ordering},
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

use super::{Collector, handing};

static MADE: AtomicU64 = AtomicU64::new(0);

/// Spans made, sent and lost since the process began.
pub fn spans() -> [(&'static str, u64); 3] {
    let [sent, lost] = handing::SPANS.counts();
    [("made", MADE.load(Ordering::Relaxed)), sent, lost]
}

/// Hands spans to the collector.
#[derive(Debug)]
pub(super) struct Exporter {
    to: Collector,
    resource: ResourceAttributesWithSchema,
}

impl Exporter {
    pub(super) fn new(to: Collector) -> Exporter {
        Exporter { to, resource: ResourceAttributesWithSchema::default() }
    }
}

impl SpanExporter for Exporter {
    fn export(&self, batch: Vec<SpanData>) -> impl Future<Output = OTelSdkResult> + Send {
        let count = batch.len();
        let resource_spans = group_spans_by_resource_and_scope(batch, &self.resource);
        let body = ExportTraceServiceRequest { resource_spans }.encode_to_vec();
        let sent = handing::SPANS.hand(&self.to, &body, count);
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
