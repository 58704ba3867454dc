//! Log lines: for people on a terminal, one JSON object a line elsewhere; traces and figures for a collector.
//!
//! Invariant: an event is one line whatever its values hold, and carries the ids of the request it belongs to. Nothing of a line goes
//! into a trace, and nothing into a trace that names a person.

mod api;
mod collector;
mod exporter;
mod file;
mod handing;
mod ids;
mod level;
mod line;
mod stack;
mod traces;

use std::{
    io::{self, IsTerminal},
    panic,
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering},
    },
};

use tracing::{Subscriber, subscriber::DefaultGuard};
use tracing_subscriber::{Layer, fmt::MakeWriter, layer::SubscriberExt};

pub use api::routes;
pub use collector::Collector;
pub use exporter::spans;
pub(crate) use handing::FIGURES;
pub use ids::TraceIds;
pub use level::{level, set_level};
pub use line::Style;
pub(crate) use stack::Stack;
pub(crate) use traces::{Begun, begin, job};
pub use traces::{attribute, finish, is_on, is_traced, traceparent};

use crate::config::{LogFormat, Settings};

static PANICS: AtomicU64 = AtomicU64::new(0);

/// Writes the log of a server from now on, and traces when the settings name a collector. A second call changes nothing. Fails when the
/// folder of log files cannot be written.
pub fn init(settings: &Settings, version: &'static str) -> io::Result<()> {
    let set = match &settings.telemetry.log_dir {
        Some(folder) => {
            let daily = file::Daily::new(folder, settings.telemetry.log_keep_days)?;
            let set = set_global(settings, style(settings.log_format, false), daily, version);
            eprintln!("log: {}", folder.display());
            set
        }
        None => {
            let style = style(settings.log_format, io::stdout().is_terminal());
            set_global(settings, style, io::stdout, version)
        }
    };
    if set {
        log_panics();
    }
    Ok(())
}

const fn style(format: LogFormat, terminal: bool) -> Style {
    match format {
        LogFormat::Json => Style::Json,
        LogFormat::Auto if !terminal => Style::Json,
        LogFormat::Auto | LogFormat::Human => Style::Human { colours: terminal },
    }
}

fn set_global<W>(settings: &Settings, style: Style, writer: W, version: &'static str) -> bool
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    let role = settings.roles.run.join(",");
    let lines = line::Lines { style, service: "gondola", role };
    let lines = tracing_subscriber::fmt::layer().event_format(lines).with_writer(writer);
    let lines = lines.with_filter(level::changeable(&settings.log_level));
    let told = tracing_subscriber::registry().with(lines);
    let telemetry = &settings.telemetry;
    match &telemetry.trace_endpoint {
        Some(to) => {
            let traces = traces::layer(to.clone(), telemetry.trace_percent, who(settings, version));
            tracing::subscriber::set_global_default(told.with(traces)).is_ok()
        }
        None => tracing::subscriber::set_global_default(told).is_ok(),
    }
}

/// What a collector is told of the process: names of OpenTelemetry's, and their values.
pub(crate) type Who = [(&'static str, String); 4];

/// Who we are among the processes that a collector hears of: the machine and the port tell one from another, and stay when it starts anew.
pub(crate) fn who(settings: &Settings, version: &str) -> Who {
    let machine = rustix::system::uname().nodename().to_string_lossy().into_owned();
    [
        ("service.name", "gondola".to_owned()),
        ("service.version", version.to_owned()),
        ("service.instance.id", format!("{machine}:{}", settings.listen.port())),
        ("gondola.roles", settings.roles.run.join(",")),
    ]
}

/// Writes the log lines of this thread to `writer` until the guard is dropped: for tests.
pub fn to_writer(writer: impl io::Write + Send + 'static, style: Style, service: &'static str) -> DefaultGuard {
    tracing::subscriber::set_default(subscriber(style, service, Mutex::new(writer)))
}

fn subscriber<W>(style: Style, service: &'static str, writer: W) -> impl Subscriber + Send + Sync
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    let lines = line::Lines { style, service, role: String::new() };
    tracing_subscriber::fmt().with_env_filter(level::filter("debug")).event_format(lines).with_writer(writer).finish()
}

/// How many panics there were since the log began.
pub fn panics() -> u64 {
    PANICS.load(Ordering::Relaxed)
}

/// From now on each panic of the process is counted and has its line, with the calls that led to it.
pub(crate) fn log_panics() {
    panic::set_hook(Box::new(|info| {
        PANICS.fetch_add(1, Ordering::Relaxed);
        let reason = crate::lifecycle::panic_message(info.payload());
        let place = info.location().map(ToString::to_string).unwrap_or_default();
        let stack = Stack::here().told();
        tracing::error!(reason, place, stack, "panic");
    }));
}
