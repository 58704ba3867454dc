//! The settings in force, as a file that could be read back.
//!
//! Invariant: secrets are hidden; each value says where it came from.

use std::{fmt::Write, path::PathBuf, time::Duration};

use super::{Form, Hosts, KEYS, Origin, Settings, keys};
use crate::network::Networks;

pub(super) fn number(number: usize) -> toml::Value {
    toml::Value::Integer(i64::try_from(number).unwrap_or(i64::MAX))
}

pub(super) fn seconds(duration: Duration) -> toml::Value {
    toml::Value::Integer(i64::try_from(duration.as_secs()).unwrap_or(i64::MAX))
}

fn days(duration: Duration) -> toml::Value {
    seconds(duration / 86_400)
}

/// Nothing for no file.
pub(super) fn path(path: Option<&PathBuf>) -> toml::Value {
    path.map(|path| path.to_string_lossy().into_owned()).unwrap_or_default().into()
}

pub(super) fn networks(networks: &Networks) -> toml::Value {
    networks.iter().map(|network| toml::Value::from(network.to_string())).collect::<Vec<_>>().into()
}

impl Settings {
    /// A settings file with the origin of each value as a comment.
    pub fn to_toml(&self) -> String {
        let mut text = String::new();
        for key in KEYS {
            // What is hidden cannot be read back, so it stands as a comment. Writing to a string cannot fail.
            let hidden = if key.form == Form::Secret { "# " } else { "" };
            let _ = writeln!(text, "{hidden}{} = {}  # {}", key.name, self.value(key.name), self.origin(key.name));
        }
        text
    }

    /// Each setting with its value and where it came from.
    pub fn to_json(&self) -> serde_json::Value {
        let entry = |name: &'static str| {
            let value = serde_json::to_value(self.value(name)).unwrap_or_default();
            (name.to_owned(), serde_json::json!({ "value": value, "from": self.origin(name).to_string() }))
        };
        KEYS.iter().map(|key| entry(key.name)).collect::<serde_json::Map<_, _>>().into()
    }

    /// Stars where there is something to hide.
    fn stars(&self, key: &str) -> &'static str {
        if self.origin(key) == &Origin::Default { "" } else { "***" }
    }

    fn value(&self, key: &str) -> toml::Value {
        let own = self.door.value(key).or_else(|| self.resilience.value(key)).or_else(|| self.telemetry.value(key));
        let own = own.or_else(|| self.roles.value(key)).or_else(|| self.backups.value(key, self.mode));
        let own = own.or_else(|| self.objects.value(key)).or_else(|| self.model.value(key));
        let own = own.or_else(|| self.volumes.value(key));
        if let Some(value) = own.or_else(|| self.consent.value(key)) {
            return value;
        }
        match key {
            _ if keys::find(key).is_some_and(|key| key.form == Form::Secret) => self.stars(key).into(),
            "mode" => self.mode.name().into(),
            "data_dir" => self.data_dir.to_string_lossy().into_owned().into(),
            "database_url" => self.database_url.to_string().into(),
            "database_pool_size" => self.database_pool_size.into(),
            "database_connect_timeout_s" => seconds(self.database_connect_timeout),
            "cache_url" => self.cache_url.as_ref().map(ToString::to_string).unwrap_or_default().into(),
            "key_rotation" => self.key_rotation.name().into(),
            "key_rotation_days" => days(self.key_rotation_after),
            "key_overlap_days" => days(self.key_overlap),
            "listen" => self.listen.to_string().into(),
            "allowed_hosts" => match &self.allowed_hosts {
                Hosts::Any => toml::Value::Array(vec!["*".into()]),
                Hosts::Only(names) if names.is_empty() => toml::Value::Array(vec!["localhost".into()]),
                Hosts::Only(names) => names.clone().into(),
            },
            "log_level" => self.log_level.clone().into(),
            "log_format" => self.log_format.name().into(),
            "language" => self.language.tag().into(),
            "timezone" => self.timezone.name().into(),
            "currency" => self.currency.clone().into(),
            "scale_labels" => self
                .scale_labels
                .rules()
                .iter()
                .map(|rule| toml::Value::String(rule.to_string()))
                .collect::<Vec<_>>()
                .into(),
            "body_limit_bytes" => number(self.body_limit_bytes),
            "bulk_body_limit_bytes" => number(self.bulk_body_limit_bytes),
            "request_timeout_s" => seconds(self.request_timeout),
            "stop_notice_s" => seconds(self.stop_notice),
            "drain_timeout_s" => seconds(self.drain_timeout),
            "max_in_flight" => number(self.max_in_flight),
            "slow_statement_ms" => number(usize::try_from(self.slow_statement.as_millis()).unwrap_or(usize::MAX)),
            "turn_wait_ms" => number(usize::try_from(self.turn_wait.as_millis()).unwrap_or(usize::MAX)),
            "writer_queue_postings" => number(self.writer_queue_postings),
            "writer_batch_movements" => number(self.writer_batch_movements),
            "audit_keep_days" => self.audit_keep_days.into(),
            "closed_account_keep_days" => self.closed_account_keep_days.into(),
            _ => self.audit_quiet_hours.to_string().into(),
        }
    }
}
