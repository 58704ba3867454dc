//! One event as one line.
//!
//! Invariant: a value cannot end the line: JSON escapes it, and for people control characters are written as escapes.

use std::fmt::{self, Debug};

use domain::{Clock, SystemClock, Timestamp};
use serde_json::Value;
use tracing::{
    Event, Level, Subscriber,
    field::{Field, Visit},
};
use tracing_subscriber::{
    fmt::{FmtContext, FormatEvent, FormatFields, format::Writer},
    registry::LookupSpan,
};

use crate::http::context;

/// How a line looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// For people.
    Human {
        /// Whether the terminal shows colours.
        colours: bool,
    },
    /// For programs.
    Json,
}

pub(super) struct Lines {
    pub(super) style: Style,
    pub(super) service: &'static str,
    /// The roles this process runs, parted by commas.
    pub(super) role: String,
}

impl<S, N> FormatEvent<S, N> for Lines
where
    S: Subscriber + for<'s> LookupSpan<'s>,
    N: for<'w> FormatFields<'w> + 'static,
{
    fn format_event(&self, _: &FmtContext<'_, S, N>, mut writer: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        let mut values = Values::default();
        event.record(&mut values);
        let request_id = context::request_id();
        if !request_id.is_empty() {
            values.add("request_id", Value::from(&*request_id));
            values.belong();
        }
        let (at, metadata) = (SystemClock.now(), event.metadata());
        match self.style {
            Style::Json => values.json(&mut writer, at, self, metadata),
            Style::Human { colours } => values.human(&mut writer, at, colours, *metadata.level()),
        }
    }
}

/// The values of an event, the message apart.
#[derive(Default)]
struct Values {
    message: String,
    others: Vec<(&'static str, Value)>,
}

impl Values {
    fn add(&mut self, name: &'static str, value: Value) {
        match value {
            Value::String(text) if name == "message" => self.message = text,
            // An empty text says that there was nothing to say.
            Value::String(text) if text.is_empty() => {}
            value => self.others.push((name, value)),
        }
    }

    /// Which trace the request is part of, and whose it is: the public id of a key, the number of a person.
    fn belong(&mut self) {
        if let Some(ids) = context::trace() {
            self.add("trace_id", Value::from(ids.trace_id()));
            self.add("span_id", Value::from(ids.span_id()));
        }
        if let Some(caller) = context::caller() {
            self.add("user_id", Value::from(&*caller.key_id));
        }
    }

    fn json(
        &self,
        writer: &mut Writer<'_>,
        at: Timestamp,
        Lines { service, role, .. }: &Lines,
        metadata: &tracing::Metadata<'_>,
    ) -> fmt::Result {
        let level = metadata.level().as_str().to_ascii_lowercase();
        write!(
            writer,
            r#"{{"timestamp":"{at}","level":"{level}","service":"{service}","role":"{role}","target":"{}""#,
            metadata.target()
        )?;
        write!(writer, r#","message":{}"#, Value::from(self.message.as_str()))?;
        for (name, value) in &self.others {
            write!(writer, r#","{name}":{value}"#)?;
        }
        writer.write_str("}\n")
    }

    fn human(&self, writer: &mut Writer<'_>, at: Timestamp, colours: bool, level: Level) -> fmt::Result {
        let (on, off) = if colours { (colour(level), "\x1b[0m") } else { ("", "") };
        write!(writer, "{at} {on}{level:>5}{off} ")?;
        shown(writer, &self.message)?;
        for (name, value) in &self.others {
            write!(writer, " {name}=")?;
            match value {
                Value::String(text) => shown(writer, text)?,
                value => write!(writer, "{value}")?,
            }
        }
        writer.write_char('\n')
    }
}

fn shown(writer: &mut Writer<'_>, text: &str) -> fmt::Result {
    for c in text.chars() {
        if c.is_control() { write!(writer, "{}", c.escape_default())? } else { writer.write_char(c)? }
    }
    Ok(())
}

fn colour(level: Level) -> &'static str {
    match level {
        Level::ERROR => "\x1b[31m",
        Level::WARN => "\x1b[33m",
        Level::INFO => "\x1b[32m",
        _ => "\x1b[2m",
    }
}

impl Visit for Values {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.add(field.name(), Value::from(format!("{value:?}")));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.add(field.name(), Value::from(value));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.add(field.name(), Value::from(value));
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.add(field.name(), Value::from(value));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.add(field.name(), Value::from(value));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.add(field.name(), Value::from(value));
    }

    fn record_error(&mut self, field: &Field, value: &(dyn std::error::Error + 'static)) {
        self.add(field.name(), Value::from(crate::http::problem::chain(value)));
    }
}

#[cfg(test)]
mod tests {
    use std::{
        io,
        sync::{Arc, Mutex},
    };

    use super::*;

    #[derive(Clone, Default)]
    struct Log(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Log {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn logged(style: Style) -> String {
        let log = Log::default();
        let guard = crate::telemetry::to_writer(log.clone(), style, "test");
        tracing::warn!(rows = 7, name = "a\n\"b\" \x1b[31m", nothing = "", "something\r\nhappened");
        drop(guard);
        String::from_utf8(log.0.lock().unwrap().clone()).unwrap()
    }

    #[test]
    fn json_lines_are_one_object_each() {
        let text = logged(Style::Json);
        assert_eq!(text.matches('\n').count(), 1);
        let line: Value = serde_json::from_str(&text).unwrap();
        assert_eq!((&line["level"], &line["rows"], &line["service"]), (&"warn".into(), &7.into(), &"test".into()));
        assert_eq!(line["message"], "something\r\nhappened");
        assert!(line["timestamp"].as_str().unwrap().parse::<Timestamp>().is_ok());
        assert!(line.get("nothing").is_none());
    }

    #[test]
    fn lines_for_people_cannot_be_forged() {
        let text = logged(Style::Human { colours: false });
        assert_eq!(text.matches('\n').count(), 1);
        assert!(text.contains(" WARN something\\r\\nhappened rows=7 name=a\\n\"b\" \\u{1b}[31m"), "{text}");
    }
}
