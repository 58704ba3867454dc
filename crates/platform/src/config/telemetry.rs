//! What is set of logs, traces and figures.
//!
//! Invariant: nothing leaves the machine unless somebody said where to.

use std::{path::PathBuf, time::Duration};

use super::{print, read, sources::Sources};
use crate::telemetry::Collector;

/// Where logs, traces and figures go.
#[derive(Debug, Clone)]
pub struct Telemetry {
    /// Folder of daily log files; without one lines go to standard output.
    pub log_dir: Option<PathBuf>,
    /// Days such files are kept.
    pub log_keep_days: i64,
    /// Who takes traces.
    pub trace_endpoint: Option<Collector>,
    /// The authority (PEM) whose certificate they have to show over TLS.
    pub trace_ca: Option<PathBuf>,
    /// Who takes figures.
    pub metrics_endpoint: Option<Collector>,
    /// How often.
    pub metrics_every: Duration,
    /// How many of a hundred requests are traced that nobody else has decided about.
    pub trace_percent: u8,
}

impl Telemetry {
    pub(super) fn from_sources(s: &mut Sources) -> Telemetry {
        let authority = s.get("trace_ca", read::optional(read::path)).flatten();
        let mut collector = |key| {
            let endpoint = s.get(key, Collector::optional).flatten();
            match (endpoint, &authority) {
                (Some(endpoint), Some(authority)) => Some(endpoint.trusting(authority.clone())),
                (Some(endpoint), None) if endpoint.is_secure() => {
                    s.needs(key, "trace_ca");
                    None
                }
                (endpoint, _) => endpoint,
            }
        };
        let (trace_endpoint, metrics_endpoint) = (collector("trace_endpoint"), collector("metrics_endpoint"));
        Telemetry {
            log_dir: s.get("log_dir", read::optional(read::path)).flatten(),
            log_keep_days: s.get("log_keep_days", read::count(1..=3650)).unwrap_or(90),
            trace_endpoint,
            metrics_endpoint,
            metrics_every: s.get("metrics_every_s", read::seconds(1..=3600)).unwrap_or(Duration::from_secs(60)),
            trace_ca: authority,
            trace_percent: s.get("trace_percent", read::count(0..=100)).unwrap_or(10),
        }
    }

    /// The value in force of a setting that is one of these.
    pub(super) fn value(&self, key: &str) -> Option<toml::Value> {
        Some(match key {
            "log_dir" => print::path(self.log_dir.as_ref()),
            "log_keep_days" => self.log_keep_days.into(),
            "trace_endpoint" => self.trace_endpoint.as_ref().map(ToString::to_string).unwrap_or_default().into(),
            "trace_ca" => print::path(self.trace_ca.as_ref()),
            "metrics_endpoint" => self.metrics_endpoint.as_ref().map(ToString::to_string).unwrap_or_default().into(),
            "metrics_every_s" => print::seconds(self.metrics_every),
            "trace_percent" => i64::from(self.trace_percent).into(),
            _ => return None,
        })
    }
}
