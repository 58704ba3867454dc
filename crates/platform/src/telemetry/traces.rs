//! Traces: which requests are traced, and their spans.
//!
//! Invariant: whether a request is traced is decided once, where it comes in; below it a span is made only where one is already open. So
//! what is not traced pays for a number, and with traces switched off for nothing.

use std::{cell::Cell, sync::OnceLock, time::Duration};

use opentelemetry::{
    Context, KeyValue, SpanId, TraceFlags, TraceId, Value,
    trace::{SpanContext, TraceContextExt, TraceState, TracerProvider},
};
use opentelemetry_sdk::{
    Resource,
    trace::{BatchConfigBuilder, BatchSpanProcessor, IdGenerator, RandomIdGenerator, Sampler, SdkTracerProvider},
};
use store::SPANS;
use tracing::{Metadata, Span, Subscriber, level_filters::LevelFilter, subscriber::Interest};
use tracing_opentelemetry::OpenTelemetrySpanExt;
use tracing_subscriber::{Layer, filter::dynamic_filter_fn, registry::LookupSpan};

use super::{Collector, TraceIds, Who, exporter};

/// Spans that begin without one around them.
const ROOTS: [&str; 3] = ["request", "batch", "job"];
/// Spans that wait for the collector.
const QUEUE: usize = 8_192;
/// How often they are handed over.
const HANDED_EVERY: Duration = Duration::from_secs(1);
/// What is lost when the program ends meanwhile.
const LAST_PATIENCE: Duration = Duration::from_secs(5);

static TRACES: OnceLock<Traces> = OnceLock::new();

struct Traces {
    provider: SdkTracerProvider,
    /// Traces whose number's lower half is less are kept.
    below: u64,
}

thread_local! {
    /// The number that the next trace gets.
    static NEXT: Cell<Option<u128>> = const { Cell::new(None) };
}

/// Gives a trace the number that its request was given.
#[derive(Debug, Default)]
struct GivenIds(RandomIdGenerator);

impl IdGenerator for GivenIds {
    fn new_trace_id(&self) -> TraceId {
        NEXT.take().map_or_else(|| self.0.new_trace_id(), TraceId::from)
    }

    fn new_span_id(&self) -> SpanId {
        self.0.new_span_id()
    }
}

/// Spans for the collector from now on: so many of a hundred requests that nobody else has decided about.
pub(super) fn layer<S>(to: Collector, percent: u8, who: Who) -> impl Layer<S> + Send + Sync
where
    S: Subscriber + for<'s> LookupSpan<'s> + Send + Sync,
{
    let batches = BatchConfigBuilder::default().with_max_queue_size(QUEUE).with_scheduled_delay(HANDED_EVERY).build();
    let processor = BatchSpanProcessor::builder(exporter::Exporter::new(to)).with_batch_config(batches).build();
    let about = who.map(|(key, value)| KeyValue::new(key, value));
    let provider = SdkTracerProvider::builder()
        .with_span_processor(exporter::Counted(processor))
        .with_sampler(Sampler::AlwaysOn)
        .with_id_generator(GivenIds::default())
        .with_resource(Resource::builder_empty().with_attributes(about).build())
        .build();
    let tracer = provider.tracer("gondola");
    let below = u64::try_from(u128::from(u64::MAX) * u128::from(percent) / 100).unwrap_or(u64::MAX);
    // A second call changes nothing, like the subscriber's.
    let _ = TRACES.set(Traces { provider, below });
    let layer = tracing_opentelemetry::layer().with_tracer(tracer).with_location(false).with_threads(false);
    let layer =
        layer.with_tracked_inactivity(false).with_target(false).with_level(false).with_context_activation(false);
    let wanted = dynamic_filter_fn(|metadata, context| {
        is_span(metadata) && (ROOTS.contains(&metadata.name()) || context.lookup_current().is_some())
    });
    let known = |metadata: &'static Metadata<'static>| {
        if is_span(metadata) { Interest::sometimes() } else { Interest::never() }
    };
    layer.with_filter(wanted.with_callsite_filter(known).with_max_level_hint(LevelFilter::DEBUG))
}

