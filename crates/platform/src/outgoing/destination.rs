//! What may be asked: a scheme, a host, a port, and how far inside its name may lead.
//!
//! Invariant: a destination comes from the settings, never from a request; what is not one is not asked.

use std::{fmt, net::IpAddr};

use axum::http::Uri;

use super::{Fault, Range, range_of};
use crate::network::Networks;

/// How it is spoken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheme {
    /// In the clear.
    Http,
    /// Over TLS.
    Https,
}

impl Scheme {
    const fn name(self) -> &'static str {
        match self {
            Scheme::Http => "http",
            Scheme::Https => "https",
        }
    }

    const fn port(self) -> u16 {
        match self {
            Scheme::Http => 80,
            Scheme::Https => 443,
        }
    }
}

/// How far inside a name may lead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// To addresses of the internet alone.
    Public,
    /// Also into networks of one's own and to this machine: for what is ours.
    Own,
}

/// Something that may be asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Destination {
    /// How it is spoken.
    pub scheme: Scheme,
    /// Its name, or its address.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How far inside its name may lead.
    pub reach: Reach,
}

impl Destination {
    /// `https://host`, `http://host:port`: no account, no path.
    pub fn parse(text: &str, reach: Reach) -> Option<Destination> {
        let uri: Uri = text.parse().ok()?;
        let bare = matches!(uri.path(), "" | "/") && uri.query().is_none() && !text.contains(['#', '@']);
        parts(&uri).filter(|_| bare).map(|(scheme, host, port)| Destination { scheme, host, port, reach })
    }

    /// Whether it is spoken over TLS.
    pub fn is_over_tls(&self) -> bool {
        self.scheme == Scheme::Https
    }

    /// Whether its name may lead there.
    pub(super) fn may_reach(&self, address: IpAddr, networks: &Networks) -> Result<(), Range> {
        if networks.contain(address) { Ok(()) } else { self.reach.takes_in(address) }
    }
}

impl Reach {
    /// Whether an address is within it; otherwise what sort of address it is.
    pub(crate) fn takes_in(self, address: IpAddr) -> Result<(), Range> {
        let range = range_of(address);
        let own = self == Reach::Own && matches!(range, Range::Private | Range::Loopback);
        if range == Range::Public || own { Ok(()) } else { Err(range) }
    }
}

impl fmt::Display for Destination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let host: &dyn fmt::Display = match self.host.parse() {
            Ok(IpAddr::V6(v6)) => &format!("[{v6}]"),
            _ => &self.host,
        };
        write!(f, "{}://{host}:{}", self.scheme.name(), self.port)
    }
}

fn parts(uri: &Uri) -> Option<(Scheme, String, u16)> {
    let scheme = [Scheme::Http, Scheme::Https].into_iter().find(|scheme| uri.scheme_str() == Some(scheme.name()))?;
    let host = uri.host().filter(|host| !host.is_empty())?;
    // A port that is none must not be taken for the usual one.
    let port = match uri.authority()?.as_str().strip_prefix(host)? {
        "" => scheme.port(),
        rest => rest.strip_prefix(':')?.parse().ok()?,
    };
    let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    Some((scheme, host.to_ascii_lowercase(), port))
}

/// The destination that an address belongs to.
pub(super) fn find<'d>(destinations: &'d [Destination], uri: &Uri) -> Result<&'d Destination, Fault> {
    let asked = parts(uri);
    let same = |known: &&Destination| {
        asked
            .as_ref()
            .is_some_and(|(scheme, host, port)| known.scheme == *scheme && known.host == *host && known.port == *port)
    };
    destinations.iter().find(same).ok_or_else(|| Fault::NotListed(uri.to_string().chars().take(200).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_read_whole_or_not_at_all() {
        for (text, shown) in [
            ("http://127.0.0.1:8002", "http://127.0.0.1:8002"),
            ("https://Deposito.example/", "https://deposito.example:443"),
            ("http://[::1]", "http://[::1]:80"),
        ] {
            assert_eq!(Destination::parse(text, Reach::Own).unwrap().to_string(), shown);
        }
        for odd in [
            "",
            "deposito:8002",
            "ftp://deposito",
            "http://",
            "http://u@deposito",
            "http://deposito/path",
            "http://deposito?x",
            "http://deposito:99999",
            "//deposito",
            "http://deposito#x",
        ] {
            assert_eq!(Destination::parse(odd, Reach::Own), None, "{odd}");
        }
    }

    #[test]
    fn only_what_is_listed_to_the_letter_is_found() {
        let known = [Destination::parse("http://deposito:8002", Reach::Own).unwrap()];
        let found = |uri: &str| find(&known, &uri.parse().unwrap()).is_ok();
        assert!(found("http://deposito:8002/any/path?x=1") && found("http://DEPOSITO:8002/"));
        for other in [
            "https://deposito:8002/",
            "http://deposito:8003/",
            "http://deposito/",
            "http://deposito.evil.example:8002/",
            "/x",
        ] {
            assert!(!found(other), "{other}");
        }
    }

    #[test]
    fn what_is_ours_may_be_inside_but_never_where_secrets_are_told() {
        let reaches = |reach, networks: &str, address: &str| {
            let destination = Destination { reach, ..Destination::parse("http://x", Reach::Own).unwrap() };
            let networks = Networks::parse(networks).unwrap();
            destination.may_reach(address.parse().unwrap(), &networks).is_ok()
        };
        for (address, public, own) in [
            ("8.8.8.8", true, true),
            ("10.0.0.1", false, true),
            ("127.0.0.1", false, true),
            ("::1", false, true),
            ("169.254.169.254", false, false),
            ("fe80::1", false, false),
            ("0.0.0.0", false, false),
            ("224.0.0.1", false, false),
        ] {
            assert_eq!(reaches(Reach::Public, "", address), public, "{address}");
            assert_eq!(reaches(Reach::Own, "", address), own, "{address}");
            assert!(reaches(Reach::Public, address, address), "{address} was configured");
        }
    }
}
