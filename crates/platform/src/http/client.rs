//! Where a request comes from, also through proxies.
//!
//! Invariant: what a header says is believed only as far as trusted proxies wrote it: hops are read from the right, and the first that
//! is not a trusted proxy is the client, whatever stands further left.

use std::net::{IpAddr, SocketAddr};

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};

use crate::network::{Networks, plain};

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
/// Hops looked at; more are nobody's honest chain.
const MOST_HOPS: usize = 32;

/// In which header the proxies say whom they speak for. Only one is read: a proxy that writes one lets the other pass as the client
/// sent it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ProxyHeader {
    /// `X-Forwarded-For` and `X-Forwarded-Proto`.
    #[default]
    XForwardedFor,
    /// `Forwarded` (RFC 7239).
    Forwarded,
}

impl ProxyHeader {
    /// Both of them.
    pub const ALL: [ProxyHeader; 2] = [ProxyHeader::XForwardedFor, ProxyHeader::Forwarded];

    /// Its name in settings.
    pub const fn name(self) -> &'static str {
        match self {
            ProxyHeader::XForwardedFor => "x-forwarded-for",
            ProxyHeader::Forwarded => "forwarded",
        }
    }
}

/// The proxies whose word is taken.
#[derive(Debug, Clone, Default)]
pub struct Proxies {
    /// Where they are.
    pub trusted: Networks,
    /// Where they say it.
    pub header: ProxyHeader,
}

/// Where a request comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Client {
    /// The address of whoever asked, as far as it is known for sure.
    pub address: IpAddr,
    /// Whether a trusted proxy says that it was asked over TLS.
    pub tls_before_proxy: bool,
}

impl Proxies {
    /// Who asks over a connection from `peer`.
    pub fn client(&self, peer: SocketAddr, headers: &HeaderMap) -> Client {
        let peer = plain(peer.ip());
        if self.trusted.is_empty() || !self.trusted.contain(peer) {
            return Client { address: peer, tls_before_proxy: false };
        }
        match self.header {
            ProxyHeader::XForwardedFor => {
                let hops = items(headers, FORWARDED_FOR).map(Hop::of_plain);
                let proto = items(headers, FORWARDED_PROTO).next_back();
                let tls = proto.is_some_and(|proto| proto.eq_ignore_ascii_case("https"));
                Client { address: self.first_stranger(peer, hops).0, tls_before_proxy: tls }
            }
            ProxyHeader::Forwarded => {
                let hops = items(headers, header::FORWARDED).map(Hop::of_forwarded);
                let (address, tls_before_proxy) = self.first_stranger(peer, hops);
                Client { address, tls_before_proxy }
            }
        }
    }

    /// The right-most hop that is no trusted proxy, and whether it came over TLS; where the chain breaks off, the last one known.
    fn first_stranger(&self, peer: IpAddr, hops: impl DoubleEndedIterator<Item = Hop>) -> (IpAddr, bool) {
        let (mut known, mut tls) = (peer, false);
        for hop in hops.rev().take(MOST_HOPS) {
            let Some(address) = hop.address else { break };
            (known, tls) = (address, hop.tls);
            if !self.trusted.contain(address) {
                break;
            }
        }
        (known, tls)
    }
}

/// One entry of the chain.
struct Hop {
    /// `None` when it is hidden, unknown or no address.
    address: Option<IpAddr>,
    tls: bool,
}

impl Hop {
    fn of_plain(text: &str) -> Hop {
        Hop { address: address(text), tls: false }
    }

    /// `for="[2001:db8::1]:4711";proto=https;by=…`
    fn of_forwarded(text: &str) -> Hop {
        let mut hop = Hop { address: None, tls: false };
        for (name, value) in text.split(';').filter_map(|pair| pair.split_once('=')) {
            let value = value.trim().trim_matches('"');
            match name.trim().to_ascii_lowercase().as_str() {
                "for" => hop.address = address(value),
                "proto" => hop.tls = value.eq_ignore_ascii_case("https"),
                _ => {}
            }
        }
        hop
    }
}

/// An address as proxies write it: bare, bracketed, with or without a port.
fn address(text: &str) -> Option<IpAddr> {
    let bare = match text.strip_prefix('[') {
        Some(rest) => rest.split_once(']')?.0,
        // One colon parts a port from an IPv4 address; more are an IPv6 address.
        None if text.matches(':').count() == 1 => text.split_once(':')?.0,
        None => text,
    };
    bare.parse().ok().map(plain)
}

/// The items of a list header over all its lines, in order.
fn items(headers: &HeaderMap, name: HeaderName) -> impl DoubleEndedIterator<Item = &str> {
    let lines: Vec<&HeaderValue> = headers.get_all(name).iter().collect();
    // A line that is no text hides what it held: an empty item, at which the chain breaks off.
    let texts = lines.into_iter().map(|line| line.to_str().unwrap_or_default());
    texts.flat_map(|line| line.split(',')).map(str::trim)
}

#[cfg(test)]
mod tests;