fn is_span(metadata: &Metadata<'_>) -> bool {
    metadata.is_span() && metadata.target() == SPANS
}

/// Whether anything is traced at all.
pub fn is_on() -> bool {
    TRACES.get().is_some()
}

/// Whether a trace of that number is kept when nobody else has decided.
fn is_kept(trace: u128) -> bool {
    // The lower half of a request's number is random but for two bits at its top.
    let low = u64::try_from(trace & u128::from(u64::MAX)).unwrap_or(u64::MAX) << 2;
    TRACES.get().is_some_and(|traces| low < traces.below)
}

/// Where a request stands: its ids, and its span when it is traced.
pub(crate) struct Begun {
    pub(crate) ids: Option<TraceIds>,
    pub(crate) span: Span,
}

/// Begins a request that says where it comes from, or that does not; `number` names a new trace, `span` makes its span.
pub(crate) fn begin(parent: Option<TraceIds>, number: impl FnOnce() -> u128, span: impl FnOnce() -> Span) -> Begun {
    if !is_on() {
        return Begun { ids: parent, span: Span::none() };
    }
    let trace = parent.map_or_else(number, |parent| parent.trace);
    if !parent.map_or_else(|| is_kept(trace), |parent| parent.sampled) {
        let own = u64::try_from(trace & u128::from(u64::MAX)).unwrap_or(1).max(1);
        let ids = parent.unwrap_or(TraceIds { trace, span: own, sampled: false });
        return Begun { ids: Some(ids), span: Span::none() };
    }
    let span = span();
    if let Some(parent) = parent {
        let remote = SpanContext::new(
            TraceId::from(parent.trace),
            SpanId::from(parent.span),
            TraceFlags::SAMPLED,
            true,
            TraceState::NONE,
        );
        // Just made, and by the layer that knows it.
        let _ = span.set_parent(Context::new().with_remote_span_context(remote));
    }
    NEXT.set(parent.is_none().then_some(trace));
    let ids = ids_of(&span);
    NEXT.set(None);
    Begun { ids, span }
}

/// The ids of an open span.
pub(crate) fn ids_of(span: &Span) -> Option<TraceIds> {
    let context = span.context();
    let found = context.span().span_context().clone();
    let (trace, span) =
        (u128::from_be_bytes(found.trace_id().to_bytes()), u64::from_be_bytes(found.span_id().to_bytes()));
    found.is_valid().then_some(TraceIds { trace, span, sampled: found.is_sampled() })
}

/// Says something of the open span; nothing where none is. Never anything about a person.
pub fn attribute(key: &'static str, value: impl Into<Value>) {
    let span = Span::current();
    if !span.is_disabled() {
        span.set_attribute(key, value);
    }
}

/// Whether a span is open, and attributes are worth making.
pub fn is_traced() -> bool {
    is_on() && !Span::current().is_disabled()
}

/// What a request of ours to somebody else carries as `traceparent`: the open span, else the trace of the request being answered.
pub fn traceparent() -> Option<String> {
    let span = Span::current();
    let open = if span.is_disabled() { None } else { ids_of(&span) };
    open.or_else(crate::http::context::trace).map(|ids| ids.to_string())
}

/// The span of work that goes on after the request that asked for it, linked to that request's; none where it is not traced.
pub(crate) fn job(kind: &str) -> Span {
    let asked = Span::current();
    if !is_on() || asked.is_disabled() {
        return Span::none();
    }
    let span = tracing::debug_span!(target: SPANS, parent: None, "job", otel.name = format!("job {kind}"), gondola.job.kind = kind);
    span.follows_from(&asked);
    span
}

/// Hands over what is left. Ends within [`LAST_PATIENCE`].
pub async fn finish() {
    let Some(traces) = TRACES.get() else { return };
    let provider = traces.provider.clone();
    let ended = tokio::task::spawn_blocking(move || provider.shutdown_with_timeout(LAST_PATIENCE)).await;
    if let Ok(Err(error)) = ended {
        tracing::warn!(%error, "the last traces were not taken");
    }
}
