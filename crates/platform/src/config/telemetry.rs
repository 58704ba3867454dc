//! What is set of logs and traces.
//!
//! Invariant: nothing leaves the machine unless somebody said where to.

use std::path::PathBuf;

use super::{print, read, sources::Sources};
use crate::telemetry::Collector;

/// Where logs and traces go.
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
    /// How many of a hundred requests are traced that nobody else has decided about.
    pub trace_percent: u8,
}

impl Telemetry {
    pub(super) fn from_sources(s: &mut Sources) -> Telemetry {
        let authority = s.get("trace_ca", read::optional(read::path)).flatten();
        let endpoint = s.get("trace_endpoint", Collector::optional).flatten();
        if authority.is_none() && endpoint.as_ref().is_some_and(Collector::is_secure) {
            s.needs("trace_endpoint", "trace_ca");
        }
        let endpoint = match (endpoint, &authority) {
            (Some(endpoint), Some(authority)) => Some(endpoint.trusting(authority.clone())),
            (endpoint, _) => endpoint,
        };
        Telemetry {
            log_dir: s.get("log_dir", read::optional(read::path)).flatten(),
            log_keep_days: s.get("log_keep_days", read::count(1..=3650)).unwrap_or(90),
            trace_endpoint: endpoint,
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
            "trace_percent" => i64::from(self.trace_percent).into(),
            _ => return None,
        })
    }
}
