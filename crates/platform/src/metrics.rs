//! Figures for whoever watches us, in the text format of Prometheus and, from the same page, over OTLP.
//!
//! Invariant: the number of series is bounded by what stands in the code (routes, kinds, outcomes), never by what clients send; being
//! counted costs a request no lock that another holds for long and no allocation.

mod http;
mod otlp;
mod page;
mod process;
mod push;
mod sample;
mod taken;
mod text;

use std::sync::Arc;

use axum::{
    extract::State,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use prometheus_client::registry::Registry;
use utoipa_axum::{router::OpenApiRouter, routes};

pub use http::HttpMetrics;
pub use page::{Page, look};
pub use process::register_process;
pub use push::{Push, pushed};
pub use taken::{Taken, Traffic};

use crate::http::Problem;

const MEDIA_TYPE: HeaderValue = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");

/// The page of everything registered, for tests of what is counted.
#[cfg(test)]
pub(crate) fn page_of(registry: &Registry) -> String {
    text::of(registry).unwrap_or_default()
}

/// `GET /metrics` of everything registered.
pub fn routes(registry: Arc<Registry>) -> OpenApiRouter {
    OpenApiRouter::new().routes(routes!(metrics)).with_state(registry)
}

/// Figures in the text format of Prometheus.
#[utoipa::path(
    get, path = "/metrics", tag = "meta", operation_id = "metrics",
    responses((status = 200, description = "Counters, gauges and histograms", body = String, content_type = "text/plain")),
)]
async fn metrics(State(registry): State<Arc<Registry>>) -> Result<Response, Problem> {
    let text = text::of(&registry).map_err(|error| Problem::internal(&error))?;
    Ok(([(header::CONTENT_TYPE, MEDIA_TYPE)], text).into_response())
}
