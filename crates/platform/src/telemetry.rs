//! Log lines: for people on a terminal, one JSON object a line elsewhere.
//!
//! Invariant: an event is one line whatever its values hold, and carries the id of the request it belongs to.

mod line;

use std::{
    io::{self, IsTerminal},
    panic,
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering},
    },
};

use tracing::{Subscriber, subscriber::DefaultGuard};
use tracing_subscriber::{EnvFilter, fmt::MakeWriter};

pub use line::Style;

use crate::config::LogFormat;

static PANICS: AtomicU64 = AtomicU64::new(0);

/// Where log lines go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Output {
    /// For a server, whose output is its log.
    Stdout,
    /// For a command, whose output is its answer.
    Stderr,
}

/// Writes log lines from now on. `level` is what the settings accept; a second call changes nothing.
pub fn init(level: &str, format: LogFormat, output: Output) {
    let terminal = match output {
        Output::Stdout => io::stdout().is_terminal(),
        Output::Stderr => io::stderr().is_terminal(),
    };
    let style = match format {
        LogFormat::Json => Style::Json,
        LogFormat::Auto if !terminal => Style::Json,
        LogFormat::Auto | LogFormat::Human => Style::Human { colours: terminal },
    };
    let filter = EnvFilter::try_new(level).unwrap_or_else(|_| EnvFilter::new("info"));
    let set = match output {
        Output::Stdout => tracing::subscriber::set_global_default(subscriber(filter, style, "gondola", io::stdout)),
        Output::Stderr => tracing::subscriber::set_global_default(subscriber(filter, style, "gondola", io::stderr)),
    };
    if set.is_ok() {
        log_panics();
    }
}

/// Writes the log lines of this thread to `writer` until the guard is dropped: for tests.
pub fn to_writer(writer: impl io::Write + Send + 'static, style: Style, service: &'static str) -> DefaultGuard {
    tracing::subscriber::set_default(subscriber(EnvFilter::new("debug"), style, service, Mutex::new(writer)))
}

fn subscriber<W>(filter: EnvFilter, style: Style, service: &'static str, writer: W) -> impl Subscriber + Send + Sync
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    let lines = line::Lines { style, service };
    tracing_subscriber::fmt().with_env_filter(filter).event_format(lines).with_writer(writer).finish()
}

/// How many panics there were since the log began.
pub fn panics() -> u64 {
    PANICS.load(Ordering::Relaxed)
}

fn log_panics() {
    panic::set_hook(Box::new(|info| {
        PANICS.fetch_add(1, Ordering::Relaxed);
        let reason = crate::lifecycle::panic_message(info.payload());
        let place = info.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(reason, place, "panic");
    }));
}
