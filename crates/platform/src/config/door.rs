//! The settings of the door: how it is spoken through, who may come how often, and whose word is taken on who comes.
//!
//! Invariant: without any of them the door is narrow: a limit for everyone, no trusted proxy.

use std::{net::SocketAddr, time::Duration};

use super::{
    Origins,
    print::{networks, number, path, seconds},
    read::{self, optional},
    sources::Sources,
};
use crate::{
    ban::Lengths,
    http::client::{Proxies, ProxyHeader},
    network::Networks,
    tls::{ClientAuth, Files},
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
    /// Connections held at once.
    pub max_connections: usize,
    /// Connections of one address.
    pub max_connections_per_address: usize,
    /// Time a client gets to send its headers.
    pub header_timeout: Duration,
    /// The files TLS is spoken with, when it is.
    pub tls: Option<Files>,
    /// Address on which who asks in the clear is sent to TLS.
    pub redirect_listen: Option<SocketAddr>,
    /// Port to send them to, where it is not the one listened on.
    pub redirect_port: Option<u16>,
    /// Address on which the figures are told, when not where everything else is.
    pub metrics_listen: Option<SocketAddr>,
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
            max_connections: s.get("max_connections", read::count(1..=1_000_000)).unwrap_or(10_000),
            max_connections_per_address: s
                .get("max_connections_per_address", read::count(1..=1_000_000))
                .unwrap_or(256),
            header_timeout: s.get("header_timeout_s", read::seconds(1..=600)).unwrap_or(Duration::from_secs(10)),
            tls: tls_files(s),
            redirect_listen: s.get("redirect_listen", optional(read::listen)).flatten(),
            redirect_port: s.get("redirect_port", optional(read::count(1..=65_535))).flatten(),
            metrics_listen: s.get("metrics_listen", optional(read::listen)).flatten(),
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
            "trusted_proxies" => networks(&self.proxies.trusted),
            "max_connections" => number(self.max_connections),
            "max_connections_per_address" => number(self.max_connections_per_address),
            "header_timeout_s" => seconds(self.header_timeout),
            "tls_certificate" => path(self.tls.as_ref().map(|files| &files.certificate)),
            "tls_key" => path(self.tls.as_ref().map(|files| &files.key)),
            "tls_client_ca" => path(self.tls.as_ref().and_then(|files| files.client_ca.as_ref())),
            "tls_client_auth" => self.tls.as_ref().map_or(ClientAuth::Off, |files| files.client_auth).name().into(),
            "tls_renew" => self.tls.as_ref().is_some_and(|files| files.renews).into(),
            "redirect_listen" => self.redirect_listen.map(|address| address.to_string()).unwrap_or_default().into(),
            "redirect_port" => self.redirect_port.map(|port| port.to_string()).unwrap_or_default().into(),
            "metrics_listen" => self.metrics_listen.map(|address| address.to_string()).unwrap_or_default().into(),
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

/// TLS is spoken when a certificate is named.
fn tls_files(s: &mut Sources) -> Option<Files> {
    let mut file = |key| s.get(key, optional(read::path)).flatten();
    let (certificate, key, client_ca) = (file("tls_certificate"), file("tls_key"), file("tls_client_ca"));
    let client_auth = s.get("tls_client_auth", client_auth).unwrap_or_default();
    let renews = s.get("tls_renew", read::switch).unwrap_or(false);
    if certificate.is_none() {
        let set = [("tls_key", key.is_some()), ("tls_client_ca", client_ca.is_some())];
        let set = set.into_iter().chain([("tls_client_auth", client_auth != ClientAuth::Off), ("tls_renew", renews)]);
        set.filter(|(_, set)| *set).for_each(|(key, _)| s.needs(key, "tls_certificate"));
    } else if client_auth != ClientAuth::Off && client_ca.is_none() {
        s.needs("tls_client_auth", "tls_client_ca");
    }
    // A key that is not named lies beside the certificate, as `gondola tls init` leaves it.
    let beside = certificate.as_ref().map(|path| path.with_extension("key"));
    Some(Files { certificate: certificate?, key: key.or(beside)?, client_ca, client_auth, renews })
}

fn client_auth(text: &str) -> Option<ClientAuth> {
    ClientAuth::ALL.into_iter().find(|auth| auth.name() == text)
}

fn proxy_header(text: &str) -> Option<ProxyHeader> {
    ProxyHeader::ALL.into_iter().find(|header| text.eq_ignore_ascii_case(header.name()))
}
