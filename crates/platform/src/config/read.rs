//! What each setting accepts.
//!
//! Invariant: a function from text to a value that is right, or nothing.

use std::{
    net::{IpAddr, SocketAddr},
    ops::RangeInclusive,
    path::PathBuf,
    str::FromStr,
    time::Duration,
};

use domain::{Zone, hours::Hours, scale::ScaleProfile};

use super::{LogFormat, Mode};
use crate::{rotation::Policy, secret::Secret, texts::Locale, vault::LEAST_PASSPHRASE};

pub(super) fn path(text: &str) -> Option<PathBuf> {
    (!text.trim().is_empty() && !text.contains('\0')).then(|| PathBuf::from(text))
}

/// What `read` takes; an empty text is nothing.
pub(super) fn optional<T>(read: impl Fn(&str) -> Option<T>) -> impl Fn(&str) -> Option<Option<T>> {
    move |text| if text.is_empty() { Some(None) } else { read(text).map(Some) }
}

/// An IP address or `localhost`, and a port.
pub(super) fn listen(text: &str) -> Option<SocketAddr> {
    match text.strip_prefix("localhost:") {
        Some(port) => port.parse().ok().map(|port: u16| SocketAddr::from(([127, 0, 0, 1], port))),
        None => text.parse().ok(),
    }
}

pub(super) fn count<T: FromStr + PartialOrd>(range: RangeInclusive<T>) -> impl Fn(&str) -> Option<T> {
    move |text| text.parse().ok().filter(|number| range.contains(number))
}

pub(super) fn seconds(range: RangeInclusive<u64>) -> impl Fn(&str) -> Option<Duration> {
    move |text| count(range.clone())(text).map(Duration::from_secs)
}

pub(super) fn milliseconds(range: RangeInclusive<u64>) -> impl Fn(&str) -> Option<Duration> {
    move |text| count(range.clone())(text).map(Duration::from_millis)
}

/// A phrase that nobody guesses from a copy of the file.
pub(super) fn backup_passphrase(text: &str) -> Option<Secret> {
    let text = text.trim_end_matches(['\r', '\n']);
    (text.chars().count() >= LEAST_PASSPHRASE).then(|| Secret::new(text))
}

/// As people write yes and no.
pub(super) fn switch(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "1" | "yes" | "on" => Some(true),
        "false" | "0" | "no" | "off" => Some(false),
        _ => None,
    }
}

pub(super) fn days(range: RangeInclusive<u64>) -> impl Fn(&str) -> Option<Duration> {
    move |text| count(range.clone())(text).map(|days| Duration::from_secs(days * 86_400))
}

pub(crate) fn log_level(text: &str) -> Option<String> {
    let fits = !text.trim().is_empty() && tracing_subscriber::EnvFilter::try_new(text).is_ok();
    // A lone word that is no level would be taken for the name of a module, and silence everything.
    let lone = !text.contains(['=', ',']);
    let level = ["off", "error", "warn", "info", "debug", "trace"].iter().any(|level| text.eq_ignore_ascii_case(level));
    (fits && (level || !lone)).then(|| text.to_owned())
}

pub(super) fn log_format(text: &str) -> Option<LogFormat> {
    [LogFormat::Auto, LogFormat::Human, LogFormat::Json].into_iter().find(|format| format.name() == text)
}

/// A key in the older system's form: whatever its operator chose, as long as it cannot be guessed by trying.
pub(super) fn older_key(text: &str) -> Option<Secret> {
    let fits = (16..=128).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
    fits.then(|| Secret::new(text))
}

/// One secret, or two parted by a blank while one takes the other's place; as long as the hash (RFC 7518, section 3.2).
pub(super) fn older_token_secrets(text: &str) -> Option<Vec<Secret>> {
    let secrets: Vec<&str> = text.split_ascii_whitespace().collect();
    let fits = |secret: &&str| (32..=256).contains(&secret.len()) && secret.bytes().all(|byte| byte.is_ascii_graphic());
    ((1..=2).contains(&secrets.len()) && secrets.iter().all(fits))
        .then(|| secrets.into_iter().map(Secret::new).collect())
}

pub(super) fn mode(text: &str) -> Option<Mode> {
    [Mode::Production, Mode::Trial].into_iter().find(|mode| mode.name() == text)
}

pub(super) fn key_rotation(text: &str) -> Option<Policy> {
    Policy::ALL.into_iter().find(|policy| policy.name() == text)
}

pub(super) fn language(text: &str) -> Option<Locale> {
    Locale::ALL.into_iter().find(|locale| locale.tag() == text)
}

pub(super) fn zone(text: &str) -> Option<Zone> {
    Zone::named(text).ok()
}

pub(super) fn default_zone() -> Zone {
    Zone::named("America/Argentina/Buenos_Aires").unwrap_or_else(|_| Zone::utc())
}

pub(super) fn currency(text: &str) -> Option<String> {
    (text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_uppercase())).then(|| text.to_owned())
}

pub(super) fn hours(text: &str) -> Option<Hours> {
    text.parse().ok()
}

/// Layouts parted by commas, in order of preference.
pub(super) fn scale_labels(text: &str) -> Option<ScaleProfile> {
    text.split(',').map(|rule| rule.trim().parse().ok()).collect::<Option<_>>().map(ScaleProfile::new)
}

/// Names clients may call us by, against DNS rebinding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Hosts {
    /// Any.
    Any,
    /// These, besides `localhost` and addresses written as numbers, which no foreign name can rebind to.
    Only(Vec<String>),
}

impl Hosts {
    /// On a loopback address only local names are expected; on another the operator knows the names, and we do not.
    pub fn default_for(listen: SocketAddr) -> Hosts {
        if listen.ip().is_loopback() { Hosts::Only(Vec::new()) } else { Hosts::Any }
    }

    /// Whether any name will do.
    pub fn is_any(&self) -> bool {
        *self == Hosts::Any
    }

    pub(super) fn parse(text: &str) -> Option<Hosts> {
        if text.trim() == "*" {
            return Some(Hosts::Any);
        }
        let names = text.split(',').map(|name| name.trim().to_ascii_lowercase());
        let good = |name: &String| {
            !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_'))
        };
        names.map(|name| Some(name).filter(good)).collect::<Option<_>>().map(Hosts::Only)
    }

    /// Whether a `Host` header (a name or an address, perhaps with a port) may be answered. What is not written as RFC 3986 writes it is
    /// nobody's name.
    pub fn allows(&self, header: &str) -> bool {
        let Hosts::Only(names) = self else { return true };
        let Some(name) = host_name(header) else { return false };
        let name = name.strip_suffix('.').unwrap_or(name);
        name.eq_ignore_ascii_case("localhost")
            || name.parse::<IpAddr>().is_ok()
            || names.iter().any(|allowed| name.eq_ignore_ascii_case(allowed))
    }
}

/// The name or address of a `Host` header without its port, an IPv6 address out of its brackets.
pub(crate) fn host_name(header: &str) -> Option<&str> {
    let (name, port) = match header.strip_prefix('[') {
        Some(rest) => {
            let (address, port) = rest.split_once(']')?;
            address.parse::<std::net::Ipv6Addr>().ok()?;
            (address, port)
        }
        None => header.split_at(header.find(':').unwrap_or(header.len())),
    };
    let ported = port.is_empty() || port.strip_prefix(':').is_some_and(|port| port.bytes().all(|b| b.is_ascii_digit()));
    (ported && !name.is_empty()).then_some(name)
}
