//! The settings of the door: who may come how often, and whose word is taken on who comes.
//!
//! Invariant: without any of them the door is narrow: a limit for everyone, no trusted proxy.

use std::time::Duration;

use super::{Origins, read, sources::Sources};
use crate::{
    ban::Lengths,
    http::client::{Proxies, ProxyHeader},
    network::Networks,
};

/// What stands at the door.
#[derive(Debug, Clone)]
pub struct Door {
    /// Origins whose pages may call the API.
    pub cors_origins: Origins,
    /// Whether callers are limited.
    pub ratelimit_enabled: bool,
    /// Requests a caller without a quota of their own may make in the window.
    pub ratelimit_max: u32,
    /// The window.
    pub ratelimit_window: Duration,
    /// Refusals after which a caller is kept out; 0 for never.
    pub ban_after: u32,
    /// The time in which as many refusals are forgotten.
    pub ban_window: Duration,
    /// How long bans are.
    pub ban_lengths: Lengths,
    /// Where nobody is kept out by the program itself.
    pub ban_exempt: Networks,
    /// Whose word is taken on where a request comes from.
    pub proxies: Proxies,
}

impl Door {
    pub(super) fn from_sources(s: &mut Sources) -> Door {
        let trusted = s.get("trusted_proxies", Networks::parse).unwrap_or_default();
        Door {
            cors_origins: s.get("cors_origins", Origins::parse).unwrap_or_default(),
            ratelimit_enabled: s.get("ratelimit_enabled", read::switch).unwrap_or(true),
            ratelimit_max: s.get("ratelimit_max", read::count(1..=1_000_000)).unwrap_or(100),
            ratelimit_window: s.get("ratelimit_window_s", read::seconds(1..=86_400)).unwrap_or(Duration::from_secs(60)),
            ban_after: s.get("ban_after", read::count(0..=1_000_000)).unwrap_or(30),
            ban_window: s.get("ban_window_s", read::seconds(1..=86_400)).unwrap_or(Duration::from_secs(60)),
            ban_lengths: Lengths {
                first: s.get("ban_first_s", read::seconds(1..=31_536_000)).unwrap_or(Duration::from_secs(60)),
                longest: s.get("ban_longest_s", read::seconds(1..=31_536_000)).unwrap_or(Duration::from_secs(86_400)),
            },
            ban_exempt: s.get("ban_exempt", Networks::parse).unwrap_or_else(Networks::loopback),
            proxies: Proxies { trusted, header: s.get("proxy_header", proxy_header).unwrap_or_default() },
        }
    }

    /// The value in force of a setting of the door; `None` when it is not one.
    pub(super) fn value(&self, key: &str) -> Option<toml::Value> {
        Some(match key {
            "cors_origins" => self.cors_origins.iter().map(toml::Value::from).collect::<Vec<_>>().into(),
            "ratelimit_enabled" => self.ratelimit_enabled.into(),
            "ratelimit_max" => self.ratelimit_max.into(),
            "ratelimit_window_s" => seconds(self.ratelimit_window),
            "trusted_proxies" => self
                .proxies
                .trusted
                .iter()
                .map(|network| toml::Value::from(network.to_string()))
                .collect::<Vec<_>>()
                .into(),
            "ban_after" => self.ban_after.into(),
            "ban_window_s" => seconds(self.ban_window),
            "ban_first_s" => seconds(self.ban_lengths.first),
            "ban_longest_s" => seconds(self.ban_lengths.longest),
            "ban_exempt" => networks(&self.ban_exempt),
            "proxy_header" => self.proxies.header.name().into(),
            _ => return None,
        })
    }
}

fn networks(networks: &Networks) -> toml::Value {
    networks.iter().map(|network| toml::Value::from(network.to_string())).collect::<Vec<_>>().into()
}

fn seconds(duration: Duration) -> toml::Value {
    toml::Value::Integer(i64::try_from(duration.as_secs()).unwrap_or(i64::MAX))
}

fn proxy_header(text: &str) -> Option<ProxyHeader> {
    ProxyHeader::ALL.into_iter().find(|header| text.eq_ignore_ascii_case(header.name()))
}
